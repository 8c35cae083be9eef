/* A worker: what belongs to one thread that polls, and its loop. A runtime has one so far. */
#ifndef WEIR_TASK_WORKER_H
#define WEIR_TASK_WORKER_H

#include "core/stage.h"
#include "task/rt.h"
#include "task/task.h"
#include "weir/executor.h"

struct weir_worker {
    weir_rt *rt;
    const weir_sys *sys; /* the driver's */
    weir_driver *driver;
    weir_inbox *inbox;
    struct weir_ready_queue ready;
    weir_task *tasks; /* all that are not done */
    weir_cx cx;
    struct weir_clock clock;
    weir_pool arenas;
    uint32_t budget, demand_max; /* of the runtime's options */
    uint64_t tick_due_ns;
    uint64_t drawing; /* which cycles are timed; from the seed */
    uint64_t tasks_made;
    uint32_t until_sample;        /* cycles until one is */
    struct weir_sleeper *sleeper; /* a thread that waits; made when one does first */
    struct weir_waiter *fiber;    /* that ran here when it was entered */
    struct weir_yielder *yielder; /* ... and what weir_yield() was for */
    unsigned turns;               /* since the last look at the driver */
    unsigned entered;             /* how often on this stack: a callback may wait inside of a run */
    const void *thread;           /* whose tasks it has, and who turns it; others may look */
    bool turned;                  /* by somebody's loop, which may turn others after it */
    bool dropping;                /* a future that was cancelled is dropped */
    bool ticking;                 /* on_tick is on the stack */
    bool exact;                   /* every cycle is timed: somebody looks */
    bool drawn;                   /* sim: order and demand come from the seed */
    bool alone;                   /* sim: no other runtime is in its world */
};

struct weir_rt {
    weir_rt_options options;
    weir_worker worker;
    _Atomic bool stop; /* was asked for, maybe by a signal handler */
    uint64_t tasks_failed;
    weir_error first_failure; /* of these, where nobody is told */
};

/* The thread that calls; an address of its own. */
static inline const void *weir_thread_here(void)
{
    return &weir_worker_here;
}

/* Its cx as a turn of this task begins with it: a full budget, and nothing said yet. */
static inline void weir_worker_renew(weir_worker *worker, weir_task *task)
{
    weir_cx *cx = &worker->cx;
    cx->waker = &task->waker;
    cx->budget = worker->budget;
    cx->demand_max = worker->demand_max;
    cx->scratch_used = 0;
    cx->wait_for = WEIR_WAIT_NONE;
    cx->waiting = NULL;
    cx->cut = false;
}

/* The worker is at home on this thread until it leaves. Returns who was there before. */
weir_worker *weir_worker_enter(weir_worker *worker);
void weir_worker_leave(weir_worker *worker, weir_worker *outer);

/* Runs tasks until this one is over (task->join->over), or woken, if it is a sleeper. It is left to
 * the caller, who wants what it came to. False: worker->cx.error says why it never will be. */
bool weir_worker_run(weir_worker *worker, const weir_task *awaited);

/* Runs tasks until this one, which has no future and is polled by nobody, is woken: a thread that
 * waits. Between two calls it is RUNNING, and a wake that came then is seen at once. May be called
 * inside of itself, from on_tick and the like, with another sleeper. False: as above, and the
 * sleeper is DONE: make another. */
bool weir_worker_until(weir_worker *worker, weir_task *sleeper);

/* Tells tasks that their sources are to end, if that was asked for. */
void weir_worker_look_for_stop(weir_worker *worker);

/* Takes a task in, ready to be polled. */
void weir_worker_add(weir_worker *worker, weir_task *task);

/* One round of turns of tasks that are ready, without waiting. False: as above. */
bool weir_worker_others(weir_worker *worker);

/* For the others of a simulated world. */
struct weir_turner weir_worker_turner(weir_worker *worker);

/* Gives it up: its future is dropped now, or at the end of its turn, if this is called inside of
 * it. Who waits for it is told. The task may be gone. */
void weir_worker_cancel(weir_worker *worker, weir_task *task);

/* Drops the task's future and lets the task go. Who still waits for it is told. */
void weir_worker_end(weir_worker *worker, weir_task *task);

/* Puts there what the task came to. */
void weir_join_settle(weir_joined *join, const weir_task *task, const weir_error *error);
/* It never will come to anything, if it did not yet: who waits for it is to be told. */
void weir_join_cancel(const weir_task *task);

/* Of a task that nobody waits for. */
void weir_task_report(weir_rt *rt, const weir_error *error, bool counted);

/* Of no task. what: how the message begins where there is no on_task_error. */
void weir_error_report(weir_rt *rt, const weir_error *error, const char *what);

#endif
