/* How the tasks of a worker are seen to their end, also where its driver is broken. */

#include <poll.h>

#include "task/worker_loop.h"
#include "task/workers.h"

/* ---- those of one family ---- */

static bool descends_from(const weir_task *task, const weir_task *ancestor)
{
    while (task && task != ancestor)
        task = task->parent;
    return task;
}

/* They might wait for the driver, though they were to go on to their end. */
static void cancel_descendants(weir_worker *worker, const weir_task *ancestor)
{
    for (weir_task *task = worker->tasks, *next; task; task = next) {
        next = task->next;
        if (atomic_load(&task->cancelled) != WEIR_TASK_CANCELLED && task != ancestor &&
            descends_from(task, ancestor))
            weir_task_tell(task, WEIR_TASK_CANCELLED);
    }
}

static void cancel_family(weir_worker *worker, const weir_task *ancestor)
{
    uint32_t n = worker->drawn ? weir_workers_n(&worker->rt->workers) : 1;
    cancel_descendants(worker, ancestor);
    for (uint32_t i = 0; i < n && worker->drawn; i++)
        cancel_descendants(weir_workers_nth(worker->rt, i), ancestor);
}

enum { CRUTCH_MS = 1 }; /* who calls meanwhile may not know that this one sleeps */

static void limp(weir_worker *worker)
{
    const weir_sys *sys = worker->rt->options.sys;
    struct pollfd called = {.fd = worker->inbox->interrupt_fd, .events = POLLIN};
    weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    weir_workers_take_own(worker);
    worker->turns = 0;
    if (!weir_worker_turns(worker, NULL) && sys->poll(sys, &called, 1, CRUTCH_MS) > 0)
        weir_interrupt_clear(called.fd);
}

bool weir_worker_see_out(weir_worker *worker, const weir_task *task, bool works)
{
    cancel_family(worker, task);
    works = works && weir_worker_go_round(worker, NULL, WEIR_FOREVER);
    if (!works && !worker->drawn)
        limp(worker);
    return works;
}

/* ---- all of them ---- */

static void worker_end_cancel_all(weir_worker *worker)
{
    for (weir_task *task = worker->tasks, *next; task; task = next) {
        next = task->next;
        if (atomic_load(&task->cancelled) != WEIR_TASK_CANCELLED)
            weir_task_tell(task, WEIR_TASK_CANCELLED);
    }
}

/* The first one is there until the others have left: they may place tasks with it. */
static bool worker_end_is_wanted(weir_worker *worker)
{
    return worker->tasks || atomic_load(&worker->inbox->first) ||
           (!worker->index && atomic_load(&worker->rt->workers.serving));
}

/* What goes on meanwhile are tasks that end. */
void weir_worker_wind_up(weir_worker *worker)
{
    weir_worker *outer = weir_worker_enter(worker);
    worker->winding_up = true; /* so do those that come */
    worker_end_cancel_all(worker);
    for (bool works = true; worker_end_is_wanted(worker) && (works || !worker->drawn);)
        works = weir_worker_see_out(worker, NULL, works);
    weir_worker_leave(worker, outer);
}
