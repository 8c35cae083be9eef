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

/* Gives each item to fn; yields nothing (weir_type_unit) at the end. */
WEIR_API weir_stream *weir_for_each(weir_stream *source WEIR_TAKES,
                                    const weir_each_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* Yields *acc after fn(acc, item) of each item; fn may fail (WEIR_TRY_FOLD_FN), which ends it.
 * Shape: batches in, one out; a fn that may fail: one in, and nothing is read behind the item at
 * which it did.
 * Errors: an accumulator that could hold what the source lends (weir/fn.h, .detached). One of fn is
 * fatal and has the number of its item as record, if fn names none.
 * Owns: takes *acc, and drops it after an error.
 * Source: futures fold, try_fold; the accumulator is changed in place instead of passed on. */
WEIR_API weir_stream *weir_fold(weir_stream *source WEIR_TAKES, const weir_fold_fn *fn WEIR_KEEPS,
                                const void *acc WEIR_TAKES, void *arg WEIR_KEEPS);

/* Yields the number of items, as uint64_t. Drops them; stages that can count without making
 * their items do so (weir_poll_skip). */
WEIR_API weir_stream *weir_count(weir_stream *source WEIR_TAKES);

/* Yields a weir_vec of all items. Errors: more than items_max items (against a source without end);
 * lent items. */
WEIR_API weir_stream *weir_collect(weir_stream *source WEIR_TAKES, size_t items_max);

/* The next item of a stream that stays the caller's; END when there is none. Dropping it
 * unfinished loses nothing. */
WEIR_API weir_stream *weir_next(weir_stream *stream WEIR_KEEPS);

/* bool: fn is true for any (all) of the items. Reads no further than it must; demand is 1. */
WEIR_API weir_stream *weir_any(weir_stream *source WEIR_TAKES, const weir_filter_fn *fn WEIR_KEEPS,
                               void *arg WEIR_KEEPS);
WEIR_API weir_stream *weir_all(weir_stream *source WEIR_TAKES, const weir_filter_fn *fn WEIR_KEEPS,
                               void *arg WEIR_KEEPS);

/* The first item for which fn is true; END when there is none.
 * Shape: one in, one out; what stands behind the item stays in its stream.
 * Owns: drops the items before it. Source: async-std find. */
WEIR_API weir_stream *weir_find(weir_stream *source WEIR_TAKES, const weir_filter_fn *fn WEIR_KEEPS,
                                void *arg WEIR_KEEPS);

/* What fn makes of the first item for which it is true; END when there is none.
 * Shape: as find. Owns: fn takes each item. Source: async-std find_map. */
WEIR_API weir_stream *weir_find_map(weir_stream *source WEIR_TAKES,
                                    const weir_filter_map_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* How many items stand before the first for which fn is true, as uint64_t; END when there is none.
 * Shape: as find; takes the items through that one. Owns: drops them.
 * Source: async-std position, which wakes itself for each item that it passes; this does not. */
WEIR_API weir_stream *weir_position(weir_stream *source WEIR_TAKES,
                                    const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The item number n, from 0; END when there are not so many.
 * Shape: takes n + 1 items, and no more: over by_ref the rest stays.
 * Owns: drops those before it. Source: async-std nth. */
WEIR_API weir_stream *weir_nth(weir_stream *source WEIR_TAKES, uint64_t n);

/* The last item; END when there is none.
 * Shape: batches in, one out; holds one item. Errors: lent items. Owns: drops the others.
 * Source: async-std last. */
WEIR_API weir_stream *weir_last(weir_stream *source WEIR_TAKES);

/* Reads to the end and keeps nothing; yields nothing (weir_type_unit) then.
 * Shape: batches in; stages that can count without making their items do so.
 * Owns: drops the items. Source: futures sink::drain, Akka Sink.ignore. */
WEIR_API weir_stream *weir_drain(weir_stream *source WEIR_TAKES);

/* A fold that begins with the first item: END when there is none. The accumulator of fn is of the
 * items' type; fn may fail, as in fold.
 * Shape: as fold. Errors: lent items. Source: Akka reduce, Rust's Iterator::reduce. */
WEIR_API weir_stream *weir_reduce(weir_stream *source WEIR_TAKES, const weir_fold_fn *fn WEIR_KEEPS,
                                  void *arg WEIR_KEEPS);

/* The least (min) or the greatest (max) of the items; END when there is none. Of equal ones min
 * gives the first and max the last. The items are numbers, or of a type that says how to compare
 * (weir_type.compare); a NaN is passed over unless there is nothing else.
 * Shape: batches in, one out; holds one item. Errors: items without an order; lent items.
 * Owns: drops the others.
 * Source: Rust's Iterator::min and max; async-std's max keeps the first of equals. */
WEIR_API weir_stream *weir_min(weir_stream *source WEIR_TAKES);
WEIR_API weir_stream *weir_max(weir_stream *source WEIR_TAKES);

/* The same in the order that fn says.
 * Shape, Errors, Owns: as min. Source: Iterator::min_by and max_by. */
WEIR_API weir_stream *weir_min_by(weir_stream *source WEIR_TAKES,
                                  const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_API weir_stream *weir_max_by(weir_stream *source WEIR_TAKES,
                                  const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The same in the order of the keys that fn makes, each once: numbers, or of a type that says how
 * to compare.
 * Shape, Owns: as min; holds two keys besides. Errors: keys without an order; lent items.
 * Source: Iterator::min_by_key and max_by_key. */
WEIR_API weir_stream *weir_min_by_key(weir_stream *source WEIR_TAKES,
                                      const weir_key_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_API weir_stream *weir_max_by_key(weir_stream *source WEIR_TAKES,
                                      const weir_key_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The sum (product) of the items, which are int64_t, uint64_t or double, in their type; 0 (1) when
 * there are none. Doubles are added in order.
 * Shape: batches in, one out. Errors: WEIR_E_LIMIT at the first item that makes it more, or less,
 * than an integer of that type holds; its number is the record. Other numbers: a map before it.
 * Source: async-std sum and product; integers there wrap, or panic. */
WEIR_API weir_stream *weir_sum(weir_stream *source WEIR_TAKES);
WEIR_API weir_stream *weir_product(weir_stream *source WEIR_TAKES);

/* ---- two streams, compared item by item ----
 * Both are read in lock step, no further than the first difference or the first end; where one ends
 * and all before was equal, the shorter is the less. fn says the order; NULL: the items' own, as
 * of min. Both inputs are polled, also while one of them waits.
 * Shape: one in of either side, one out; holds one item of each. Errors: types that differ, or have
 * no order; of either side they end it. Owns: drops the items. */

/* int64_t -1, 0 or 1: the first is less, equal, greater.
 * Errors: doubles without fn (partial_cmp takes them). Source: async-std cmp. */
WEIR_API weir_stream *weir_cmp(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                               const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The same; END without an answer where a NaN is met. Source: async-std partial_cmp. */
WEIR_API weir_stream *weir_partial_cmp(weir_stream *first WEIR_TAKES,
                                       weir_stream *second WEIR_TAKES,
                                       const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* bool: both give the same items (eq), or not (ne). Without fn a type that only knows what is the
 * same (weir_type.same: lines) will do. A NaN equals nothing. Source: async-std eq and ne. */
WEIR_API weir_stream *weir_eq(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_API weir_stream *weir_ne(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* bool: the first is less (lt), less or equal (le), greater (gt), greater or equal (ge). Where a
 * NaN is met: false. Source: async-std lt, le, gt, ge. */
WEIR_API weir_stream *weir_lt(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_API weir_stream *weir_le(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_API weir_stream *weir_gt(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);
WEIR_API weir_stream *weir_ge(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES,
                              const weir_compare_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

WEIR_END_C

#endif
