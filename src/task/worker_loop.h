/* What a worker's loop, the reasons why it ends, and the end of its tasks share. */
#ifndef WEIR_TASK_WORKER_LOOP_H
#define WEIR_TASK_WORKER_LOOP_H

#include "task/worker.h"

/* Tasks are polled, up to 64, whoever stood in the queue before, until who waits for this one
 * (NULL: nobody does) may go on. True: there were some. */
bool weir_worker_turns(weir_worker *worker, const weir_task *awaited);

/* Nothing the driver works on, and nobody who could wake the task: another thread would hold its
 * waker. In a simulation there are no other threads. */
bool weir_worker_is_stalled(const weir_worker *worker, const weir_task *awaited);

/* All say why in worker->cx.error, and answer false. */
bool weir_worker_fail_stalled(weir_worker *worker, const weir_task *awaited);
/* error: what the driver's wait came to. The other workers are told. */
bool weir_worker_fail_broken(weir_worker *worker, int error);
/* A worker that had to leave its thread has tasks that nobody polls any more: for its reason. */
WEIR_COLD bool weir_worker_fail_as_another(weir_worker *worker);

#endif
