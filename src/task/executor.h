/* The runtime's state and its loop. */
#ifndef WEIR_TASK_EXECUTOR_H
#define WEIR_TASK_EXECUTOR_H

#include "core/stage.h"
#include "task/rt.h"
#include "task/task.h"

/* What belongs to one thread that polls: io asks it for its driver. A runtime has one so far. */
struct weir_worker {
    weir_rt *rt;
    weir_pool arenas;
};

struct weir_rt {
    weir_rt_options options;
    weir_worker worker;
    const weir_sys *sys; /* the driver's */
    weir_driver *driver;
    weir_inbox *inbox;
    struct weir_ready_queue ready;
    weir_task *tasks; /* all that are not done */
    weir_cx cx;
    struct weir_clock clock;
    uint64_t tick_due_ns;
    _Atomic bool stop; /* was asked for, maybe by a signal handler */
    weir_task *puller; /* what weir_rt_next() waits with; made when it is needed first */
    uint32_t pulls;    /* items it gave since other tasks had their turn */
    uint64_t tasks_failed;
    weir_error first_failure; /* of these, where nobody is told */
    bool drawn;               /* sim: order and demand come from the seed */
    bool running;
};

/* Runs tasks until this one is done. false: rt->cx.error says why it cannot be. */
bool weir_executor_run(weir_rt *rt, weir_task *root);

/* Takes a task into the runtime, ready to be polled. */
void weir_executor_add(weir_rt *rt, weir_task *task);

/* Makes the cx ready for a turn of this task, which sees a stop that was asked for. False: no
 * memory for its scratch. */
bool weir_executor_begin(weir_rt *rt, weir_task *task);

/* One poll of it. Where its item should go nowhere, the item is dropped. */
weir_poll weir_executor_poll(weir_rt *rt, weir_task *task);

/* One round of turns of tasks that are ready, without waiting. */
void weir_executor_others(weir_rt *rt);

/* Drops the task's future and lets the task go. */
void weir_executor_end(weir_rt *rt, weir_task *task);

#endif
