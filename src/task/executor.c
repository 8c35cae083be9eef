/* The executor of the process: what the program set, or the worker of this thread. */

#include "task/executor.h"

#include "task/thread.h"
#include "task/workers.h"
#include "weir/task.h"
#include "weir/time.h"

static struct {
    weir_executor_ops ops;
    void *self;
    _Atomic bool set, used;
} executor;

bool weir_executor_set(const weir_executor_ops *ops, void *self)
{
    if (atomic_load(&executor.used))
        return false;
    atomic_store(&executor.set, false);
    if (!ops)
        return true;
    weir_options_take(&executor.ops, sizeof executor.ops, ops, sizeof executor.ops);
    executor.self = self;
    atomic_store(&executor.set, true);
    return true;
}

const weir_executor_ops *weir_executor_used(void **self)
{
    if (!atomic_load_explicit(&executor.used, memory_order_relaxed))
        atomic_store(&executor.used, true);
    if (!atomic_load_explicit(&executor.set, memory_order_acquire))
        return NULL;
    *self = executor.self;
    return &executor.ops;
}

void weir_executor_forget(void)
{
    atomic_store(&executor.set, false);
    atomic_store(&executor.used, false);
}

/* The cure of an error is static text, its message is not. */
static weir_stream *no_worker(weir_stream *future, const weir_error *error)
{
    return weir_stream_refuse(&future->stage, error->code, error->cure,
                              "no runtime for the tasks of this thread", NULL, NULL, 0);
}

static weir_stream *spawn_here(weir_stream *future, const weir_site *place)
{
    weir_error error;
    weir_worker *worker = weir_thread_worker(&error);
    return worker ? weir_worker_spawn_at(worker, future, place) : no_worker(future, &error);
}

/* On any worker of a runtime that was made with several. */
static weir_stream *spawn_near(weir_stream *future, const weir_site *place)
{
    weir_worker *here = weir_worker_here;
    if (here && here->rt->workers.spread && weir_driver_is_ours(here->driver))
        return weir_workers_spawn(here->rt, future, place);
    return spawn_here(future, place);
}

weir_stream *weir_spawn_at(weir_stream *future, const weir_site *place)
{
    void *self;
    const weir_executor_ops *ops = weir_executor_used(&self);
    if (WEIR_UNLIKELY(ops && ops->spawn_at))
        return ops->spawn_at(self, future, false, place);
    return ops && ops->spawn ? ops->spawn(self, future) : spawn_near(future, place);
}

weir_stream *weir_spawn_local_at(weir_stream *future, const weir_site *place)
{
    void *self;
    const weir_executor_ops *ops = weir_executor_used(&self);
    if (ops && ops->spawn_at)
        return ops->spawn_at(self, future, true, place);
    if (ops && ops->spawn_local)
        return ops->spawn_local(self, future);
    return ops && ops->spawn ? ops->spawn(self, future) : spawn_here(future, place);
}

weir_stream *(weir_spawn)(weir_stream *future)
{
    return weir_spawn_at(future, NULL);
}

weir_stream *(weir_spawn_local)(weir_stream *future)
{
    return weir_spawn_local_at(future, NULL);
}

uint64_t weir_now_ns(void)
{
    void *self;
    weir_error error;
    const weir_executor_ops *ops = weir_executor_used(&self);
    if (ops && ops->now_ns)
        return ops->now_ns(self);
    const weir_worker *worker = weir_thread_worker(&error);
    return worker ? worker->sys->now_ns(worker->sys) : 0;
}
