/* weir/consume.h: what ends a chain. The words of the manual are explained in weir/stream.h. */
#ifndef WEIR_CONSUME_H
#define WEIR_CONSUME_H

#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/mark.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* ---- consumers: futures, to be run by weir_run() or awaited by a stage ----
 * Each stops at the first error and gives it. */

/* Gives each item to fn; yields nothing (weir_type_unit) at the end. Shape: batches in. Owns: fn
 * takes each item, and drops what it owns: a weir_vec, say.
 *
 * Example:
 *     int64_t sum = 0;
 *     p(weir_for_each(weir_range(1, 5), &add_to_fn, &sum)); // -> done
 *     p(sum); // -> 10
 */
WEIR_SEQUENTIAL_LOOP("weir_par_for_each")
WEIR_NEW weir_stream *weir_for_each(weir_stream *source WEIR_TAKES,
                                    const weir_each_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* Yields *acc after fn(acc, item) of each item; fn may fail (WEIR_TRY_FOLD_FN), which ends it.
 * Shape: batches in, one out; a fn that may fail: one in, and nothing is read behind the item at
 * which it did.
 * Errors: an accumulator that could hold what the source lends (weir/fn.h, .detached). One of fn is
 * fatal and has the number of its item as record, if fn names none.
 * Owns: takes *acc, and drops it after an error.
 * Source: futures fold, try_fold; the accumulator is changed in place instead of passed on.
 *
 * Example:
 *     int64_t sum = 0;
 *     p(weir_fold(weir_range(1, 5), &add_fn, &sum, NULL)); // -> 10
 */
WEIR_SEQUENTIAL_LOOP("weir_par_fold")
WEIR_NEW weir_stream *weir_fold(weir_stream *source WEIR_TAKES, const weir_fold_fn *fn WEIR_KEEPS,
                                const void *acc WEIR_TAKES, void *arg WEIR_KEEPS);

/* Yields the number of items, as uint64_t. Shape: batches in; stages that can count without making
 * their items do so (weir_poll_skip). Owns: drops the items.
 *
 * Example:
 *     p(weir_count(weir_range(0, 100))); // -> 100
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_count(weir_stream *source WEIR_TAKES);

/* Yields a weir_vec of all items, which is the caller's (weir_vec_drop). Shape: batches in.
 * Errors: more than items_max items (against a source without end); lent items.
 * Owns: an error drops what was gathered.
 *
 * Example:
 *     p(weir_collect(weir_range(0, 4), 100)); // -> [0 1 2 3]
 *     p(weir_collect(weir_range(0, 4), 3)); // -> !LIMIT
 */
WEIR_ITEM(weir_vec)
WEIR_NEW weir_stream *weir_collect(weir_stream *source WEIR_TAKES, size_t items_max WEIR_UNBOUNDED);

/* Appends all items to a vec of the caller's, which may hold some already or be all zero; yields
 * nothing (weir_type_unit) at the end. The vec may not be touched until then, or until the drop.
 * Shape: batches in. Errors: more than items_max items in the vec; items of another type than those
 * it holds; lent items. What was appended before an error stays.
 * Owns: nothing; the items are the vec's. Source: async-std extend.
 *
 * Example:
 *     weir_vec vec = {0};
 *     p(weir_extend(weir_range(0, 2), &vec, 100)); // -> done
 *     p(weir_extend(weir_range(7, 9), &vec, 100)); // -> done
 *     p(vec); // -> [0 1 7 8]
 *     weir_vec_drop(&vec);
 */
WEIR_NEW weir_stream *weir_extend(weir_stream *source WEIR_TAKES, weir_vec *vec WEIR_KEEPS,
                                  size_t items_max WEIR_UNBOUNDED);

/* Yields one weir_vec of the items of all vecs (of chunks, collect). The first one is used as it
 * is, if it is no larger than items_max; the items of the others move behind it.
 * Shape: batches in, one out; an empty stream gives an empty vec. Errors: more than items_max
 * items; vecs of different types. Owns: drops the vecs; an error drops all.
 * Source: futures concat, try_concat. Strings: collect_string.
 *
 * Example:
 *     p(weir_concat(weir_chunks(weir_range(0, 5), 2), 100)); // -> [0 1 2 3 4]
 */
WEIR_ITEM(weir_vec)
WEIR_NEW weir_stream *weir_concat(weir_stream *source WEIR_TAKES, size_t items_max WEIR_UNBOUNDED);

/* Yields one weir_owned_line of all bytes, with a NUL behind them. The items are bytes (char,
 * signed or unsigned), weir_line or weir_owned_line, whose newlines are not in them. Shape: batches
 * in, one out. Units: bytes_max is without the NUL. Errors: more than bytes_max bytes. Owns: drops
 * the items. Source: collect::<String>(), concat of strings.
 *
 * Example:
 *     p(weir_collect_string(lines("one\ntwo\n"), 100)); // -> onetwo
 */
WEIR_ITEM(weir_owned_line)
WEIR_NEW weir_stream *weir_collect_string(weir_stream *source WEIR_TAKES,
                                          size_t bytes_max WEIR_UNBOUNDED);

/* Yields { weir_vec first; weir_vec second; } of pairs { A first; B second; }.
 * Shape: batches in, one out. Errors: more than items_max pairs; items that are no pairs (of zip,
 * or of WEIR_PAIR); lent items. Owns: an error drops both.
 * Source: futures unzip.
 *
 * Example:
 *     p(weir_unzip(weir_zip(weir_range(0, 3), weir_range(7, 10)), 100)); // -> ([0 1 2] [7 8 9])
 */
WEIR_NEW weir_stream *weir_unzip(weir_stream *source WEIR_TAKES, size_t items_max WEIR_UNBOUNDED);

/* Yields { weir_vec first; weir_vec second; }: the items for which fn is true, and the others, each
 * in their order.
 * Shape: batches in, one out. Errors: more than items_max items in both; lent items.
 * Owns: an error drops both. Source: async-std partition.
 *
 * Example:
 *     p(weir_partition(weir_range(0, 5), &is_even_fn, NULL, 100)); // -> ([0 2 4] [1 3])
 */
WEIR_NEW weir_stream *weir_partition(weir_stream *source WEIR_TAKES,
                                     const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS,
                                     size_t items_max WEIR_UNBOUNDED);

/* A collection of any kind, as collect_into fills it. */
typedef struct weir_into_ops {
    uint32_t size; /* sizeof(weir_into_ops) */
    bool detached; /* add copies what it needs of an item that is lent */
    const char *name;
    const weir_type *of; /* the items */
    size_t of_size;      /* what the compiler knows; 0: nothing */
    /* Optional. At least n items will come, if no error does. */
    bool (*reserve)(void *into, size_t n, weir_error *error);
    /* Takes the item, also when it answers false after weir_error_set(error, ...). */
    bool (*add)(void *into, void *item, weir_error *error);
    /* Optional, and what it makes: it is what the future yields. Unsaid: nothing, weir_type_unit.
     */
    bool (*finish)(void *into, void *out, weir_error *error);
    const weir_type *gives;
} weir_into_ops;

/* Fills a collection of the caller's, item by item, through its table; yields nothing, or what
 * `finish` makes of it. It may not be touched until then, or until the drop.
 * Shape: batches in. Errors: more than items_max items; what the table says, which is fatal, with
 * the item's number as record, if it names none; lent items, unless it says .detached.
 * Owns: nothing; what was added before an error stays where it is. Hash maps: weir/hash.h.
 * Source: async-std FromStream.
 *
 * Example:
 *     int64_t sum = 0;
 *     p(weir_collect_into(weir_range(1, 5), &sum_into, &sum, 100)); // -> done
 *     p(sum); // -> 10
 */
WEIR_NEW weir_stream *weir_collect_into(weir_stream *source WEIR_TAKES,
                                        const weir_into_ops *ops WEIR_KEEPS, void *into WEIR_KEEPS,
                                        size_t items_max WEIR_UNBOUNDED);

/* What `first` yields. Owns: whoever has it drops both. */
typedef struct weir_first_and_rest {
    weir_vec first;
    weir_stream *rest;
} weir_first_and_rest;

/* Yields weir_first_and_rest: the first n items, fewer where there are no more, and a stream of
 * those behind them: to look at a beginning before it is decided what to do with all. As an item it
 * is a pair of a weir_vec and a weir_stream *. With n == 1 it is into_future.
 * Shape: takes n items, and no more. Errors: n == 0; lent items.
 * Owns: the rest is a chain of its own, which is dropped with this one until it was given; an error
 * among the first n drops all.
 * Source: Akka prefixAndTail; futures into_future.
 *
 * Example:
 *     p(weir_first(weir_range(0, 9), 2)); // -> ([0 1] stream)
 */
WEIR_ITEM(weir_first_and_rest)
WEIR_NEW weir_stream *weir_first(weir_stream *source WEIR_TAKES, size_t n);

/* Runs fn's future of each item, up to `limit` at once, in one task, and drops what they give;
 * yields nothing (weir_type_unit) when all are done.
 * Shape: holds up to `limit` futures; takes an item when there is room for its future.
 * Errors: limit == 0; lent items, unless fn says .detached. The first error, of the source or of a
 * future, is given at once; dropped then, it drops what runs.
 * Source: futures for_each_concurrent, try_for_each_concurrent; 0 is refused, not "no limit".
 *
 * Example:
 *     p(weir_for_each_concurrent(weir_range(1, 4), &after_ms_fn, NULL, 2)); // -> done
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_for_each_concurrent(weir_stream *source WEIR_TAKES,
                                               const weir_then_fn *fn WEIR_KEEPS,
                                               void *arg WEIR_KEEPS, size_t limit WEIR_UNBOUNDED);

/* The next item of a stream that stays the caller's; END when there is none. Dropping it
 * unfinished loses nothing. Shape: a future; asks for one item.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 3);
 *     p(weir_next(s)); // -> 0
 *     p(weir_next(s)); // -> 1
 *     weir_drop(s);
 */
WEIR_NEW weir_stream *weir_next(weir_stream *stream WEIR_KEEPS);

/* bool: fn is true for any (all) of the items; of none: false (true).
 * Shape: one in; reads no further than it must. Owns: drops the items.
 *
 * Example:
 *     p(weir_any(weir_range(0, 5), &is_even_fn, NULL)); // -> true
 *     p(weir_all(weir_range(0, 5), &is_even_fn, NULL)); // -> false
 */
WEIR_ITEM(bool)
WEIR_NEW weir_stream *weir_any(weir_stream *source WEIR_TAKES, const weir_filter_fn *fn WEIR_KEEPS,
                               void *arg WEIR_KEEPS);
WEIR_ITEM(bool)
WEIR_NEW weir_stream *weir_all(weir_stream *source WEIR_TAKES, const weir_filter_fn *fn WEIR_KEEPS,
                               void *arg WEIR_KEEPS);

/* The first item for which fn is true; END when there is none.
 * Shape: one in, one out; what stands behind the item stays in its stream.
 * Owns: drops the items before it. Source: async-std find.
 *
 * Example:
 *     p(weir_find(weir_range(3, 9), &is_even_fn, NULL)); // -> 4
 */
WEIR_NEW weir_stream *weir_find(weir_stream *source WEIR_TAKES, const weir_filter_fn *fn WEIR_KEEPS,
                                void *arg WEIR_KEEPS);

/* What fn makes of the first item for which it is true; END when there is none.
 * Shape: as find. Owns: fn takes each item. Source: async-std find_map.
 *
 * Example:
 *     p(weir_find_map(weir_range(1, 9), &tens_fn, NULL)); // -> 10
 */
WEIR_NEW weir_stream *weir_find_map(weir_stream *source WEIR_TAKES,
                                    const weir_filter_map_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* How many items stand before the first for which fn is true, as uint64_t; END when there is none.
 * Shape: as find; takes the items through that one. Owns: drops them.
 * Source: async-std position, which wakes itself for each item that it passes; this does not.
 *
 * Example:
 *     p(weir_position(weir_range(3, 9), &is_even_fn, NULL)); // -> 1
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_position(weir_stream *source WEIR_TAKES,
                                    const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The item number n, from 0; END when there are not so many.
 * Shape: takes n + 1 items, and no more: over by_ref the rest stays.
 * Owns: drops those before it. Source: async-std nth.
 *
 * Example:
 *     p(weir_nth(weir_range(5, 9), 2)); // -> 7
 */
WEIR_NEW weir_stream *weir_nth(weir_stream *source WEIR_TAKES, uint64_t n);

/* The last item; END when there is none.
 * Shape: batches in, one out; holds one item. Errors: lent items. Owns: drops the others.
 * Source: async-std last.
 *
 * Example:
 *     p(weir_last(weir_range(0, 9))); // -> 8
 */
WEIR_NEW weir_stream *weir_last(weir_stream *source WEIR_TAKES);

/* Reads to the end and keeps nothing; yields nothing (weir_type_unit) then.
 * Shape: batches in; stages that can count without making their items do so.
 * Owns: drops the items. Source: futures sink::drain, Akka Sink.ignore.
 *
 * Example:
 *     p(weir_drain(weir_range(0, 9))); // -> done
 */
WEIR_NEW weir_stream *weir_drain(weir_stream *source WEIR_TAKES);

/* A fold that begins with the first item: END when there is none. The accumulator of fn is of the
 * items' type; fn may fail, as in fold.
 * Shape: as fold. Errors: lent items. Source: Akka reduce, Rust's Iterator::reduce.
 *
 * Example:
 *     p(weir_reduce(weir_range(1, 5), &add_fn, NULL)); // -> 10
 */
WEIR_NEW weir_stream *weir_reduce(weir_stream *source WEIR_TAKES, const weir_fold_fn *fn WEIR_KEEPS,
                                  void *arg WEIR_KEEPS);

/* The least (min) or the greatest (max) of the items; END when there is none. Of equal ones min
 * gives the first and max the last. The items are numbers, or of a type that says how to compare
 * (weir_type.compare); a NaN is passed over unless there is nothing else.
 * Shape: batches in, one out; holds one item. Errors: items without an order; lent items.
 * Owns: drops the others.
 * Source: Rust's Iterator::min and max; async-std's max keeps the first of equals.
 *
 * Example:
 *     p(weir_min(numbers(3, 1, 2))); // -> 1
 *     p(weir_max(numbers(3, 1, 2))); // -> 3
 */
WEIR_NEW weir_stream *weir_min(weir_stream *source WEIR_TAKES);
WEIR_NEW weir_stream *weir_max(weir_stream *source WEIR_TAKES);

/* The same in the order that fn says.
 * Shape, Errors, Owns: as min. Source: Iterator::min_by and max_by.
 *
 * Example:
 *     p(weir_min_by(numbers(13, 31, 22), &by_last_digit_fn, NULL)); // -> 31
 *     p(weir_max_by(numbers(13, 31, 22), &by_last_digit_fn, NULL)); // -> 13
 */
WEIR_NEW weir_stream *weir_min_by(weir_stream *source WEIR_TAKES,
                                  const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_NEW weir_stream *weir_max_by(weir_stream *source WEIR_TAKES,
                                  const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The same in the order of the keys that fn makes, each once: numbers, or of a type that says how
 * to compare.
 * Shape, Owns: as min; holds two keys besides. Errors: keys without an order; lent items.
 * Source: Iterator::min_by_key and max_by_key.
 *
 * Example:
 *     p(weir_min_by_key(numbers(13, 31, 22), &last_digit_fn, NULL)); // -> 31
 *     p(weir_max_by_key(numbers(13, 31, 22), &last_digit_fn, NULL)); // -> 13
 */
WEIR_NEW weir_stream *weir_min_by_key(weir_stream *source WEIR_TAKES,
                                      const weir_key_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_NEW weir_stream *weir_max_by_key(weir_stream *source WEIR_TAKES,
                                      const weir_key_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The sum (product) of the items, which are int64_t, uint64_t or double, in their type; 0 (1) when
 * there are none. Doubles are added in order.
 * Shape: batches in, one out. Errors: WEIR_E_LIMIT at the first item that makes it more, or less,
 * than an integer of that type holds; its number is the record. Other numbers: a map before it.
 * Source: async-std sum and product; integers there wrap, or panic.
 *
 * Example:
 *     p(weir_sum(weir_range(1, 5))); // -> 10
 *     p(weir_product(weir_range(1, 5))); // -> 24
 */
WEIR_NEW weir_stream *weir_sum(weir_stream *source WEIR_TAKES);
WEIR_NEW weir_stream *weir_product(weir_stream *source WEIR_TAKES);

/* ---- streams with two ends ----
 * Arrays, vecs, ranges, once, empty and repeat can be read from their last item too, and so can map
 * (where fn cannot fail), filter, inspect, enumerate (where it is known how many there are), chain
 * and by_ref over such streams; others are refused. No item comes at both ends: they meet, and END
 * is at both then. weir_has_back() of weir/implement.h answers whether a stream is one. */

/* The items from the last to the first; over rev, from the first again.
 * Shape: n in, n out. Errors: a stream without another end. Source: DoubleEndedStream.
 *
 * Example:
 *     p(weir_rev(weir_range(0, 4))); // -> 3 2 1 0
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_rev(weir_stream *source WEIR_TAKES);

/* The last item of a stream that stays the caller's; END when there is none.
 * Shape, Errors: as next; a stream without another end. Source: async-std next_back.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 4);
 *     p(weir_next_back(s)); // -> 3
 *     p(s); // -> 0 1 2
 */
WEIR_NEW weir_stream *weir_next_back(weir_stream *stream WEIR_KEEPS);

/* nth, find and fold of the items from the last to the first; that is, of rev.
 * Source: async-std nth_back, rfind, rfold, try_rfold.
 *
 * Example:
 *     int64_t sum = 0;
 *     p(weir_nth_back(weir_range(0, 9), 2)); // -> 6
 *     p(weir_rfind(weir_range(0, 8), &is_even_fn, NULL)); // -> 6
 *     p(weir_rfold(weir_range(0, 4), &add_fn, &sum, NULL)); // -> 6
 */
WEIR_NEW weir_stream *weir_nth_back(weir_stream *source WEIR_TAKES, uint64_t n);
WEIR_NEW weir_stream *weir_rfind(weir_stream *source WEIR_TAKES,
                                 const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_NEW weir_stream *weir_rfold(weir_stream *source WEIR_TAKES, const weir_fold_fn *fn WEIR_KEEPS,
                                 const void *acc WEIR_TAKES, void *arg WEIR_KEEPS);

/* ---- two streams, compared item by item ----
 * Both are read in lock step, no further than the first difference or the first end; where one ends
 * and all before was equal, the shorter is the less. fn says the order; NULL: the items' own, as
 * of min. Both inputs are polled, also while one of them waits.
 * Shape: one in of either side, one out; holds one item of each. Errors: types that differ, or have
 * no order; of either side they end it. Owns: drops the items. */

/* int64_t -1, 0 or 1: the first is less, equal, greater.
 * Errors: doubles without fn (partial_cmp takes them). Source: async-std cmp.
 *
 * Example:
 *     p(weir_cmp(numbers(1, 2), numbers(1, 3), NULL, NULL)); // -> -1
 *     p(weir_cmp(numbers(1, 2), numbers(11, 2), &by_last_digit_fn, NULL)); // -> 0
 */
WEIR_ITEM(int64_t)
WEIR_NEW weir_stream *weir_cmp(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                               const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The same; END without an answer where a NaN is met. Source: async-std partial_cmp.
 *
 * Example:
 *     p(weir_partial_cmp(numbers(1, 2), numbers(1), NULL, NULL)); // -> 1
 */
WEIR_ITEM(int64_t)
WEIR_NEW weir_stream *weir_partial_cmp(weir_stream *first WEIR_TAKES,
                                       weir_stream *second WEIR_TAKES,
                                       const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* bool: both give the same items (eq), or not (ne). Without fn a type that only knows what is the
 * same (weir_type.same: lines) will do. A NaN equals nothing. Source: async-std eq and ne.
 *
 * Example:
 *     p(weir_eq(lines("a\nb\n"), lines("a\nb"), NULL, NULL)); // -> true
 *     p(weir_ne(numbers(1, 2), numbers(1, 2), NULL, NULL)); // -> false
 */
WEIR_ITEM(bool)
WEIR_NEW weir_stream *weir_eq(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_ITEM(bool)
WEIR_NEW weir_stream *weir_ne(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* bool: the first is less (lt), less or equal (le), greater (gt), greater or equal (ge). Where a
 * NaN is met: false. Source: async-std lt, le, gt, ge.
 *
 * Example:
 *     p(weir_lt(numbers(1, 2), numbers(1, 3), NULL, NULL)); // -> true
 *     p(weir_ge(numbers(1, 2), numbers(1, 3), NULL, NULL)); // -> false
 */
WEIR_ITEM(bool)
WEIR_NEW weir_stream *weir_lt(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_ITEM(bool)
WEIR_NEW weir_stream *weir_le(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_ITEM(bool)
WEIR_NEW weir_stream *weir_gt(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_ITEM(bool)
WEIR_NEW weir_stream *weir_ge(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

WEIR_END_C

#endif
