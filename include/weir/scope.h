/* weir/scope.h: work beside the caller that ends before it goes on.
 *
 *     weir_scope (s) {
 *         weir_for_await (weir_duplex, conn, incoming) {
 *             weir_scope_spawn(&s, serve(conn, &table));
 *         }
 *     }
 *     ...nobody serves any more: `table` may go
 *
 * In functions that wait (weir/loop.h says who). Each future is a task of its own on this thread,
 * and none outlives the block, so that they may use what stands outside of it:
 *
 *     its end, or `continue`      waits until all are done, those too that they spawned meanwhile
 *     `break`, `return`, `goto`   drops them all, the newest first, before the next line
 *     a fiber that is dropped     the same, on its way out
 *
 * `break` and `continue` belong to the block, as they do to a loop. Do not jump into it, nor out of
 * it by longjmp. A block that ends because of its token says so with `break`:
 * `if (weir_token_is_cancelled(token)) break;`, or lets them end by weir_until_cancelled().
 *
 * Errors: the first one of a future is kept until the block is left, the others are counted
 * (error.more) and stop; the rest goes on. Then it is the caller's as that of a plain loop is: the
 * fiber fails with it, unless weir_take_error() takes it. CANCELLED is none: somebody wanted that.
 * Inside of a poll, and in a fiber that was dropped, the block does not run. */
#ifndef WEIR_SCOPE_H
#define WEIR_SCOPE_H

#include "weir/loop.h"

WEIR_BEGIN_C

/* Read by the library alone. It stands on the stack of who opened it, and is not copied. */
typedef struct weir_scope {
    struct weir_scoped *first; /* of its futures, the newest */
    weir_waiter *waiter;
    weir_waker_slot waker; /* who waits for the last one */
    const void *thread;    /* whose it is; checking builds look */
    weir_site site;
    bool on;      /* the outer `for` did not run yet */
    bool entered; /* the block did */
    bool drains;  /* ... and came to its end */
    weir_error error;
} weir_scope;

/* Runs a future in the scope; its item is dropped. From the block itself, or from one of its
 * futures: their scope is still there, and they are on its thread. One that is spawned while the
 * scope drops them is dropped. Errors: what it fails with, and what weir_spawn() may say, are the
 * scope's. Source: std thread::scope, Kotlin's coroutineScope, Trio's nursery (which cancels at an
 * error), Go's errgroup.
 *
 * Example:
 *     int64_t sum = 0;
 *     weir_scope (s)
 *         weir_scope_spawn(&s, weir_for_each(weir_range(1, 5), &add_to_fn, &sum));
 *     p(sum); // -> 10
 */
WEIR_SPAWNS
WEIR_API void weir_scope_spawn(weir_scope *scope, weir_stream *future WEIR_TAKES);
/* ... with where that is said, as weir_spawn_at() of weir/task.h; what the name above is.
 *
 * Example:
 *     int64_t sum = 0;
 *     weir_scope (s)
 *         weir_scope_spawn_at(&s, weir_for_each(weir_range(1, 5), &add_to_fn, &sum), WEIR_PLACE_);
 *     p(sum); // -> 10
 */
WEIR_SPAWNS
WEIR_API void weir_scope_spawn_at(weir_scope *scope, weir_stream *future WEIR_TAKES,
                                  const weir_site *place WEIR_KEEPS);

/* The first error until now; NULL: none. `if (weir_scope_error(&s)) break;` stops at it.
 *
 * Example:
 *     weir_error error;
 *     weir_scope (s) {
 *         weir_scope_spawn(&s, failing());
 *         p(yes(weir_scope_error(&s))); // -> no
 *     }
 *     p(weir_take_error(&error)); // -> true
 */
WEIR_API const weir_error *weir_scope_error(const weir_scope *scope);

/* What weir_scope() is made of: begin makes an empty one; end waits for its futures where the block
 * came to its end, and drops them where it was left before. weir_scope_runs() is asked between the
 * two.
 *
 * Example:
 *     int64_t sum = 0;
 *     struct weir_scope s = weir_scope_begin(WEIR_SITE_);
 *     while (weir_scope_once(&s) && weir_scope_runs(&s))
 *         weir_scope_spawn(&s, weir_for_each(weir_range(1, 5), &add_to_fn, &sum));
 *     p(weir_scope_runs(&s)); // -> false
 *     weir_scope_end(&s);
 *     p(sum); // -> 10
 */
WEIR_API weir_scope weir_scope_begin(weir_site site);
WEIR_AWAITS
WEIR_API void weir_scope_end(weir_scope *scope);

/* True once: for the outer `for`, which owns the futures.
 *
 * Example:
 *     struct weir_scope s = {.on = true};
 *     p(weir_scope_once(&s)); // -> true
 *     p(weir_scope_once(&s)); // -> false
 */
static inline bool weir_scope_once(weir_scope *scope)
{
    bool on = scope->on;
    scope->on = false;
    return on;
}

/* Asked a second time where the block came to its end.
 *
 * Example:
 *     struct weir_scope s = {.on = true};
 *     p(weir_scope_runs(&s)); // -> true
 *     p(weir_scope_runs(&s)); // -> false
 */
static inline bool weir_scope_runs(weir_scope *scope)
{
    scope->drains = scope->entered;
    scope->entered = true;
    return !scope->drains;
}

WEIR_END_C

#define weir_scope_spawn(scope, future) weir_scope_spawn_at(scope, future, WEIR_PLACE_)

/* The block runs with a scope `s`, and is over when all that was spawned in it is. The outer `for`
 * owns the futures, and its variable's cleanup ends them on every way out.
 *
 * Example:
 *     weir_scope (s) {
 *         weir_scope_spawn(&s, later(1, 30));
 *         weir_scope_spawn(&s, later(2, 10));
 *     }
 *     p("both are over"); // -> both are over
 */
#define weir_scope(s)                                                                              \
    for (struct weir_scope s                                                                       \
         __attribute__((cleanup(weir_scope_end))) = weir_scope_begin(WEIR_SITE_);                  \
         weir_scope_once(&s);)                                                                     \
        for (; weir_scope_runs(&s);)

#endif
