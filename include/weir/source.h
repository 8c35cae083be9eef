/* weir/source.h: where streams come from. The words of the manual are explained in
 * weir/stream.h. */
#ifndef WEIR_SOURCE_H
#define WEIR_SOURCE_H

#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/mark.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* The items of an array, in order.
 * Shape: as many as asked for; never PENDING; holds nothing.
 * Errors: refuses a type that owns something (the array stays the caller's).
 * Owns: nothing; the array must outlive the chain.
 *
 * Example:
 *     static const int64_t some[] = {3, 1, 2};
 *     p(weir_iter(&weir_type_i64, some, 3)); // -> 3 1 2
 */
WEIR_NEW weir_stream *weir_iter(const weir_type *type, const void *items WEIR_KEEPS, size_t n);

/* from, from + 1 ... to - 1, as int64_t. Empty when to <= from.
 * Shape: as many as asked for; never PENDING; holds nothing. Source: Rust's from..to.
 *
 * Example:
 *     p(weir_range(2, 5)); // -> 2 3 4
 *     p(weir_range(5, 2)); // ->
 */
WEIR_ITEM(int64_t)
WEIR_NEW weir_stream *weir_range(int64_t from, int64_t to);

/* One item, then END.
 * Owns: takes what *item owns; dropped with the chain when it was never asked for.
 * Source: futures once; a future is a stream of one item here, so it needs no wrapper.
 *
 * Example:
 *     p(weir_once(&weir_type_i64, &(int64_t){7})); // -> 7
 */
WEIR_NEW weir_stream *weir_once(const weir_type *type, const void *item WEIR_TAKES);

/* END at once: also what a function gives that has no stream to give.
 * Shape: no item of `type`. Source: futures empty.
 *
 * Example:
 *     p(weir_empty(&weir_type_i64)); // ->
 */
WEIR_NEW weir_stream *weir_empty(const weir_type *type);

/* PENDING for ever; stores no waker. Shape: no item of `type`. Source: futures pending.
 *
 * Example:
 *     weir_stream *never = weir_pending(&weir_type_i64);
 *     p(weir_timeout(weir_take(never, 1), MS)); // -> !TIMEOUT
 */
WEIR_NEW weir_stream *weir_pending(const weir_type *type);

/* The same item for ever.
 * Shape: as many as asked for; never PENDING; holds a copy of *item.
 * Errors: refuses a type that owns something. Source: futures repeat; of what owns something:
 * repeat_with.
 *
 * Example:
 *     p(weir_take(weir_repeat(&weir_type_i64, &(int64_t){7}), 3)); // -> 7 7 7
 */
WEIR_NEW weir_stream *weir_repeat(const weir_type *type, const void *item);

/* Calls fn with its state until it answers false.
 * Shape: fn is called once per item asked for, and never after false.
 * Owns: takes *state; dropped by fn->state->drop.
 * Source: futures unfold, with a plain function (an async step is `then` behind it); fused, where
 * the original panics when polled after its end.
 *
 * Example:
 *     p(weir_unfold(&count_down_fn, &(int64_t){4})); // -> 4 3 2 1
 */
WEIR_NEW weir_stream *weir_unfold(const weir_unfold_fn *fn WEIR_KEEPS,
                                  const void *state WEIR_TAKES);

/* What fn makes, for ever: one call an item that is asked for.
 * Shape: as many as asked for; never PENDING; holds nothing.
 * Owns: fn gives each item away. Source: futures repeat_with.
 *
 * Example:
 *     int64_t last = 0;
 *     p(weir_take(weir_repeat_with(&next_number_fn, &last), 3)); // -> 1 2 3
 */
WEIR_NEW weir_stream *weir_repeat_with(const weir_make_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* An item, then what fn makes of the one before, until fn answers false (WEIR_FILTER_MAP_FN of one
 * type, which borrows its item here). Each is made when the one before it is given.
 * Shape: as many as asked for; never PENDING; holds one item.
 * Errors: a function from one type to another.
 * Owns: takes *first. Source: async-std successors; the first is no option, empty is weir_empty.
 *
 * Example:
 *     p(weir_successors(&twice_fn, &(int64_t){10}, NULL)); // -> 10 20 40 80
 */
WEIR_NEW weir_stream *weir_successors(const weir_filter_map_fn *fn WEIR_KEEPS,
                                      const void *first WEIR_TAKES, void *arg WEIR_KEEPS);

/* Makes a stream of the type that was promised, or one that reports why not; never NULL. */
typedef weir_stream *weir_make_function(void *arg);

/* A stream that is made when it is asked for the first time.
 * Shape: that of the stream; holds it. Errors: one of another type, or with marks.
 * Owns: the stream. Source: Akka Source.lazySource, Rx defer, futures lazy with flatten_stream.
 *
 * Example:
 *     p(weir_lazy(&weir_type_i64, one_to_three, NULL)); // -> 1 2 3
 */
WEIR_NEW weir_stream *weir_lazy(const weir_type *type, weir_make_function *make,
                                void *arg WEIR_KEEPS);

/* A stream that is made again whenever it is over. A round without an item is the last one, but
 * for the first: so a stream that is empty ends it after two, and nothing spins.
 * Shape: that of the streams; holds one, and makes the next when it is asked again.
 * Errors: a stream of another type, or with marks; a fatal one of a round ends it.
 * Owns: the streams. Source: futures cycle, which clones its stream, and goes round for ever where
 * each round only waits.
 *
 * Example:
 *     p(weir_take(weir_cycle(&weir_type_i64, one_to_three, NULL), 7)); // -> 1 2 3 1 2 3 1
 */
WEIR_NEW weir_stream *weir_cycle(const weir_type *type, weir_make_function *make,
                                 void *arg WEIR_KEEPS);

/* The items of something that must be closed (WEIR_RESOURCE_FN): opened when it is asked for the
 * first time, closed once, at its end, at an error or with the chain; never if it was not opened.
 * Shape: as many as asked for, one at a time of a lent type; never PENDING: open and next may not
 * wait. Holds the state, and an error behind items.
 * Errors: one of open or next is fatal. Items that were made before it go first.
 * Owns: the state stands in the chain. Source: Akka unfoldResource; Rx using, with next in place of
 * a stream.
 *
 * Example:
 *     p(weir_using(&letters_fn, NULL)); // -> a b c
 */
WEIR_NEW weir_stream *weir_using(const weir_resource_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The user's function is the poll: it follows the rules of weir/implement.h.
 * Shape: up to `demand` items of `type` into out. Errors: what it answers with weir_fail().
 * Owns: nothing; arg is the caller's. Source: futures poll_fn.
 *
 * Example:
 *     int64_t left = 3;
 *     p(weir_poll_fn(&weir_type_i64, poll_down, &left)); // -> 3 2 1
 */
typedef weir_poll weir_poll_function(void *arg, weir_cx *cx, void *out, size_t demand);
WEIR_NEW weir_stream *weir_poll_fn(const weir_type *type, weir_poll_function *fn,
                                   void *arg WEIR_KEEPS);

/* The same for a future: it gives one item or one error. Shape: a future of `type`, demand is 1.
 * Source: std::future::poll_fn.
 *
 * Example:
 *     p(weir_future_fn(&weir_type_i64, poll_seven, NULL)); // -> 7
 */
WEIR_NEW weir_stream *weir_future_fn(const weir_type *type, weir_poll_function *fn,
                                     void *arg WEIR_KEEPS);

/* The items of a stream that stays the caller's: dropping this leaves it as it stands.
 * Shape: exact, one item a poll. Source: futures by_ref.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 5);
 *     p(weir_take(weir_by_ref(s), 2)); // -> 0 1
 *     p(s); // -> 2 3 4
 */
WEIR_NEW weir_stream *weir_by_ref(weir_stream *stream WEIR_KEEPS);

WEIR_END_C

#endif
