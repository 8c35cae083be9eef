/* A worker: what belongs to one thread that polls, and its loop. */
#ifndef WEIR_TASK_WORKER_H
#define WEIR_TASK_WORKER_H

#include <pthread.h>

#include "core/stage.h"
#include "driver/this_thread.h"
#include "task/ring.h"
#include "task/rt.h"
#include "task/task.h"
#include "weir/executor.h"

/* The turn that a worker is in, for who looks from elsewhere: also at one that began before, and
 * never ends. Constants alone: what has them may be gone. */
struct weir_worker_turn {
    uint32_t n; /* another one in each turn; even: it is in none */
    const weir_site *place;
    const weir_stream_ops *ops; /* of the consumer */
};

struct weir_worker {
    weir_rt *rt;
    const weir_sys *sys; /* the driver's */
    weir_driver *driver;
    weir_inbox *inbox;
    struct weir_ready_queue ready;
    struct weir_task_ring *ring; /* of tasks that any worker may take; NULL: there are no others */
    weir_task *tasks;            /* all that are not done */
    weir_cx cx;
    struct weir_clock clock;
    weir_pool arenas;
    uint32_t budget, demand_max; /* of the runtime's options */
    uint64_t tick_due_ns;
    uint64_t drawing; /* which cycles are timed; from the seed */
    uint64_t tasks_made;
    _Atomic uint32_t placed;      /* tasks that were given to it because it had fewest */
    uint64_t room;                /* for tasks, out of what the runtime has left */
    uint32_t index;               /* among the runtime's; the first is 0 */
    pthread_t pthread;            /* of one that is not the first */
    _Atomic bool called;          /* out of its sleep, to look for work */
    bool asleep;                  /* and counted so */
    bool searched;                /* since its last turn, or was asleep */
    uint32_t until_sample;        /* cycles until one is */
    struct weir_sleeper *sleeper; /* a thread that waits; made when one does first */
    struct weir_stands *stands;   /* ... which asks a chain item by item, and has an item now */
    struct weir_waiter *fiber;    /* that ran here when it was entered */
    struct weir_yielder *yielder; /* ... and what weir_yield() was for */
    unsigned turns;               /* since the last look at the driver */
    unsigned entered;             /* how often on this stack: a hook may wait inside of a run */
    const void *thread;     /* whose tasks it has, and who turns it; atomic. NULL: nobody did */
    bool turned;            /* by somebody's loop, which may turn others after it */
    bool dropping;          /* a future that was cancelled is dropped */
    bool winding_up;        /* it waits for its tasks to end */
    bool ticking;           /* on_tick is on the stack */
    bool exact;             /* every cycle is timed: somebody looks */
    bool drawn;             /* sim: order and demand come from the seed */
    weir_task *put_off;     /* sim: it is over, which is told when the worker is free */
    struct weir_look *look; /* task/look.h; NULL: nobody looks, or nobody was told yet */
    struct weir_worker_turn turn;
};

/* The workers of a runtime, and what they share. */
struct weir_workers {
    weir_worker **others;    /* beside the runtime's first one; they stay until it is dropped */
    _Atomic uint32_t n;      /* that there are, with the first */
    uint32_t max;            /* ... may be */
    bool spread;             /* what is spawned goes to any of them */
    _Atomic uint32_t asleep; /* or about to be */
    _Atomic uint32_t searching;
    _Atomic uint32_t serving; /* threads that have not left */
    _Atomic bool ending;      /* threads leave, when their tasks are over */
    _Atomic bool broken;      /* one of them had to leave before: why */
    weir_error why;
    pthread_mutex_t lock; /* of the line of tasks that nobody took and no ring had room for */
    struct weir_ready_queue line;
    _Atomic size_t waiting;  /* there */
    _Atomic uint64_t left;   /* of tasks_max */
    pthread_mutex_t failing; /* of tasks_failed and first_failure */
};

struct weir_rt {
    weir_rt_options options;
    weir_worker worker; /* of the thread that runs it */
    struct weir_workers workers;
    _Atomic(struct weir_looker *) looker; /* task/look.h; NULL: nobody looks */
    _Atomic bool stop;                    /* was asked for, maybe by a signal handler */
    uint64_t tasks_failed;
    weir_error first_failure; /* of these, where nobody is told */
    weir_rt *next, **at;      /* among those of the process; NULL: it is not */
    uint64_t number;          /* ... of those that were made, from 1; 0: it is not */
    bool told, closes;        /* task/runtimes.c: of it; and it is about to end */
    unsigned borrowed;        /* by how many threads that hold handles of its tasks */
};

/* The thread that calls: nothing that could be looked at, and never that of another one. */
static inline const void *weir_thread_here(void)
{
    return (const void *)(uintptr_t)weir_thread_number();
}

static inline const void *weir_worker_thread(const weir_worker *worker)
{
    return __atomic_load_n(&worker->thread, __ATOMIC_RELAXED);
}

/* This thread turns it. */
static inline void weir_worker_note_thread(weir_worker *worker)
{
    __atomic_store_n(&worker->thread, weir_thread_here(), __ATOMIC_RELAXED);
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

/* It is in a turn from now on, or in none: three words, which no other thread writes. */
static inline void weir_worker_turn_begins(weir_worker *worker, const weir_site *place,
                                           const weir_stream_ops *ops)
{
    __atomic_store_n(&worker->turn.place, place, __ATOMIC_RELAXED);
    __atomic_store_n(&worker->turn.ops, ops, __ATOMIC_RELAXED);
    __atomic_store_n(&worker->turn.n, (worker->turn.n + 2) | 1, __ATOMIC_RELEASE);
}

static inline void weir_worker_turn_ends(weir_worker *worker)
{
    __atomic_store_n(&worker->turn.n, worker->turn.n & ~1U, __ATOMIC_RELAXED);
}

/* The worker is at home on this thread until it leaves. Returns who was there before. */
weir_worker *weir_worker_enter(weir_worker *worker);
void weir_worker_leave(weir_worker *worker, weir_worker *outer);

/* A worker of this runtime in memory that is zeroed. False: *error says why; it is to be freed all
 * the same. */
bool weir_worker_begin(weir_worker *worker, weir_rt *rt, weir_error *error) WEIR_MUST_USE;
/* Its tasks end, and those that others borrow from these before. On its thread. */
void weir_worker_wind_up(weir_worker *worker);
/* ... and what it holds of the outside is given back. Wakers of its tasks may be left. */
void weir_worker_close(weir_worker *worker);
/* Its memory, when no other worker looks at it any more. */
void weir_worker_free(weir_worker *worker);

/* The loop of one that has a thread of its own, until it is told to leave, or cannot go on. */
void weir_worker_serve(weir_worker *worker);

/* Runs tasks until this one is over (task->root->over), or woken, if it is a sleeper. It is left to
 * the caller, who wants what it came to. False: worker->cx.error says why it never will be. */
bool weir_worker_run(weir_worker *worker, const weir_task *awaited);

/* Runs tasks until this one, which has no future and is polled by nobody, is woken: a thread that
 * waits. Between two calls it is RUNNING, and a wake that came then is seen at once. May be called
 * inside of itself, from on_tick and the like, with another sleeper. False: as above, and the
 * sleeper is DONE: make another. */
bool weir_worker_until(weir_worker *worker, weir_task *sleeper);

/* In a simulation: it is charged with work (weir/sim.h), and has no turn before it is done. */
static inline bool weir_worker_is_at_work(const weir_worker *worker)
{
    return weir_driver_busy_ns(worker->driver);
}

/* Tells tasks that their sources are to end, if that was asked for. */
void weir_worker_look_for_stop(weir_worker *worker);

/* Takes a task in, ready to be polled. */
void weir_worker_add(weir_worker *worker, weir_task *task);

/* Once round the loop, for who waits for this task (NULL: nobody does). False: as above. */
bool weir_worker_go_round(weir_worker *worker, const weir_task *awaited, uint64_t timeout_ns);
/* The same for who waits for this task, and its children, to end: none of these goes on to its own
 * end. works: what this answered before, at first true. Where the driver is broken it does without,
 * which is enough for what ends; but not in a simulation, where nothing more happens then. */
bool weir_worker_see_out(weir_worker *worker, const weir_task *task, bool works);
/* It has something to do besides waiting. */
bool weir_worker_is_busy(const weir_worker *worker);
/* Until on_tick wants to be called. */
uint64_t weir_worker_tick_in_ns(const weir_worker *worker);

/* One round of turns of tasks that are ready, without waiting. False: as above. */
bool weir_worker_others(weir_worker *worker);

/* For the others of a simulated world. */
struct weir_turner weir_worker_turner(weir_worker *worker);

/* Gives it up: its future is dropped now, or at the end of its turn, if this is called inside of
 * it. Who waits for it is told when its children are gone. The task may be gone. */
void weir_worker_cancel(weir_worker *worker, weir_task *task);

/* The same, of a task that may be another worker's, or nobody's yet: then it is told. */
void weir_task_cancel(weir_rt *rt, weir_task *task);

/* Drops the task's future and lets the task go, whatever its children do. Who still waits for it is
 * told. */
void weir_worker_end(weir_worker *worker, weir_task *task);

/* What it came to, which nobody took. rt: that is told of its error; NULL: stderr is. */
void weir_task_drop_result(weir_rt *rt, weir_task *task);

/* Of a task that nobody waits for. */
void weir_task_report(weir_rt *rt, const weir_error *error, bool counted);

/* Of no task. what: how the message begins where there is no on_task_error. */
void weir_error_report(weir_rt *rt, const weir_error *error, const char *what);

#endif
