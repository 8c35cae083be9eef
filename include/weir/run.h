/* weir/run.h: what polls. A runtime has workers: threads that poll tasks, each with a driver of its
 * own. The first is the thread that runs it (weir_rt_run); others are threads of the library.
 *
 * A chain belongs to the worker that polled it first, with all that it holds; before that it may go
 * to any. From other threads only weir_waker_ref, _unref and _wake, weir_rt_spawn and weir_rt_stop
 * may be called; memory hooks (weir/alloc.h) and on_task_error are called from all of them. */
#ifndef WEIR_RUN_H
#define WEIR_RUN_H

#include "weir/await.h"
#include "weir/sys.h"

WEIR_BEGIN_C

/* Runs a future until it gives its item: on this thread's own runtime, which is made by the first
 * call; in a fiber it is weir_await(). Inside of a poll it blocks the thread, on a runtime that is
 * made for the call; tasks that are spawned there and go on alone end with it, which is told.
 * READY: *out holds it. END: it ended without one. ERROR: *error holds why.
 * out and error may be NULL when they are not wanted; an unwanted item is dropped. After READY and
 * END error->code is WEIR_OK, or WEIR_E_STOPPED where a source was cut (weir_rt_stop): then it is
 * the result of a part of the input.
 * Errors: TYPE for what is no future, for a lent item (its chain is dropped before it could be
 * used), and where *out is of another type (weir_room of weir/await.h): a buffer of bytes goes as
 * (void *)buffer. In C++ weir_run is a plain function, which cannot see what *out is.
 *
 * Example:
 *     int64_t x;
 *     weir_room room = weir_room_of("int64_t", sizeof x);
 *     p(answer(weir_run_at(later(7, 5), &x, room, NULL, WEIR_SITE_))); // -> READY
 *     p(x); // -> 7
 */
WEIR_AWAITS
WEIR_API weir_state weir_run_at(weir_stream *future WEIR_TAKES, void *out, weir_room room,
                                weir_error *error, weir_site site);

typedef struct weir_rt_options {
    uint32_t size;               /* sizeof(weir_rt_options) */
    const char *driver;          /* weir_rt_driver(); NULL: $WEIR_DRIVER, else the best there is */
    const weir_sys *sys;         /* NULL: weir_sys_posix */
    uint64_t seed;               /* sim: everything that is drawn comes from it */
    uint32_t faults_per_million; /* sim: how often an operation fails or falls short */
    uint32_t budget;             /* 0: WEIR_BUDGET */
    uint32_t demand_max;         /* 0: WEIR_DEMAND_MAX */
    uint64_t tick_ns;            /* 0: never; 1 ms at least while nothing goes on */
    void (*on_tick)(weir_rt *rt, void *arg); /* about every tick_ns, between the first
                                                worker's polls */
    /* A task failed, and nobody waits for it. NULL: weir_rt_task_errors() tells of those of
     * weir_rt_spawn(); of weir_spawn() each is one message on stderr. So are errors of plain loops
     * that nobody took (weir/loop.h); error->task is 0 where it was no task's. */
    void (*on_task_error)(weir_rt *rt, const weir_error *error, void *arg);
    void *arg;
    struct weir_host *host; /* sim: the simulated machine whose sockets it has; NULL: real ones */
    /* 1: everything stays on the thread that runs it. More: so many workers (256 at most), and what
     * weir_spawn() is given goes to any of them. 0, as of a thread's own runtime: weir_spawn()
     * stays where it is called, and parallel iteration (weir/par.h) has as many workers as the
     * process may use processors, which are made when it first wants them. Of several runtimes that
     * say 0 only the first that wants them has them, until it goes: of those of other threads each
     * has its thread, as on sim. weir_rt_workers() says how many there are. */
    uint32_t workers;
    uint64_t tasks_max; /* of all workers; 0: WEIR_TASKS_MAX. A spawn beyond it is a LIMIT error */
} weir_rt_options;

enum { WEIR_TASKS_MAX = 1 << 20 };

/* weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), &error) */
#define WEIR_RT_OPTIONS(...) ((weir_rt_options){.size = sizeof(weir_rt_options), __VA_ARGS__})

/* NULL: *error holds why (no memory, no such driver). options may be NULL.
 *
 * Example:
 *     weir_error error;
 *     weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim"), &error);
 *     p(answer(weir_rt_run(rt, later(7, 1000), NULL, &error))); // -> READY
 *     weir_rt_drop(rt);
 */
WEIR_API weir_rt *weir_rt_new(const weir_rt_options *options, weir_error *error) WEIR_MUST_USE;

/* Drops every task that is left and waits for what the kernel still holds; the threads of its other
 * workers end before. Not from inside of one of its tasks. NULL: nothing.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_rt_spawn(rt, weir_pending(&weir_type_unit))); // -> true
 *     weir_rt_drop(rt);
 */
WEIR_BLOCKS
WEIR_API void weir_rt_drop(weir_rt *rt);

/* As weir_run, on this runtime; may be called again and again. Whatever it answers, what it has
 * made of tasks is over by then; where a driver breaks, what runs on any worker is cancelled, and
 * of several workers all have to leave. A process that was forked off cannot use its parent's
 * runtime: an error says so, and weir_rt_drop() there frees only memory.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     weir_room any = {0}; // nothing is known of *out
 *     p(answer(weir_rt_run_at(rt, later(7, 5), NULL, any, NULL, WEIR_SITE_))); // -> READY
 *     weir_rt_drop(rt);
 */
WEIR_AWAITS
WEIR_API weir_state weir_rt_run_at(weir_rt *rt, weir_stream *future WEIR_TAKES, void *out,
                                   weir_room room, weir_error *error, weir_site site);

/* The next item of a stream that stays the caller's, for a loop in a plain program:
 *
 *     while (weir_rt_next(rt, lines, &line, &error) == WEIR_READY) ...
 *
 * READY, END, ERROR as weir_run; after an error that is not error.fatal the next call goes on with
 * the next item. Break when you like, then weir_drop(stream). What is lent is valid until the next
 * call for this stream. Other tasks of the runtime have their turns meanwhile. Costs no allocation
 * and no system call an item.
 *
 * Example:
 *     int64_t x;
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     weir_stream *s = weir_range(7, 9);
 *     weir_room room = weir_room_of("int64_t", sizeof x);
 *     p(answer(weir_rt_next_at(rt, s, &x, room, NULL, WEIR_SITE_))); // -> READY
 *     p(x); // -> 7
 *     weir_drop(s);
 *     weir_rt_drop(rt);
 */
WEIR_AWAITS
WEIR_API weir_state weir_rt_next_at(weir_rt *rt, weir_stream *stream, void *out, weir_room room,
                                    weir_error *error, weir_site site) WEIR_MUST_USE;

/* Runs a future beside the one weir_rt_run was called with, from any thread; its item is dropped,
 * its error goes to on_task_error, or is kept for weir_rt_task_errors(). false: no memory, too many
 * tasks, or it is no future (it was dropped).
 *
 * Example:
 *     int64_t sum = 0;
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_rt_spawn(rt, weir_for_each(weir_range(1, 5), &add_to_fn, &sum))); // -> true
 *     p(answer(weir_rt_run(rt, later(7, 5), NULL, NULL))); // -> READY
 *     p(sum); // -> 10
 *     weir_rt_drop(rt);
 */
WEIR_SPAWNS
WEIR_API bool weir_rt_spawn(weir_rt *rt, weir_stream *future WEIR_TAKES) WEIR_MUST_USE;
/* ... with where that is said, as weir_spawn_at() of weir/task.h; what the name above is.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_rt_spawn_at(rt, later(7, 5), WEIR_PLACE_)); // -> true
 *     weir_rt_drop(rt);
 */
WEIR_SPAWNS
WEIR_API bool weir_rt_spawn_at(weir_rt *rt, weir_stream *future WEIR_TAKES,
                               const weir_site *place WEIR_KEEPS) WEIR_MUST_USE;

/* How many spawned tasks failed since this was asked last, where nobody was told (on_task_error),
 * and the first one's error.
 *
 * Example:
 *     weir_error error;
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_rt_spawn(rt, failing())); // -> true
 *     p(answer(weir_rt_run(rt, later(7, 5), NULL, NULL))); // -> READY
 *     p(weir_rt_task_errors(rt, &error)); // -> 1
 *     weir_rt_drop(rt);
 */
WEIR_API uint64_t weir_rt_task_errors(weir_rt *rt, weir_error *first);

/* Sources that touch the outside end at their next poll, what is in flight is finished. May be
 * called from a signal handler.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     weir_rt_stop(rt);
 *     p(weir_rt_stopping(rt)); // -> true
 *     weir_rt_drop(rt);
 */
WEIR_API void weir_rt_stop(weir_rt *rt);
WEIR_API bool weir_rt_stopping(const weir_rt *rt);

/* Drops the runtime that this thread made for itself when it waited first (weir/loop.h), with the
 * tasks that are left; tells of the error of a loop that nobody took. It ends with the thread too;
 * the main thread's, which does not end, may be dropped so before the program looks for leaks.
 *
 * Example:
 *     p(weir_spawn(later(7, 5))); // -> 7
 *     weir_thread_end();
 *     p(weir_spawn(later(8, 5))); // -> 8
 */
WEIR_BLOCKS
WEIR_API void weir_thread_end(void);

/* What the runtime runs on: "uring", "epoll" or "sim"; "kqueue" is epoll on FreeBSD and macOS.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim"), NULL);
 *     p(weir_rt_driver(rt)); // -> sim
 *     weir_rt_drop(rt);
 */
WEIR_API const char *weir_rt_driver(const weir_rt *rt);
WEIR_API const weir_sys *weir_rt_sys(const weir_rt *rt);
/* ... and how many workers it has by now.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = 2), NULL);
 *     p(weir_rt_workers(rt)); // -> 2
 *     weir_rt_drop(rt);
 */
WEIR_API uint32_t weir_rt_workers(const weir_rt *rt);

/* The same three for who has no type to give (other languages).
 *
 * Example:
 *     int64_t x;
 *     weir_error error;
 *     p(answer(weir_run(weir_last(weir_range(0, 9)), &x, &error))); // -> READY
 *     p(x); // -> 8
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(answer(weir_rt_run(rt, weir_last(weir_range(0, 8)), &x, NULL))); // -> READY
 *     p(x); // -> 7
 *     weir_stream *s = weir_range(0, 3);
 *     while (weir_rt_next(rt, s, &x, NULL) == WEIR_READY)
 *         p(x);
 *     p("over"); // -> 0 1 2 over
 *     weir_drop(s);
 *     weir_rt_drop(rt);
 */
WEIR_AWAITS
WEIR_API weir_state weir_run(weir_stream *future WEIR_TAKES, void *out, weir_error *error);
WEIR_AWAITS
WEIR_API weir_state weir_rt_run(weir_rt *rt, weir_stream *future WEIR_TAKES, void *out,
                                weir_error *error);
WEIR_AWAITS
WEIR_API weir_state weir_rt_next(weir_rt *rt, weir_stream *stream, void *out,
                                 weir_error *error) WEIR_MUST_USE;

WEIR_END_C

#define weir_rt_spawn(rt, future) weir_rt_spawn_at(rt, future, WEIR_PLACE_)

#ifndef __cplusplus
#define weir_run(future, out, error) weir_run_at(future, out, WEIR_ROOM_(out), error, WEIR_SITE_)
#define weir_rt_run(rt, future, out, error)                                                        \
    weir_rt_run_at(rt, future, out, WEIR_ROOM_(out), error, WEIR_SITE_)
#define weir_rt_next(rt, stream, out, error)                                                       \
    weir_rt_next_at(rt, stream, out, WEIR_ROOM_(out), error, WEIR_SITE_)
#endif

#endif
