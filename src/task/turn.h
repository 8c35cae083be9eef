/* A task's turn, and its end. */
#ifndef WEIR_TASK_TURN_H
#define WEIR_TASK_TURN_H

#include "task/worker.h"

enum { WEIR_TURNS_AT_ONCE = 64 }; /* tasks polled between two looks at the driver */

/* It is ready, and stands nowhere. It may be gone then. */
void weir_turn(weir_worker *worker, weir_task *task);

/* One that nobody polled yet is this worker's from now on. */
void weir_worker_take(weir_worker *worker, weir_task *task);

/* One that was put into its inbox before anybody polled it. */
void weir_worker_welcome(weir_worker *worker, weir_task *task);

/* It was RUNNING: it is idle, or goes to the end of the queue because it was woken meanwhile. */
void weir_worker_settle_down(weir_worker *worker, weir_task *task);

/* Nobody else wants a turn, or to be told something between two. */
bool weir_worker_is_alone(const weir_worker *worker);

#endif
