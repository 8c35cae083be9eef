/* weir/executor.h: who runs the tasks of weir_spawn(), and how a loop that is not weir's turns a
 * worker. */
#ifndef WEIR_EXECUTOR_H
#define WEIR_EXECUTOR_H

#include "weir/blocking.h"

WEIR_BEGIN_C

/* One for the whole process. `self` is what weir_executor_set() was given. */
typedef struct weir_executor_ops {
    uint32_t size; /* sizeof(weir_executor_ops) */
    /* Each runs a future beside the caller and answers its handle, as weir_spawn() does: most end
     * in weir_worker_spawn(). Local: on this thread. NULL: as `spawn`. */
    weir_stream *(*spawn)(void *self, weir_stream *future WEIR_TAKES);
    weir_stream *(*spawn_local)(void *self, weir_stream *future WEIR_TAKES);
    /* As weir_spawn_blocking(): on a thread where it hurts nobody. NULL: the pool of the library.
     */
    weir_stream *(*spawn_blocking)(void *self, const weir_blocking_fn *fn,
                                   const void *state WEIR_TAKES);
    /* What weir_now_ns() answers. NULL: the clock of the runtime's system calls. */
    uint64_t (*now_ns)(void *self);
    /* Both kinds of `spawn`, with the place that weir_worker_spawn_at() wants to know; may be NULL.
     * NULL: those two. */
    weir_stream *(*spawn_at)(void *self, weir_stream *future WEIR_TAKES, bool local,
                             const weir_site *place WEIR_KEEPS);
} weir_executor_ops;

/* Sets the executor of the process. false: something was spawned already, it is too late. Without
 * it tasks go to the worker that is running on this thread, else to the thread's own runtime.
 *
 * Example:
 *     static const weir_executor_ops ops = {.size = sizeof ops}; // with its `spawn`
 *     p(weir_spawn(later(7, 5))); // -> 7
 *     p(weir_executor_set(&ops, NULL)); // -> false
 */
WEIR_API bool weir_executor_set(const weir_executor_ops *ops WEIR_KEEPS, void *self) WEIR_MUST_USE;

/* ---- a worker in somebody else's loop ----
 *
 *     while (!over) {
 *         struct pollfd ready = {weir_worker_fd(worker), POLLIN, 0};
 *         uint64_t ns = weir_worker_timeout_ns(worker);
 *         uint64_t ms = ns / 1000000 + (ns % 1000000 != 0); // rounded up
 *         poll(&ready, 1, ns == UINT64_MAX ? -1 : ms < INT_MAX ? (int)ms : INT_MAX);
 *         weir_worker_turn(worker, 0);
 *     }
 *
 * How the loop learns that a task is over: a fiber on the same worker awaits it, and sets a flag.
 *
 *     struct watch { weir_stream *task; bool *over; };
 *     static bool watch(struct watch *self, bool *out, weir_error *error)
 *     {
 *         weir_state got = weir_await(self->task, NULL, error);
 *         *self->over = *out = true;
 *         return got != WEIR_ERROR;
 *     }
 *     WEIR_FIBER_FN(watch_fn, watch, struct watch, bool)
 *     ...
 *     struct watch all = {task, &over};
 *     weir_drop(weir_worker_spawn(worker, weir_fiber(&watch_fn, &all, NULL)));
 */

/* The worker of a runtime. It belongs to the thread that turns it, and goes with its runtime.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_rt_spawn(rt, weir_count(weir_range(0, 9)))); // -> true
 *     p(weir_worker_turn(weir_rt_worker(rt), 0)); // -> true
 *     weir_rt_drop(rt);
 */
WEIR_API weir_worker *weir_rt_worker(weir_rt *rt);

/* Once round its loop: up to 64 turns of tasks that are ready and a look at the driver; at most
 * timeout_ns of waiting where nothing was ready. false: the driver is broken, it cannot go on;
 * weir_worker_error() says why, until the next turn; code WEIR_OK: it can. Not from inside of one
 * of its tasks.
 *
 * Example:
 *     int64_t sum = 0;
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_rt_spawn(rt, weir_for_each(weir_range(1, 5), &add_to_fn, &sum))); // -> true
 *     p(weir_worker_turn(weir_rt_worker(rt), 0)); // -> true
 *     p(code_name(weir_worker_error(weir_rt_worker(rt))->code)); // -> OK
 *     p(sum); // -> 10
 *     weir_rt_drop(rt);
 */
WEIR_BLOCKS
WEIR_API bool weir_worker_turn(weir_worker *worker, uint64_t timeout_ns);
WEIR_API const weir_error *weir_worker_error(const weir_worker *worker);

/* How long a loop may wait for the descriptor before the worker wants its next turn: 0 when
 * something is ready, UINT64_MAX when only the descriptor tells. Ask last before each wait: from
 * here to the next turn whatever is made ready raises the descriptor.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(yes(weir_worker_timeout_ns(weir_rt_worker(rt)) == UINT64_MAX)); // -> yes
 *     p(weir_rt_spawn(rt, later(7, 5))); // -> true
 *     p(weir_worker_timeout_ns(weir_rt_worker(rt))); // -> 0
 *     weir_rt_drop(rt);
 */
WEIR_API uint64_t weir_worker_timeout_ns(weir_worker *worker);

/* Readable when the worker has something to do besides timers. It stays the worker's, and the same.
 * Negative: the driver has none (sim, whose time is not the world's).
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), NULL);
 *     p(yes(weir_worker_fd(weir_rt_worker(rt)) >= 0)); // -> yes
 *     weir_rt_drop(rt);
 */
WEIR_API int weir_worker_fd(weir_worker *worker);

/* weir_spawn() on this worker, from the thread that turns it. Outside of its tasks weir_spawn()
 * does not know a runtime that the program made. Who waits on one runtime for a task of another one
 * of the same thread, which nobody turns meanwhile, gets the error ARGUMENT.
 *
 * Example:
 *     int64_t sum = 0;
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     weir_worker *worker = weir_rt_worker(rt);
 *     weir_drop(weir_worker_spawn(worker, weir_for_each(weir_range(1, 5), &add_to_fn, &sum)));
 *     p(weir_worker_turn(worker, 0)); // -> true
 *     p(sum); // -> 10
 *     weir_rt_drop(rt);
 */
WEIR_PASSES
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_worker_spawn(weir_worker *worker, weir_stream *future WEIR_TAKES);
/* ... with where that is said, as weir_spawn_at(); what the name above is.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     weir_stream *task = weir_worker_spawn_at(weir_rt_worker(rt), later(7, 5), WEIR_PLACE_);
 *     p(answer(weir_rt_run(rt, task, NULL, NULL))); // -> READY
 *     weir_rt_drop(rt);
 */
WEIR_PASSES
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_worker_spawn_at(weir_worker *worker, weir_stream *future WEIR_TAKES,
                                           const weir_site *place WEIR_KEEPS);

WEIR_END_C

#define weir_worker_spawn(worker, future) weir_worker_spawn_at(worker, future, WEIR_PLACE_)

#endif
