/* A loop that cannot go on, and why. */

#include <string.h>

#include "core/system_text.h"
#include "task/drivers.h"
#include "task/worker_loop.h"
#include "task/workers.h"

bool weir_worker_is_stalled(const weir_worker *worker, const weir_task *awaited)
{
    const weir_rt *rt = worker->rt;
    if (weir_driver_expects(worker->driver))
        return false;
    bool alone = worker->drawn && !rt->options.host && weir_workers_n(&rt->workers) == 1;
    if (!alone && __atomic_load_n(&awaited->waker.refs, __ATOMIC_ACQUIRE) != 1)
        return false;
    /* Last: whoever let go of the waker meanwhile may have woken it before. */
    return !atomic_load(&worker->inbox->first);
}

static const char *worker_stuck_name_of(const weir_task *awaited)
{
    if (awaited->waiting)
        return weir_stage_name(awaited->waiting);
    return awaited->future ? weir_stage_name(&awaited->future->stage) : "a thread";
}

bool weir_worker_fail_stalled(weir_worker *worker, const weir_task *awaited)
{
    weir_fail(&worker->cx, WEIR_E_ARGUMENT, "nothing will ever wake '%s': %s",
              worker_stuck_name_of(awaited),
              awaited->wait_for == WEIR_WAIT_NEVER
                  ? "it waits for nothing"
                  : "no operation is under way and nobody keeps its waker");
    worker->cx.error.cure = "store the waker with weir_wait() where the event is that it waits for";
    return false;
}

bool weir_worker_fail_broken(weir_worker *worker, int error)
{
    weir_cx *cx = &worker->cx;
    const char *name = worker->driver->ops->name;
    if (error == -EDEADLK && worker->drawn) {
        weir_fail(cx, WEIR_E_ARGUMENT, "nothing will ever happen: all wait for each other");
        cx->error.cure = "a timeout where a peer may never answer";
        return false;
    }
    if (error == WEIR_DRIVER_ELSEWHERE) {
        weir_fail(cx, WEIR_E_ARGUMENT,
                  "the runtime is run by another thread than the one that its operations are under "
                  "way on");
        cx->error.number = -error;
        cx->error.cure = "the thread that ran it before, or weir_rt_new() on this one";
        return false;
    }
    weir_fail(cx, WEIR_E_SYSTEM, "the driver '%s' cannot wait: %s", name, weir_errno_text(-error));
    cx->error.number = -error;
    if (strcmp(name, WEIR_DRIVER_PLAIN) != 0)
        cx->error.cure = "another driver: WEIR_DRIVER=" WEIR_DRIVER_PLAIN;
    weir_workers_break(worker);
    return false;
}

bool weir_worker_fail_as_another(weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    pthread_mutex_lock(&workers->failing);
    worker->cx.error = workers->why;
    pthread_mutex_unlock(&workers->failing);
    return false;
}
