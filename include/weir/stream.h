/* weir/stream.h: where streams come from, what can be done to them on the way, and what ends
 * them. Names and semantics are those of Rust's futures; `Source` lines say where ours differ.
 *
 * The manual's words: `n in, n out` counts items per poll; `held` is what a stage keeps between
 * polls. Every stream is fused: END is repeated for ever. Every stage passes an ERROR on unseen
 * and uncounted unless its text says otherwise. Building a chain polls nothing.
 *
 * What a text does not say is the usual. Shape: n in, n out; holds nothing. Errors: none of its
 * own, but that a function takes another type than its source yields (TYPE). Owns: each item is
 * moved on, and one that is left out is dropped. Source: futures, under this name. A future is a
 * stream of one item: all that takes a stream takes one. `{ A first; B second; }` and the like are
 * structs that WEIR_PAIR, WEIR_INDEXED, WEIR_RESULT and WEIR_OPTION of weir/type.h declare. */
#ifndef WEIR_STREAM_H
#define WEIR_STREAM_H

#include "weir/consume.h"
#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/inputs.h"
#include "weir/mark.h"
#include "weir/source.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* ---- one input ---- */

/* fn of each item, in order; fn may change the type, and may fail (WEIR_TRY_MAP_FN). What it
 * makes of lent items is lent too, unless it is a number, owns what it holds, or says .detached
 * (weir/fn.h). fn may be called for a batch before the first result is used.
 * Shape: n in, n out; a fn that may fail: at most 32 in, held while an error goes first.
 * Errors: one of fn has the number of its item as record, if fn names none. It is never fatal: the
 * items behind it follow (weir_stop_on_error() behind it makes it so). Owns: fn takes each item.
 *
 * Example:
 *     p(weir_map(weir_range(1, 5), &square_fn, NULL)); // -> 1 4 9 16
 *     p(weir_map(weir_range(1, 5), &halve_fn, NULL)); // -> !USER 1 !USER 2
 */
WEIR_NEW weir_stream *weir_map(weir_stream *source WEIR_TAKES, const weir_map_fn *fn WEIR_KEEPS,
                               void *arg WEIR_KEEPS);

/* The items for which fn is true.
 * Shape: n in, n out at most. Owns: fn borrows each item; drops the others.
 *
 * Example:
 *     p(weir_filter(weir_range(0, 7), &is_even_fn, NULL)); // -> 0 2 4 6
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_filter(weir_stream *source WEIR_TAKES,
                                  const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* What fn makes of the items for which it is true.
 * Shape: n in, n out at most. Owns: fn takes each item, also one for which it is false.
 *
 * Example:
 *     p(weir_filter_map(weir_range(0, 5), &tens_fn, NULL)); // -> 0 10 20
 */
WEIR_NEW weir_stream *weir_filter_map(weir_stream *source WEIR_TAKES,
                                      const weir_filter_map_fn *fn WEIR_KEEPS,
                                      void *arg WEIR_KEEPS);

/* The first n items; then END without asking the source again. n may be 0.
 * Shape: asks for no more than is lacking to n.
 *
 * Example:
 *     p(weir_take(weir_range(0, 100), 3)); // -> 0 1 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_take(weir_stream *source WEIR_TAKES, uint64_t n);

/* Items while fn is true. The first for which it is false is dropped, and with a demand above 1
 * what the source gave behind it in the same poll.
 *
 * Example:
 *     p(weir_take_while(weir_range(0, 100), &is_below_3_fn, NULL)); // -> 0 1 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_take_while(weir_stream *source WEIR_TAKES,
                                      const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* What fn makes of items, until it answers false. The item at which it does is fn's; with a demand
 * above 1, what the source gave behind it in the same poll is dropped.
 * Shape: n in, n out. Source: tokio-stream map_while.
 *
 * Example:
 *     p(weir_map_while(weir_range(1, 100), &tens_fn, NULL)); // -> 10 20
 */
WEIR_NEW weir_stream *weir_map_while(weir_stream *source WEIR_TAKES,
                                     const weir_filter_map_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* Every nth item, from the first: 0, n, 2n ... Errors: n == 0. Owns: drops the others.
 * Shape: asks for no more than it is asked for. Source: async-std step_by.
 *
 * Example:
 *     p(weir_step_by(weir_range(0, 10), 4)); // -> 0 4 8
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_step_by(weir_stream *source WEIR_TAKES, uint64_t n);

/* At most max items, or so many that their weights are at most max; an error where there is more.
 * Against a source that is larger than was thought, before what gathers (collect).
 * Shape: n in, n out; asks for one more than max, to know.
 * Errors: max == 0; a weight that is no uint64_t. The one beyond max: fatal, WEIR_E_LIMIT.
 * Owns: drops what is too much. Source: Akka limit, limitWeighted.
 *
 * Example:
 *     p(weir_limit(weir_range(0, 3), 3)); // -> 0 1 2
 *     p(weir_limit(weir_range(0, 100), 3)); // -> 0 1 2 !LIMIT
 *     p(weir_limit_weighted(weir_range(1, 100), &last_digit_fn, NULL, 6)); // -> 1 2 3 !LIMIT
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_limit(weir_stream *source WEIR_TAKES, uint64_t max);
WEIR_PASSES
WEIR_NEW weir_stream *weir_limit_weighted(weir_stream *source WEIR_TAKES,
                                          const weir_key_fn *weight WEIR_KEEPS,
                                          void *arg WEIR_KEEPS, uint64_t max);

/* Without the first n items, which are dropped.
 *
 * Example:
 *     p(weir_skip(weir_range(0, 6), 4)); // -> 4 5
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_skip(weir_stream *source WEIR_TAKES, uint64_t n);

/* Without the items before the first for which fn is false; fn is not called after that.
 *
 * Example:
 *     p(weir_skip_while(weir_range(0, 6), &is_below_3_fn, NULL)); // -> 3 4 5
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_skip_while(weir_stream *source WEIR_TAKES,
                                      const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* fn of a running state and each item; END when fn answers false.
 * Errors: a state that could hold what the source lends (weir/fn.h, .detached).
 * Owns: takes *state. Shape: as take_while. Source: futures scan, with a plain function.
 *
 * Example:
 *     int64_t sum = 0;
 *     p(weir_scan(weir_range(1, 6), &sum_so_far_fn, &sum)); // -> 1 3 6 10 15
 */
WEIR_NEW weir_stream *weir_scan(weir_stream *source WEIR_TAKES, const weir_scan_fn *fn WEIR_KEEPS,
                                const void *state WEIR_TAKES);

/* The same with something behind the last item: `complete` of the state, until it answers false;
 * NULL: nothing. fn answers false: it was the last item.
 * Shape: as scan; then one call of complete an item that is asked for. Holds the state.
 * Errors: as scan; functions of other states or items. A fatal one: complete is not called.
 * Owns: takes *state, and drops it with the chain, complete or not. Sources that give marks are
 * refused: what the state keeps is not out.
 * Source: Akka statefulMap with onComplete, which may give one last item.
 *
 * Example:
 *     int64_t sum = 0;
 *     p(weir_stateful_map(weir_range(1, 4), &sum_so_far_fn, &sum_once_fn, &sum)); // -> 1 3 6 6
 */
WEIR_NEW weir_stream *weir_stateful_map(weir_stream *source WEIR_TAKES,
                                        const weir_scan_fn *fn WEIR_KEEPS,
                                        const weir_unfold_fn *complete WEIR_KEEPS,
                                        const void *state WEIR_TAKES);

/* Without items that equal the one before: dedup by the type's own `same`, else byte by byte (in a
 * struct the padding too, a double by its bits); dedup_by where fn answers 0.
 * Shape: asks for no more than it is asked for, and for one at a time of a type that owns
 * something. Holds a copy of one item.
 * Errors: lent items; a type that owns something and has no .clone (and for dedup no .same). No
 * memory for a copy: the item is lost. An error between two equal items parts them not.
 * Owns: drops what is equal. Source: Akka and Kotlin distinctUntilChanged, itertools dedup.
 *
 * Example:
 *     p(weir_dedup(weir_own(lines("a\na\nb\na\n")))); // -> a b a
 *     p(weir_dedup_by(numbers(3, 13, 4), &by_last_digit_fn, NULL)); // -> 3 4
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_dedup(weir_stream *source WEIR_TAKES);
WEIR_PASSES
WEIR_NEW weir_stream *weir_dedup_by(weir_stream *source WEIR_TAKES,
                                    const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* Puts `start` before the first item, `separator` between two, `stop` behind the last, also where
 * there is no item at all. NULL: nothing there. Copies of what is pointed at; or, with
 * intersperse_with, what functions make, called once for each place.
 * Shape: with a separator half as many in as are asked for; holds one item.
 * Errors: lent items; intersperse: a type that owns something. A fatal one: no `stop`.
 * Owns: the copies. Source: Akka intersperse, itertools intersperse_with.
 *
 * Example:
 *     int64_t dot = 0;
 *     p(weir_intersperse(weir_range(1, 4), NULL, &dot, NULL)); // -> 1 0 2 0 3
 *     p(weir_intersperse(weir_range(1, 4), &dot, NULL, &dot)); // -> 0 1 2 3 0
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_intersperse(weir_stream *source WEIR_TAKES, const void *start,
                                       const void *separator, const void *stop);
WEIR_PASSES
WEIR_NEW weir_stream *weir_intersperse_with(weir_stream *source WEIR_TAKES,
                                            const weir_make_fn *start WEIR_KEEPS,
                                            const weir_make_fn *separator WEIR_KEEPS,
                                            const weir_make_fn *stop WEIR_KEEPS,
                                            void *arg WEIR_KEEPS);

/* { uint64_t index; T item; }, index from 0: the struct is declared by WEIR_INDEXED(T, tag).
 *
 * Example:
 *     p(weir_enumerate(lines("a\nb\n"))); // -> 0:a 1:b
 */
WEIR_NEW weir_stream *weir_enumerate(weir_stream *source WEIR_TAKES);

/* Shows each item to fn on its way. Owns: fn borrows each item.
 *
 * Example:
 *     int64_t sum = 0;
 *     p(weir_inspect(weir_range(1, 4), &add_to_fn, &sum)); // -> 1 2 3
 *     p(sum); // -> 6
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_inspect(weir_stream *source WEIR_TAKES,
                                   const weir_each_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* weir_vec of n items each; the last may be shorter. Waits for n items. A mark waits for the chunk
 * that holds the item before it; where 64 wait, the chunk is given as it is.
 * Shape: holds up to n items, asks for what is lacking, up to the demand. Errors: n == 0; lent
 * items. Before any error of its source, fatal or not, comes the chunk of what was there.
 * Owns: each chunk is an allocation of its own.
 *
 * Example:
 *     p(weir_chunks(weir_range(0, 7), 3)); // -> [0 1 2] [3 4 5] [6]
 */
WEIR_ITEM(weir_vec)
WEIR_NEW weir_stream *weir_chunks(weir_stream *source WEIR_TAKES, size_t n);

/* weir_vec of the items that are there, n at most: what waits is not waited for once there is one.
 * A mark cuts a chunk too, and comes behind it.
 * Shape: asks for what is lacking, up to the demand; holds nothing but an error or a mark.
 * Errors: n == 0; lent items. Before any error comes the chunk of what was there.
 * Owns: each chunk is an allocation of its own. Source: futures ready_chunks, try_ready_chunks.
 *
 * Example:
 *     p(weir_ready_chunks(weir_chain(weir_range(0, 3), later(3, 5)), 10)); // -> [0 1 2] [3]
 */
WEIR_ITEM(weir_vec)
WEIR_NEW weir_stream *weir_ready_chunks(weir_stream *source WEIR_TAKES, size_t n);

/* weir_vec of n items each, a window that moves on by `step` items. The last may be shorter, and is
 * given only if something in it is new; of no items there is none. step > n leaves items out.
 * Shape: holds up to n items, asks for what is lacking, up to the demand.
 * Errors: n or step of 0; lent items; with step < n, which copies, a type that owns something. A
 * recoverable one passes and cuts no window; before a fatal one comes what was there.
 * Owns: each window is an allocation of its own. A mark waits for the window that first holds the
 * item before it. Source: Akka sliding, Rx windowCount.
 *
 * Example:
 *     p(weir_sliding(weir_range(0, 4), 2, 1)); // -> [0 1] [1 2] [2 3]
 */
WEIR_ITEM(weir_vec)
WEIR_NEW weir_stream *weir_sliding(weir_stream *source WEIR_TAKES, size_t n, size_t step);

/* The items of vecs, one vec after the other; behind a map that makes some, each item becomes none,
 * one or many. `type` is what is in them.
 * Shape: asks its source for one vec; gives as many as it has; holds one vec.
 * Errors: a vec of another type; a lent type.
 * Owns: the vec it took. Source: Akka mapConcat, futures flat_map of iter.
 *
 * Example:
 *     p(weir_flatten_vecs(weir_chunks(weir_range(0, 5), 2), &weir_type_i64)); // -> 0 1 2 3 4
 */
WEIR_NEW weir_stream *weir_flatten_vecs(weir_stream *source WEIR_TAKES, const weir_type *type);

/* Can look at the next item without taking it.
 * Shape: holds one item or one error. Errors: lent items.
 *
 * Example:
 *     p(weir_peekable(weir_range(5, 8))); // -> 5 6 7
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_peekable(weir_stream *source WEIR_TAKES);

/* READY with n == 1: *item points at the next item, which stays; it may be changed in place. The
 * pointer holds until the next poll. END: there is none. `stream` must come from weir_peekable.
 *
 * Example:
 *     void *item;
 *     weir_stream *s = weir_peekable(weir_range(5, 8));
 *     p(weir_poll_peek(s, cx(), &item)); // -> READY 1
 *     p(*(int64_t *)item); // -> 5
 *     p(s); // -> 5 6 7
 */
WEIR_API weir_poll weir_poll_peek(weir_stream *stream, weir_cx *cx, void **item) WEIR_MUST_USE;

/* Takes the next item only if fn is true for it. READY with n == 0: it is not, and it stays.
 *
 * Example:
 *     int64_t x;
 *     weir_stream *s = weir_peekable(weir_range(2, 8));
 *     p(weir_poll_next_if(s, cx(), &is_even_fn, NULL, &x)); // -> READY 1
 *     p(weir_poll_next_if(s, cx(), &is_even_fn, NULL, &x)); // -> READY
 *     p(weir_take(s, 2)); // -> 3 4
 */
WEIR_API weir_poll weir_poll_next_if(weir_stream *stream, weir_cx *cx, const weir_filter_fn *fn,
                                     void *arg, void *out) WEIR_MUST_USE;

/* The same if the next item is like *item: numbers, or of a type that says which are the same
 * (weir_type.same, .compare); others are an error. Source: futures next_if_eq.
 *
 * Example:
 *     int64_t x;
 *     weir_stream *s = weir_peekable(weir_range(2, 8));
 *     p(weir_poll_next_if_eq(s, cx(), &(int64_t){2}, &x)); // -> READY 1
 *     p(weir_poll_next_if_eq(s, cx(), &(int64_t){2}, &x)); // -> READY
 *     weir_drop(s);
 */
WEIR_API weir_poll weir_poll_next_if_eq(weir_stream *stream, weir_cx *cx, const void *item,
                                        void *out) WEIR_MUST_USE;

/* Waits for fn's future of each item, one at a time, in order. A future that ends without an item
 * leaves its item out.
 * Shape: asks its source for one item; holds one future.
 * Errors: fn gives a stream of many items, one of another type, or NULL: fatal. A future's own
 * error passes in its place, and the next item follows. Owns: fn takes each item.
 *
 * Example:
 *     p(weir_then(weir_take(weir_range(1, 4), 3), &after_ms_fn, NULL)); // -> 1 2 3
 */
WEIR_SEQUENTIAL_LOOP("weir_par_map")
WEIR_NEW weir_stream *weir_then(weir_stream *source WEIR_TAKES, const weir_then_fn *fn WEIR_KEEPS,
                                void *arg WEIR_KEEPS);

/* The same with a state machine of each item (WEIR_ASYNC_FN), whose state stands in the stage.
 * Shape: asks its source for one item; holds one machine. No allocation.
 *
 * Example:
 *     p(weir_then_async(weir_range(1, 5), &cube_fn, NULL)); // -> 1 8 27 64
 */
WEIR_SEQUENTIAL_LOOP("weir_par_map")
WEIR_NEW weir_stream *weir_then_async(weir_stream *source WEIR_TAKES,
                                      const weir_async_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* Asks for up to n items at once and gives them one by one: where what follows works item by item
 * and what comes before is cheaper in batches. It is the one stage that takes more than it was
 * asked for: what it holds is dropped with it.
 * Shape: up to n in, as many out as are asked for; holds n items. Errors: n == 0, n above
 * WEIR_AHEAD_MAX; lent items; over an exact source it takes one at a time. Marks pass: the source
 * is not asked while items are held.
 *
 * Example:
 *     p(weir_ahead(weir_range(0, 4), 64)); // -> 0 1 2 3
 */
enum { WEIR_AHEAD_MAX = 65536 }; /* a number that was meant for something else is no room to take */
WEIR_PASSES
WEIR_NEW weir_stream *weir_ahead(weir_stream *source WEIR_TAKES, size_t n);

/* The items of inner streams, one stream after the other. The source's items are weir_stream *
 * (weir_type_stream) whose items are of `type`.
 * Shape: asks its source for one stream; holds one. An inner's error passes, the inner goes on.
 * Errors: a stream of another type, or NULL. Owns: drops each inner stream when it is over.
 *
 * Example:
 *     p(weir_flatten(streams(weir_range(0, 2), weir_range(7, 9)), &weir_type_i64)); // -> 0 1 7 8
 */
WEIR_NEW weir_stream *weir_flatten(weir_stream *source WEIR_TAKES, const weir_type *type);

/* flatten of map: all of what fn makes of an item, then all of the next. Shape, Errors: as flatten.
 * Owns: fn takes each item. Several at once: weir_flat_map_unordered (weir/set.h).
 *
 * Example:
 *     p(weir_flat_map(weir_range(1, 4), &below_fn, NULL)); // -> 0 0 1 0 1 2
 */
WEIR_SEQUENTIAL_LOOP("weir_flat_map_unordered")
WEIR_NEW weir_stream *weir_flat_map(weir_stream *source WEIR_TAKES,
                                    const weir_then_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* Runs up to `limit` futures of a stream of futures at once, in one task.
 * buffered gives results in the order of the source, buffer_unordered as they complete.
 * They go on while the consumer is busy with something else (the body of a loop, another stage):
 * after a turn of the task that ended with PENDING, what completes waits for the next poll.
 * Shape: holds up to `limit` futures and their results; polls only those that were woken.
 * Errors: limit == 0. A future's error passes in its place. A mark takes a place in buffered's
 * line; buffer_unordered gives it when all that was taken before it is out. Source: futures, rule
 * by rule.
 *
 * Example:
 *     weir_stream *a = streams(later(1, 30), later(2, 10), later(3, 20));
 *     weir_stream *b = streams(later(1, 30), later(2, 10), later(3, 20));
 *     p(weir_buffered(a, &weir_type_i64, 2)); // -> 1 2 3
 *     p(weir_buffer_unordered(b, &weir_type_i64, 2)); // -> 2 1 3
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_buffered(weir_stream *source WEIR_TAKES, const weir_type *type,
                                    size_t limit WEIR_UNBOUNDED);
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_buffer_unordered(weir_stream *source WEIR_TAKES, const weir_type *type,
                                            size_t limit WEIR_UNBOUNDED);

/* Runs a state machine for each item (WEIR_ASYNC_FN), up to `limit` at once, in one task: what
 * buffer_unordered (buffered, for _ordered) does with futures, without an allocation an item. They
 * go on between polls as those do, and hold marks as those do.
 * Shape: holds up to `limit` machines and their results; polls only those that were woken.
 * Errors: limit == 0; lent items, unless fn says .detached: start copies what it needs.
 *
 * Example:
 *     p(weir_map_async_ordered(weir_range(1, 5), &cube_fn, NULL, 2)); // -> 1 8 27 64
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_map_async(weir_stream *source WEIR_TAKES,
                                     const weir_async_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS,
                                     size_t limit);
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_map_async_ordered(weir_stream *source WEIR_TAKES,
                                             const weir_async_fn *fn WEIR_KEEPS,
                                             void *arg WEIR_KEEPS, size_t limit);

/* Owned copies of lent items, so that they may be held: weir_owned_line of weir_line, and of a
 * user's view what its descriptor says (.lent, .owned, .own). A stream that lends nothing is
 * returned as it is. Errors: no memory: one error an item; a view that has no `own`.
 * Source: the RFC's LendingStream is a stream whose item type is lent. A plain stream passes
 * wherever a lending one does, at no cost; this is the one way back, and it is always said.
 *
 * Example:
 *     p(weir_collect(weir_own(lines("a\nb\n")), 100)); // -> [a b]
 */
WEIR_NEW weir_stream *weir_own(weir_stream *source WEIR_TAKES);

/* { weir_error *error; T item; }: errors become items, which every stage treats as such.
 * Owns: the error of such an item.
 *
 * Example:
 *     p(weir_results(halves(1, 4))); // -> !USER 1 !USER
 */
WEIR_NEW weir_stream *weir_results(weir_stream *source WEIR_TAKES);

/* The way back: a result with an error becomes an ERROR of the stream.
 *
 * Example:
 *     p(weir_errors(weir_results(halves(1, 4)))); // -> !USER 1 !USER
 */
WEIR_NEW weir_stream *weir_errors(weir_stream *source WEIR_TAKES);

/* { bool some; T item; }: each item, and behind the last one that there is none: the end is an item
 * too, so that a set of streams can tell which one is over. With weir_results() before it errors
 * are items as well.
 * Shape: n in, n out, and one more. Errors: behind a fatal one there is no item for the end.
 * Source: tokio-stream StreamNotifyClose; Rx materialize, with weir_results().
 *
 * Example:
 *     p(weir_notify_close(weir_range(0, 2))); // -> 0 1 none
 */
WEIR_NEW weir_stream *weir_notify_close(weir_stream *source WEIR_TAKES);

/* ---- errors on their way ---- */

/* fn changes each error: its code, its text, its cure; whether it is fatal. Its trail stays.
 * Shape: n in, n out. Errors: code WEIR_OK is none. Source: futures map_err; err_into is not
 * needed, there is one type of errors.
 *
 * Example:
 *     p(weir_map_err(halves(1, 3), say_timeout, NULL)); // -> !TIMEOUT 1
 */
typedef void weir_map_err_function(weir_error *error, void *arg);
WEIR_PASSES
WEIR_NEW weir_stream *weir_map_err(weir_stream *source WEIR_TAKES, weir_map_err_function *fn,
                                   void *arg WEIR_KEEPS);

/* Shows each error to fn on its way. Shape: n in, n out. Source: futures inspect_err.
 *
 * Example:
 *     int errors = 0;
 *     p(weir_inspect_err(halves(1, 4), count_error, &errors)); // -> !USER 1 !USER
 *     p(errors); // -> 2
 */
typedef void weir_inspect_err_function(const weir_error *error, void *arg);
WEIR_PASSES
WEIR_NEW weir_stream *weir_inspect_err(weir_stream *source WEIR_TAKES,
                                       weir_inspect_err_function *fn, void *arg WEIR_KEEPS);

/* Where an error stands come the items of a stream (a future: one item) that fn makes of it; then
 * the source goes on, or is over where its error was fatal. fn answers NULL: the error passes.
 * Shape: n in, n out; holds one stream, and asks the source nothing meanwhile.
 * Errors: those of fn's stream are recoverable, and not given to fn; one of another type.
 * Owns: fn's stream. Source: futures or_else, with a stream in place of a future; Akka recoverWith,
 * whose source is over then.
 *
 * Example:
 *     p(weir_or_else(halves(1, 5), zero_instead, NULL)); // -> 0 1 0 2
 */
typedef weir_stream *weir_or_else_function(const weir_error *error, void *arg);
WEIR_PASSES
WEIR_NEW weir_stream *weir_or_else(weir_stream *source WEIR_TAKES, weir_or_else_function *fn,
                                   void *arg WEIR_KEEPS);

/* Leaves recoverable errors out, errors_max of them at most; *skipped, if it is asked for, is how
 * many so far. The next one passes, and is fatal. A fatal one passes.
 * Shape: n in, n out. Errors: errors_max == 0.
 * Source: Akka's supervision, resume; futures filter_map(Result::ok), without a limit.
 *
 * Example:
 *     uint64_t skipped;
 *     p(weir_skip_errors(halves(1, 5), 100, &skipped)); // -> 1 2
 *     p(skipped); // -> 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_skip_errors(weir_stream *source WEIR_TAKES, uint64_t errors_max,
                                       uint64_t *skipped WEIR_KEEPS);

/* Makes the first error fatal: one error, then END for ever, and the source is asked no more. What
 * stands around functions that may fail where nothing that comes behind a failure can be trusted.
 * Shape: n in, n out.
 * Source: futures catch_unwind, for failures that are told as errors: C has no panic to be caught.
 * Akka's supervision, stop.
 *
 * Example:
 *     p(weir_stop_on_error(halves(2, 9))); // -> 1 !USER
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_stop_on_error(weir_stream *source WEIR_TAKES);

/* Tells fn once how the stream ended: it was over, it was told to end though its input was not over
 * (weir_stage_was_cut), a fatal error came (*error, for the call), or it was dropped before: also
 * where a stage behind it could not be built. Never where the chain before it could not.
 * Shape: n in, n out. Source: Node finished(), Akka watchTermination, Rx doFinally.
 *
 * Example:
 *     weir_done how;
 *     p(weir_on_done(weir_range(0, 2), note_done, &how)); // -> 0 1
 *     p(yes(how == WEIR_DONE_END)); // -> yes
 *     p(weir_take(weir_on_done(weir_range(0, 9), note_done, &how), 2)); // -> 0 1
 *     p(yes(how == WEIR_DONE_DROPPED)); // -> yes
 */
typedef enum weir_done {
    WEIR_DONE_END,
    WEIR_DONE_CUT,
    WEIR_DONE_ERROR,
    WEIR_DONE_DROPPED
} weir_done;
typedef void weir_done_function(weir_done how, const weir_error *error, void *arg);
WEIR_PASSES
WEIR_NEW weir_stream *weir_on_done(weir_stream *source WEIR_TAKES, weir_done_function *fn,
                                   void *arg WEIR_KEEPS);

/* ---- marks ---- */

/* Settles marks as they pass and strips them: "at most once", since what is still on its way then
 * is not safe yet. For consumers that make nothing durable. Shape: n in, n out.
 *
 * Example:
 *     p(weir_settle_here(weir_range(0, 3))); // -> 0 1 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_settle_here(weir_stream *source WEIR_TAKES);

WEIR_END_C

#endif
