/* Tasks beside the one that runs, and their handles. A handle is a future: it waits for the task,
 * and takes what it came to. */

#include "task/workers.h"

#include <string.h>

#include "task/expect.h"
#include "task/join.h"
#include "weir/task.h"

struct handle {
    weir_stream stream;
    weir_task *task; /* its worker's, and this one's once it is over; NULL: it gave what it had */
    bool aborts;
};

static struct handle *handle_of(weir_stream *stream)
{
    return WEIR_SELF(struct handle, stream);
}

/* ---- handles ---- */

static weir_poll give_error(weir_task *task, weir_cx *cx)
{
    if (!task->error)
        return weir_fail(cx, WEIR_E_MEMORY, "a task failed, and there was no memory for its error");
    cx->error = *task->error;
    weir_release(task->error, sizeof *task->error);
    task->error = NULL;
    return (weir_poll){0, WEIR_ERROR};
}

/* Who polls waits on the only thread that could turn the task's worker. */
static bool is_stranded(const weir_task *task, const weir_cx *cx)
{
    const weir_inbox *inbox = atomic_load_explicit(&task->inbox, memory_order_relaxed);
    const weir_worker *theirs = inbox ? inbox->worker : NULL, *ours = cx->worker;
    return theirs && ours && theirs->rt != ours->rt && !ours->turned &&
           weir_worker_thread(theirs) == weir_thread_here() && !theirs->entered;
}

static weir_poll fail_stranded(weir_cx *cx)
{
    weir_poll failed = weir_fail(cx, WEIR_E_ARGUMENT,
                                 "the task runs on another runtime of this thread, which nobody "
                                 "turns");
    cx->error.cure = "weir_rt_run() on that runtime, or weir_worker_spawn() on this one";
    return failed;
}

static weir_poll wait_for(weir_task *task, weir_cx *cx)
{
    weir_waker_slot stored = {cx->waker};
    return WEIR_UNLIKELY(is_stranded(task, cx)) ? fail_stranded(cx)
                                                : weir_wait(cx, &stored, WEIR_WAIT_PEER);
}

static weir_poll handle_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct handle *self = handle_of(stream);
    weir_task *task = self->task;
    (void)demand;
    if (!task)
        return (weir_poll){0, WEIR_END};
    if (!weir_join_wait(task, cx->waker))
        return wait_for(task, cx);
    weir_poll got = {task->got.n, WEIR_END};
    if (got.n)
        memcpy(out, task->out, stream->type->size);
    if (WEIR_UNLIKELY(task->got.state == WEIR_ERROR))
        got = give_error(task, cx);
    else
        cx->cut = task->cut;
    self->task = NULL;
    weir_waker_unref(&task->waker);
    return got;
}

static weir_rt *rt_of(const weir_task *task)
{
    const weir_inbox *inbox = atomic_load(&task->inbox);
    const weir_worker *worker = inbox ? inbox->worker : NULL;
    return worker ? worker->rt : NULL;
}

static void handle_fini(weir_stream *stream)
{
    struct handle *self = handle_of(stream);
    weir_task *task = self->task;
    if (!task)
        return;
    if (self->aborts && !weir_join_is_over(task))
        weir_task_cancel(task);
    if (!weir_join_leave(task))
        return;
    weir_task_drop_result(rt_of(task), task);
    weir_waker_unref(&task->waker);
}

static const weir_stream_ops handle_ops = {
    .size = sizeof handle_ops,
    .name = "task",
    .poll_next = handle_poll_next,
    .fini = handle_fini,
};

static bool is_handle(const weir_stream *stream)
{
    return stream->ops == &handle_ops && !weir_stage_failed(&stream->stage);
}

weir_stream *weir_abort_on_drop(weir_stream *handle)
{
    if (is_handle(handle))
        handle_of(handle)->aborts = true;
    else if (!weir_stage_failed(&handle->stage))
        return weir_stream_refuse(&handle->stage, WEIR_E_ARGUMENT, "what weir_spawn() gave",
                                  "weir_abort_on_drop: '%s' is no handle of a task",
                                  weir_stage_name(&handle->stage), NULL, 0);
    return handle;
}

void weir_cancel(weir_stream *handle)
{
    struct handle *self = handle_of(handle);
    if (!is_handle(handle)) {
        if (!weir_stage_failed(&handle->stage))
            weir_misuse(weir_stage_name(&handle->stage), "is no handle that weir_cancel() takes");
        return;
    }
    if (self->task && !weir_join_is_over(self->task))
        weir_task_cancel(self->task);
}

/* ---- spawning ---- */

static weir_stream *no_memory(weir_stream *future)
{
    return weir_stream_refuse(&future->stage, WEIR_E_MEMORY, NULL, "no memory for a task", NULL,
                              NULL, 0);
}

static weir_stream *handle_new(const weir_type *type, weir_task *task)
{
    weir_arena *arena = weir_arena_new(sizeof(struct handle)); /* most are awaited as they are */
    weir_stream *stream = weir_source_in(arena, sizeof(struct handle), &handle_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct handle *self = handle_of(stream);
    stream->stage.one = true;
    self->task = task;
    atomic_store_explicit(&task->join, WEIR_JOIN_NEW, memory_order_relaxed);
    return stream;
}

/* The task is not yet among the worker's. */
static void undo(weir_task *task)
{
    weir_task_end(task);
    weir_waker_unref(&task->waker);
}

static weir_stream *too_many(weir_stream *future, const weir_rt *rt)
{
    return weir_stream_refuse(
        &future->stage, WEIR_E_LIMIT, "fewer at once, or a higher tasks_max of the runtime",
        "%s: %s has its %zu tasks already", "spawn", "the runtime", (size_t)rt->options.tasks_max);
}

/* NULL: it was refused, and *handle says why. */
static weir_task *task_with_handle(weir_rt *rt, weir_inbox *inbox, weir_stream *future,
                                   weir_stream **handle)
{
    future = weir_expect_task(future, "spawn");
    if (!weir_workers_have_room(rt)) {
        *handle = too_many(future, rt);
        return NULL;
    }
    weir_task *task = weir_task_new(inbox, future);
    *handle = task ? handle_new(future->type, task) : no_memory(future);
    if (task && !weir_stage_failed(&(*handle)->stage))
        return task;
    weir_workers_give_room(rt);
    if (task)
        undo(task);
    return NULL;
}

weir_stream *weir_worker_spawn(weir_worker *worker, weir_stream *future)
{
    weir_stream *handle;
    weir_task *task = task_with_handle(worker->rt, worker->inbox, future, &handle);
    if (task)
        weir_worker_add(worker, task);
    return handle;
}

weir_stream *weir_workers_spawn(weir_rt *rt, weir_task *parent, weir_stream *future)
{
    weir_stream *handle;
    weir_task *task = task_with_handle(rt, NULL, future, &handle);
    if (!task)
        return handle;
    if (parent)
        weir_task_adopt(parent, task);
    weir_workers_put(rt, task);
    return handle;
}

/* A task that nobody waits for. NULL: no memory, or too many; the future was dropped. */
static weir_task *task_alone(weir_rt *rt, weir_inbox *inbox, weir_stream *future)
{
    bool room = weir_workers_have_room(rt);
    weir_task *task = room ? weir_task_new(inbox, future) : NULL;
    if (task)
        task->counted = true;
    else
        weir_stream_drop(future);
    if (room && !task)
        weir_workers_give_room(rt);
    return task;
}

bool weir_rt_spawn(weir_rt *rt, weir_stream *future)
{
    if (!weir_stage_failed(&future->stage) && !future->stage.one) {
        weir_stream_drop(future);
        return false;
    }
    bool stays = !rt->workers.spread && weir_worker_thread(&rt->worker) == weir_thread_here();
    future = weir_expect_settled(future);
    weir_task *task = task_alone(rt, stays ? rt->worker.inbox : NULL, future);
    if (task && stays)
        weir_worker_add(&rt->worker, task);
    else if (task)
        weir_workers_put(rt, task);
    return task;
}
