/* Which runtimes there are in this process. */
#ifndef WEIR_TASK_RUNTIMES_H
#define WEIR_TASK_RUNTIMES_H

#include "task/worker.h"

void weir_rt_enlist(weir_rt *rt);
/* Waits until everybody has given it back. Nothing, where it was never in the list. */
void weir_rt_delist(weir_rt *rt);

/* True: it is there until it is given back. False: it is gone, and its tasks are over. Only its
 * address is looked at; one that has the address of another has its tasks no more. */
bool weir_rt_borrow(weir_rt *rt) WEIR_MUST_USE;
void weir_rt_give_back(weir_rt *rt);

/* One at a time has a worker for each processor without being asked to: true for the first that
 * wants them, until it goes. */
bool weir_rt_may_spread(weir_rt *rt) WEIR_MUST_USE;

#endif
