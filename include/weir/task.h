/* weir/task.h: tasks beside the one that runs. A task is a future that the executor polls; its
 * handle is a future too, of the same type, which gives what the task came to:
 *
 *     weir_stream *size = weir_spawn(weir_count(lines));
 *     ...work that goes on meanwhile...
 *     weir_run(size, &n, &error);
 *
 * A task that was spawned goes on whenever somebody on its thread waits: weir_run(), weir_rt_run(),
 * weir_rt_next(), or a loop of the program's own (weir/executor.h). A runtime that the program made
 * is known to weir_spawn() in its own tasks alone. Outside of them, on the thread that turns it,
 * weir_worker_spawn(weir_rt_worker(rt), future) gives the handle (weir/executor.h); from any other
 * thread weir_rt_spawn(rt, future) has it run, without one (weir/run.h).
 *
 * On a runtime with several workers (weir/run.h) a task runs on whichever is free first, and stays
 * there: what it shares with others must bear that. weir_spawn_local() keeps it here. A task that
 * other workers' tasks are children of (weir/par.h) is over when the last of them is. */
#ifndef WEIR_TASK_H
#define WEIR_TASK_H

#include "weir/implement.h"

WEIR_BEGIN_C

/* Runs a future beside the caller, on the executor of the process. Never NULL: a future of its own,
 * the handle, which gives the item, the error or the end that the task came to. Dropping the handle
 * lets the task go on alone: then its item is dropped where it is made, and its error goes to
 * on_task_error of its runtime, or else to stderr, as one message.
 * Errors, of the handle: those of the task, each with its trail and error.task, the task's number;
 * ARGUMENT and TYPE for what is no future, lends its item or gives marks; MEMORY; CANCELLED.
 *
 * Example:
 *     p(weir_spawn(later(7, 5))); // -> 7
 */
WEIR_PASSES
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_spawn(weir_stream *future WEIR_TAKES);

/* The same, always on the worker of this thread: for what is bound to the thread.
 *
 * Example:
 *     weir_stream *a = weir_spawn_local(later(1, 30)), *b = weir_spawn_local(later(2, 10));
 *     p(weir_join(a, b)); // -> (1 2)
 */
WEIR_PASSES
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_spawn_local(weir_stream *future WEIR_TAKES);

/* What the two are where they are called by name: they say where that is, which the messages of a
 * task tell that fails and that nobody waits for, or that crashes. place: static; NULL: not known.
 *
 * Example:
 *     p(weir_spawn_at(later(7, 5), WEIR_PLACE_)); // -> 7
 *     p(weir_spawn_local_at(later(8, 5), NULL)); // -> 8
 */
WEIR_PASSES
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_spawn_at(weir_stream *future WEIR_TAKES,
                                    const weir_site *place WEIR_KEEPS);
WEIR_PASSES
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_spawn_local_at(weir_stream *future WEIR_TAKES,
                                          const weir_site *place WEIR_KEEPS);

/* From now on the task ends with its handle: dropping it drops the task's future. Returns the
 * handle. Errors: ARGUMENT for what is no handle.
 *
 * Example:
 *     p(weir_abort_on_drop(weir_spawn(later(7, 5)))); // -> 7
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_abort_on_drop(weir_stream *handle WEIR_TAKES);

/* Gives a task up. Its future is dropped before this returns, or at the end of its turn where it is
 * running (it cancels itself), or in its next turn where this is called out of the drop of another
 * one's future; of a task of another worker there, soon. The handle stays the caller's and gives
 * the error CANCELLED; a task that is over keeps what it came to. What is no handle ends the
 * program, by its name: it would go on unseen.
 *
 * Example:
 *     weir_stream *task = weir_spawn(later(7, 5000));
 *     weir_cancel(task);
 *     p(task); // -> !CANCELLED
 */
WEIR_API void weir_cancel(weir_stream *handle);

WEIR_END_C

#define weir_spawn(future) weir_spawn_at(future, WEIR_PLACE_)
#define weir_spawn_local(future) weir_spawn_local_at(future, WEIR_PLACE_)

#endif
