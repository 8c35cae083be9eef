/* The runtime's state and its loop. */
#ifndef WEIR_TASK_EXECUTOR_H
#define WEIR_TASK_EXECUTOR_H

#include "task/rt.h"
#include "task/task.h"

struct weir_rt {
    weir_rt_options options;
    const weir_sys *sys; /* the driver's */
    weir_driver *driver;
    weir_inbox *inbox;
    struct weir_ready_queue ready;
    weir_task *tasks; /* all that are not done */
    weir_cx cx;
    struct weir_clock clock;
    uint64_t tick_due_ns;
    _Atomic bool stop; /* was asked for, maybe by a signal handler */
    _Atomic bool cut;
    bool drawn; /* sim: order and demand come from the seed */
    bool running;
};

/* Runs tasks until this one is done. false: rt->cx.error says why it cannot be. */
bool weir_executor_run(weir_rt *rt, weir_task *root);

/* Takes a task into the runtime, ready to be polled. */
void weir_executor_add(weir_rt *rt, weir_task *task);

/* Drops the task's future and lets the task go. */
void weir_executor_end(weir_rt *rt, weir_task *task);

#endif
