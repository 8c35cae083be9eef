/* Which runtimes there are in this process. */
#ifndef WEIR_TASK_RUNTIMES_H
#define WEIR_TASK_RUNTIMES_H

#include "task/worker.h"

/* A runtime that this thread makes meanwhile is in no list, and nobody is told of it: it is a tool
 * of the library's, of this thread alone. */
extern _Thread_local bool weir_rt_unlisted;

void weir_rt_enlist(weir_rt *rt);
/* Waits until everybody has given it back. Nothing, where it was never in the list. */
void weir_rt_delist(weir_rt *rt);

/* True: it is there until it is given back. False: it is gone, and its tasks are over. Only its
 * address is looked at; one that has the address of another has its tasks no more. */
bool weir_rt_borrow(weir_rt *rt) WEIR_MUST_USE;
void weir_rt_give_back(weir_rt *rt);

/* Up to n that there are, the newest first, each borrowed; returns how many. */
size_t weir_rt_borrow_all(weir_rt **out, size_t n) WEIR_MUST_USE;

/* One at a time has a worker for each processor without being asked to: true for the first that
 * wants them, until it goes. */
bool weir_rt_may_spread(weir_rt *rt) WEIR_MUST_USE;

/* From now on the list is whole in a process that is forked off. Who locks something around calls
 * of this file and watches forks as well says so first: then both lock in one order. */
void weir_rt_watch_forks(void);

/* Who is told of every runtime of this process: at once of those that are there, then of each that
 * is made, and of each before it ends, as long as its workers are there. NULL: nobody any more.
 * Under the lock of the list: neither function makes, drops or borrows a runtime, nor waits for a
 * thread that does. From any thread. In a process that is forked off nobody is told. */
void weir_rt_on_open(void (*opened)(weir_rt *rt), void (*closing)(weir_rt *rt));

/* Its workers are about to end. */
void weir_rt_close(weir_rt *rt);

#endif
