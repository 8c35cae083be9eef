/* A worker: whose thread it is on, how it begins, and what is given back. */

#include "task/worker.h"

#include <string.h>

#include "core/system_text.h"
#include "task/crash.h"
#include "task/drivers.h"
#include "task/look.h"
#include "task/stand.h"
#include "task/waiter.h"
#include "weir/alloc.h"

/* ---- whose thread it is ---- */

weir_worker *weir_worker_enter(weir_worker *worker)
{
    weir_worker *outer = weir_worker_here;
    weir_worker_here = worker;
    weir_worker_note_thread(worker);
    worker->clock.still = false; /* who calls worked */
    if (WEIR_UNLIKELY(worker->stands != NULL))
        weir_stands_pause(worker->stands);
    if (!__atomic_fetch_add(&worker->entered, 1, __ATOMIC_RELAXED)) {
        worker->fiber = weir_fiber_swap(NULL); /* which cannot wait while this one polls */
        worker->yielder = weir_yielder_swap(&weir_yielder_nobody);
    }
    return outer;
}

void weir_worker_leave(weir_worker *worker, weir_worker *outer)
{
    if (__atomic_fetch_sub(&worker->entered, 1, __ATOMIC_RELAXED) == 1) {
        weir_fiber_swap(worker->fiber);
        weir_yielder_swap(worker->yielder);
    }
    weir_worker_look_pauses(worker);
    weir_worker_here = outer;
}

/* ---- how it begins and ends ---- */

static bool open_inbox(weir_worker *worker, weir_error *error)
{
    int number = 0;
    worker->inbox = weir_inbox_new(worker->rt->options.sys, &number);
    if (worker->inbox)
        return true;
    weir_error_set(error, WEIR_E_SYSTEM, "no descriptor for a runtime: %s",
                   weir_errno_text(-number));
    error->number = -number;
    error->cure = weir_descriptor_cure(-number);
    return false;
}

/* All but the first stand in its simulated world, where it has one. */
static bool open_driver(weir_worker *worker, weir_error *error)
{
    const weir_rt_options *options = &worker->rt->options;
    weir_driver *first = worker->index ? worker->rt->worker.driver : NULL;
    weir_driver_config config = {.sys = options->sys,
                                 .interrupt_fd = worker->inbox->interrupt_fd,
                                 .seed = options->seed,
                                 .faults_per_million = options->faults_per_million,
                                 .host = options->host,
                                 .beside = first};
    worker->driver = weir_driver_named(first ? first->ops->name : options->driver, &config, error);
    return worker->driver;
}

static void find_way(weir_worker *worker)
{
    worker->inbox->worker = worker;
    worker->sys = worker->clock.sys = worker->driver->sys;
    worker->cx.timers = &worker->driver->clock;
    worker->driver->turner = weir_worker_turner(worker);
    worker->drawn = strcmp(worker->driver->ops->name, "sim") == 0;
    worker->exact = worker->drawn; /* its time passes by being looked at */
    worker->tick_due_ns =
        weir_after_ns(weir_clock_read(&worker->clock), worker->rt->options.tick_ns);
}

bool weir_worker_begin(weir_worker *worker, weir_rt *rt, weir_error *error)
{
    unsigned char *scratch = weir_allocate(WEIR_SCRATCH_BYTES);
    worker->rt = rt;
    weir_cx_init(&worker->cx, NULL, scratch, scratch ? WEIR_SCRATCH_BYTES : 0);
    if (!scratch) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for a runtime (%d bytes)",
                       WEIR_SCRATCH_BYTES);
        return false;
    }
    worker->cx.rt = rt;
    worker->cx.worker = worker;
    worker->budget = rt->options.budget;
    worker->demand_max = rt->options.demand_max;
    worker->drawing = rt->options.seed + worker->index;
    worker->until_sample = 1;
    weir_crash_watch();
    if (!open_inbox(worker, error) || !open_driver(worker, error))
        return false;
    find_way(worker);
    return true;
}

static void worker_end_all(weir_worker *worker)
{
    worker->ready = (struct weir_ready_queue){0};
    while (worker->tasks)
        weir_worker_end(worker, worker->tasks);
}

void weir_worker_close(weir_worker *worker)
{
    if (worker->inbox)
        weir_inbox_take(worker->inbox, &worker->ready, &worker->clock); /* some may be new */
    worker_end_all(worker);
    weir_sleeper_drop(worker->sleeper);
    worker->sleeper = NULL;
    weir_driver_drop(worker->driver);
    worker->driver = NULL;
    if (!worker->inbox)
        return;
    weir_inbox_close(worker->inbox, &worker->ready, &worker->clock);
    worker_end_all(worker); /* what others placed here meanwhile, which nobody has polled */
}

void weir_worker_free(weir_worker *worker)
{
    if (worker->inbox) {
        worker->inbox->worker = NULL;
        weir_inbox_unref(worker->inbox);
    }
    weir_pool_drain(&worker->arenas);
    weir_release(worker->ring, worker->ring ? sizeof *worker->ring : 0);
    weir_release(worker->cx.scratch, worker->cx.scratch_size);
}
