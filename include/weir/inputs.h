/* weir/inputs.h: several streams into one. The words of the manual are explained in
 * weir/stream.h. */
#ifndef WEIR_INPUTS_H
#define WEIR_INPUTS_H

#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/mark.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* An error that is fatal to one input, or one inner stream or future, ends that one: it passes as
 * recoverable, since the others have more. Fatal to zip, which needs both. */

/* All of first, then all of second. second is not polled before.
 * Errors: inputs of two types. One that is fatal to first ends first: second follows.
 *
 * Example:
 *     p(weir_chain(weir_range(0, 2), weir_range(7, 9))); // -> 0 1 7 8
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_chain(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES);

/* { A first; B second; } until either ends.
 * Shape: holds one item or one batch of either side. A mark comes when what was before it on its
 * side is paired. Errors: lent items.
 * Source: futures zip: an item taken from the longer side is dropped.
 *
 * Example:
 *     p(weir_zip(weir_range(0, 3), weir_range(10, 20))); // -> (0 10) (1 11) (2 12)
 */
WEIR_NEW weir_stream *weir_zip(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES);

/* How many items of the longer side a zip took and has no partner for: after its END they are lost,
 * and dropped with it. 0 for any other stream.
 *
 * Example:
 *     weir_stream *pairs = weir_zip(weir_range(0, 9), weir_range(0, 2));
 *     p(weir_by_ref(pairs)); // -> (0 0) (1 1)
 *     p(weir_zip_lost(pairs)); // -> 1
 *     weir_drop(pairs);
 */
WEIR_API size_t weir_zip_lost(const weir_stream *zip);

/* fn of one item of either side (WEIR_PAIR_FN), until either ends: a zip, and a map of its pairs.
 * Shape, Errors: as zip and map. Source: Rx and Akka zipWith.
 *
 * Example:
 *     p(weir_zip_with(weir_range(5, 8), weir_range(0, 3), &minus_fn, NULL)); // -> 5 5 5
 */
WEIR_NEW weir_stream *weir_zip_with(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                                    const weir_map_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* { A first; B second; } until both end; a copy of its default stands for what the shorter side
 * lacks.
 * Shape: one pair a poll; holds one item of either side, and the defaults. Errors: lent items;
 * items that own something and have no `clone`. An error of one side stands before the pair whose
 * partner it is not, and a mark when what was before it on its side is in pairs.
 * Owns: takes both defaults. Source: Akka zipAll.
 *
 * Example:
 *     const weir_type *i64 = &weir_type_i64;
 *     weir_stream *a = weir_range(0, 2), *b = weir_range(7, 8);
 *     int64_t none = -1;
 *     p(weir_zip_all(a, i64, &none, b, i64, &none)); // -> (0 7) (1 -1)
 */
WEIR_NEW weir_stream *weir_zip_all(weir_stream *first WEIR_TAKES, const weir_type *first_type,
                                   const void *first_default WEIR_TAKES,
                                   weir_stream *second WEIR_TAKES, const weir_type *second_type,
                                   const void *second_default WEIR_TAKES);

/* { option of A first; option of B second; } until both end: pairs, then the rest of the longer
 * side, beside none (WEIR_OPTION). Nothing is lost.
 * Shape: one pair a poll; holds one item of either side. Marks: as zip_all. Errors: lent items.
 * Source: itertools zip_longest.
 *
 * Example:
 *     p(weir_zip_rest(weir_range(0, 3), weir_range(7, 8))); // -> (0 7) (1 none) (2 none)
 */
WEIR_NEW weir_stream *weir_zip_rest(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES);

/* { A first; B second; } of the newest item of either side, at each new one, once both gave one;
 * END when both ended, or when one did that gave none.
 * Shape: one pair a poll, each side first in turn; holds the newest item of each. While one side
 * has given nothing the other one's items replace each other. Errors: lent items; items that own
 * something and have no `clone`; no memory for a copy: one error a pair. Marks: each waits until
 * the item before it was in a pair, or another one took its place; what is only remembered is not
 * safe, and after a crash it is gone. Owns: gives copies. Source: Rx combineLatest, Kotlin combine.
 *
 * Example:
 *     p(weir_combine_latest(each_ms(10, 3), each_ms(15, 2))); // -> (0 0) (1 0) (1 1) (2 1)
 */
WEIR_NEW weir_stream *weir_combine_latest(weir_stream *first WEIR_TAKES,
                                          weir_stream *second WEIR_TAKES);

/* The same until either side ends. Source: Akka zipLatest.
 *
 * Example:
 *     p(weir_zip_latest(each_ms(10, 5), each_ms(15, 2))); // -> (0 0) (1 0) (1 1) (2 1) (3 1)
 */
WEIR_NEW weir_stream *weir_zip_latest(weir_stream *first WEIR_TAKES,
                                      weir_stream *second WEIR_TAKES);

/* { A first; B second; } of each item of the source, beside the newest one of the other stream; END
 * with the source, or with an other that gave none. Items that come before the first of the other
 * are dropped.
 * Shape: one pair a poll; before it the other stream is read until it waits, within the budget;
 * holds its newest item. Errors: as combine_latest; its marks, of the other stream. Owns: gives
 * copies of the other's items. Source: Rx withLatestFrom.
 *
 * Example:
 *     p(weir_with_latest_from(each_ms(10, 4), each_ms(15, 2))); // -> (0 0) (1 0) (2 1) (3 1)
 */
WEIR_NEW weir_stream *weir_with_latest_from(weir_stream *source WEIR_TAKES,
                                            weir_stream *other WEIR_TAKES);

/* Two sorted streams as one; the first's item goes first where both are equal. fn borrows both.
 * Shape: one item a poll, when both sides have shown their next one; holds one of either side.
 * Errors: lent items. Inputs that are not sorted give what is not sorted. Marks: each comes when
 * what was before it on its side is out.
 * Source: Akka mergeSorted.
 *
 * Example:
 *     p(weir_merge_sorted(numbers(1, 5), numbers(2, 9), &by_last_digit_fn, NULL)); // -> 1 2 5 9
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_merge_sorted(weir_stream *first WEIR_TAKES,
                                        weir_stream *second WEIR_TAKES,
                                        const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* Items of both as they come, each side first in turn; END when both ended.
 * Between two polls both sides stand still; in merge what they owe goes on.
 * Shape: a share of the demand from each side, in strict rotation; holds an error at most.
 * Errors: inputs of two types.
 *
 * Example:
 *     p(weir_select(weir_range(0, 2), weir_range(7, 9))); // -> 0 7 1 8
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_select(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES);

/* The same, but a function says before each item who is asked first: priority, weights. It is not
 * called any more when one side has ended.
 * Shape: one item a poll. Source: futures select_with_strategy: the function's state is its arg.
 *
 * Example:
 *     weir_stream *a = weir_range(0, 2), *b = weir_range(7, 9);
 *     p(weir_select_with_strategy(a, b, second_first, NULL)); // -> 7 8 0 1
 */
typedef enum weir_side { WEIR_SIDE_FIRST, WEIR_SIDE_SECOND } weir_side;
typedef weir_side weir_strategy(void *arg);
WEIR_PASSES
WEIR_NEW weir_stream *weir_select_with_strategy(weir_stream *first WEIR_TAKES,
                                                weir_stream *second WEIR_TAKES,
                                                weir_strategy *strategy WEIR_KEEPS,
                                                void *arg WEIR_KEEPS);

/* The same for n inputs, which must be of one type; polls only those that were woken. What an input
 * owes since it was asked goes on while the consumer is busy, as in buffered; nothing is taken that
 * makes claims (by_ref), and with lent items all stand still until the next poll.
 * Shape: holds an item of each input, or its error or mark, that came while nobody asked.
 * Errors: n == 0, n > WEIR_MERGE_MAX; inputs of two types. Owns: the inputs, not the array.
 * Source: futures select_all, tokio-stream merge. Inputs that come later: weir_select_all().
 *
 * Example:
 *     p(weir_merge((weir_stream *[]){later(1, 30), later(2, 10)}, 2)); // -> 2 1
 */
enum { WEIR_MERGE_MAX = 4096 }; /* an n that is not the array's; more are merged in groups */
WEIR_NEW weir_stream *weir_merge(weir_stream *const *inputs WEIR_TAKES, size_t n);

/* weir_vec of one item of each of n streams of one type, until one of them ends.
 * Shape: asks each for one item, and only those that were woken; holds an item of each.
 * Errors: n == 0, n > WEIR_MERGE_MAX; lent items; an error passes at once, a fatal one ends it.
 * Each input's marks pass by themselves.
 * Owns: the inputs, not the array; each vec is an allocation of its own.
 * Source: Akka zipN, futures-concurrency zip.
 *
 * Example:
 *     p(weir_zip_n((weir_stream *[]){weir_range(0, 2), weir_range(7, 9)}, 2)); // -> [0 7] [1 8]
 */
WEIR_ITEM(weir_vec)
WEIR_NEW weir_stream *weir_zip_n(weir_stream *const *inputs WEIR_TAKES, size_t n);

/* All of first, or all of second where first ended without an item. second is not polled before,
 * and dropped at the first item of first.
 * Errors: they are no items; one that is fatal ends it all: second stands in for nothing, not for
 * a failure, nor for a first that was cut (weir_stage_was_cut). Source: Akka orElse, Rx
 * switchIfEmpty (weir_or_else is about errors, as in Rust).
 *
 * Example:
 *     p(weir_switch_if_empty(weir_range(0, 0), weir_range(7, 9))); // -> 7 8
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_switch_if_empty(weir_stream *first WEIR_TAKES,
                                           weir_stream *second WEIR_TAKES);

/* All of the source, or *item where it ended without one.
 * Shape: holds the item until another one came. Errors: lent items; after a fatal error, or where
 * the source was cut, no item follows. Owns: takes *item. Source: Rx defaultIfEmpty.
 *
 * Example:
 *     p(weir_default_if_empty(weir_range(0, 0), &weir_type_i64, &(int64_t){7})); // -> 7
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_default_if_empty(weir_stream *source WEIR_TAKES, const weir_type *type,
                                            const void *item WEIR_TAKES);

/* The items of the stream that fn makes of the newest item: a newer one ends the stream that runs,
 * which is dropped.
 * Shape: n out; asks the source before each poll of the inner stream, until it waits; holds one
 * stream. Errors: lent items, unless fn says .detached; a source of marks. An inner's error passes,
 * the inner goes on. Source: Rx switchMap, Kotlin flatMapLatest.
 *
 * Example:
 *     p(weir_switch_map(weir_range(1, 4), &below_fn, NULL)); // -> 0 0 0 1 2
 */
WEIR_NEW weir_stream *weir_switch_map(weir_stream *source WEIR_TAKES,
                                      const weir_then_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* ---- beside a future ---- */

/* Items until the future is ready; then END without asking the source again.
 * Shape: n in, n out; asks the future first at each poll: it wins over an item that is ready.
 * Errors: a future that may give more than one item (weir_take(it, 1) around it); one that fails
 * ends the stream with its error, one that gives nothing never ends it.
 * Owns: drops what the future gives. Source: futures take_until. Its take_result is a future with
 * inspect around it, its take_future one behind by_ref.
 *
 * Example:
 *     p(weir_take_until(each_ms(10, 9), later(0, 25))); // -> 0 1 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_take_until(weir_stream *source WEIR_TAKES,
                                      weir_stream *future WEIR_TAKES);

/* Items from when the future is ready; those before are read and dropped.
 * Shape: n in, n out; asks the future first, and again before each batch that it skips.
 * Errors: as take_until; a future that gives nothing never opens it.
 * Source: Rx skipUntil, which takes a stream: weir_take(it, 1).
 *
 * Example:
 *     p(weir_skip_until(each_ms(10, 5), later(0, 25))); // -> 3 4
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_skip_until(weir_stream *source WEIR_TAKES,
                                      weir_stream *future WEIR_TAKES);

/* The same future for many: gives its result, or its error, to each stream that weir_shared_clone()
 * makes of it. Whoever is polled first polls it; the others are woken when it is done, and it is
 * dropped then, or with the last of them. Belongs to one thread, all of it.
 * Shape: a future in, futures out; holds the result. Errors: what is no future; lent items; items
 * that own something and have no `clone`; marks; more than 65536 clones.
 * Owns: gives copies, the last one the item itself. Source: futures shared.
 *
 * Example:
 *     weir_stream *first = weir_shared(later(7, 10)), *second = weir_shared_clone(first);
 *     p(first); // -> 7
 *     p(second); // -> 7
 */
WEIR_NEW weir_stream *weir_shared(weir_stream *source WEIR_TAKES);

/* One more that waits for it. `shared` came from weir_shared() or from here, and has not given its
 * result yet.
 *
 * Example:
 *     weir_stream *first = weir_shared(later(7, 10));
 *     p(weir_join(weir_shared_clone(first), first)); // -> (7 7)
 */
WEIR_NEW weir_stream *weir_shared_clone(const weir_stream *shared);

/* ---- ended from outside ---- */

/* What streams are ended with by somebody else: from any thread, one stream or many, in one chain
 * or many. Reference counted; each of its streams holds it.
 * Source: futures AbortHandle; Akka KillSwitch, unique and shared.
 *
 * Example:
 *     weir_abort_handle *handle = weir_abort_handle_new();
 *     weir_stream *s = weir_abortable(weir_range(0, 9), handle);
 *     weir_abort(handle);
 *     p(s); // ->
 *     weir_abort_handle_unref(handle);
 */
typedef struct weir_abort_handle weir_abort_handle;
WEIR_API weir_abort_handle *weir_abort_handle_new(void) WEIR_MUST_USE; /* NULL: no memory */
WEIR_API weir_abort_handle *weir_abort_handle_ref(weir_abort_handle *handle);
WEIR_API void weir_abort_handle_unref(weir_abort_handle *handle WEIR_TAKES); /* NULL: nothing */

/* All its streams end at their next poll, those that wait are woken. NULL: nothing. Akka's
 * shutdown.
 *
 * Example:
 *     weir_abort_handle *handle = weir_abort_handle_new();
 *     weir_stream *s = weir_abortable(weir_range(0, 9), handle);
 *     p(weir_take(weir_by_ref(s), 2)); // -> 0 1
 *     weir_abort(handle);
 *     p(s); // ->
 *     weir_abort_handle_unref(handle);
 */
WEIR_API void weir_abort(weir_abort_handle *handle);

/* They fail with a copy of this error, which is fatal. Only the first of all calls counts.
 *
 * Example:
 *     weir_error error;
 *     weir_abort_handle *handle = weir_abort_handle_new();
 *     weir_stream *s = weir_abortable(weir_range(0, 9), handle);
 *     weir_abort_with(handle, weir_error_set(&error, WEIR_E_USER, "enough"));
 *     p(s); // -> !USER
 *     weir_abort_handle_unref(handle);
 */
WEIR_API void weir_abort_with(weir_abort_handle *handle, const weir_error *error);
WEIR_API bool weir_is_aborted(const weir_abort_handle *handle); /* NULL: false */

/* Items until the handle is used; then END without asking the source again: a cut one, which is
 * not taken for the end of the input. A future owes an answer: it fails with WEIR_E_CANCELLED.
 * Shape: n in, n out. Errors: handle NULL: no memory; more than 65536 streams at a time.
 * Owns: a reference of its own to the handle. Source: futures abortable.
 *
 * Example:
 *     weir_abort_handle *handle = weir_abort_handle_new();
 *     p(weir_abortable(weir_range(0, 3), handle)); // -> 0 1 2
 *     weir_abort_handle_unref(handle);
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_abortable(weir_stream *source WEIR_TAKES, weir_abort_handle *handle);

WEIR_END_C

#endif
