/* The workers of a runtime together: tasks that any of them may take, who sleeps, and how they
 * begin and end.
 *
 * A task that nobody polled yet stands in the ring of the worker that spawned it, or in the line
 * that all share. Whoever has nothing else to do takes it, and it is that worker's from then on. A
 * worker that finds nothing says that it sleeps before it looks once more; whoever puts a task
 * there looks for sleepers after that: one of them sees the other. */
#ifndef WEIR_TASK_WORKERS_H
#define WEIR_TASK_WORKERS_H

#include "task/worker.h"

enum { WEIR_WORKERS_MAX = 256 };

/* Makes no worker yet. */
void weir_workers_init(weir_rt *rt);

/* Makes them all, where that did not happen yet, from the thread of the first. False: *error says
 * why there are fewer. */
bool weir_workers_begin(weir_rt *rt, weir_error *error);

/* The others' tasks are over, and they have left their threads; the first one's tasks are over too.
 * Their memory is left. */
void weir_workers_end(weir_rt *rt);
void weir_workers_free(weir_rt *rt);

/* How many there are to be. */
uint32_t weir_workers_max(weir_rt *rt);

static inline uint32_t weir_workers_n(const struct weir_workers *workers)
{
    return atomic_load_explicit(&workers->n, memory_order_acquire);
}

static inline weir_worker *weir_workers_nth(weir_rt *rt, uint32_t i)
{
    return i ? rt->workers.others[i - 1] : &rt->worker;
}

/* A worker cannot go on (worker->cx.error): neither can the others, since tasks of theirs may be
 * parents, or children, of its own. They end those that they have. */
void weir_workers_break(const weir_worker *worker);

/* Room for one task is taken. False: there are tasks_max already. */
bool weir_workers_have_room(weir_rt *rt);
void weir_workers_give_room(weir_rt *rt);
/* The same where one of its tasks is over, on its thread. */
void weir_worker_give_room(weir_worker *worker);

/* As weir_spawn(), on whichever worker takes it. */
weir_stream *weir_workers_spawn(weir_rt *rt, weir_stream *future WEIR_TAKES,
                                const weir_site *place) WEIR_MUST_USE;

/* A task that any worker may take, from any thread. */
void weir_workers_put(weir_rt *rt, weir_task *task);

/* The same of one that waits more than it works: it goes to the worker that has fewest of those,
 * since it stays there. */
void weir_workers_place(weir_rt *rt, weir_task *task);

/* Takes one that nobody polled yet: its own first, then another's. NULL: there is none. */
weir_task *weir_workers_find(weir_worker *worker);
bool weir_workers_have_any(weir_rt *rt);

/* Where tasks do not go to any worker, the first one queues those that came from elsewhere. */
void weir_workers_take_own(weir_worker *worker);

/* Calls another worker if there is one left: by somebody who was called, or searched so that nobody
 * was, and has something else to do now. */
void weir_workers_pass_on(weir_rt *rt);

/* Looks for a while, as one that is about to sleep. True: there is something to do. */
bool weir_workers_search(weir_worker *worker);

/* Around a sleep. True: it need not. */
bool weir_workers_sleep(weir_worker *worker);
void weir_workers_rouse(weir_worker *worker);

/* Every worker has a look at what changed. May be called from a signal handler. */
void weir_workers_interrupt(weir_rt *rt);

#endif
