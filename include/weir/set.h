/* weir/set.h: many streams or futures at once, in one task: what is flattened without order, sets
 * that are pushed to while they run, and futures that are waited for together. The words of the
 * manual are explained in weir/stream.h. An error that is fatal to one of many ends that one: it
 * passes as recoverable, since the others have more. */
#ifndef WEIR_SET_H
#define WEIR_SET_H

#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/mark.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* As a limit of the functions below: as many as come. What is held grows with the input then. */
#define WEIR_NO_LIMIT SIZE_MAX

/* ---- a stream of streams ---- */

/* The items of inner streams as they come, up to `limit` streams at once, each in turn; the order
 * within one is kept. The source's items are weir_stream * (weir_type_stream) whose items are of
 * `type`. The source is asked first, and never while `limit` streams are open; END when it ended
 * and all of them did.
 * Shape: holds up to `limit` streams, and an item or error of each that came while nobody asked
 * (they go on as in merge); polls only those that were woken. The end of one is a turn of its own.
 * Errors: limit == 0. One of the source overtakes items that are ready; one of an inner stream
 * passes in its place, and the stream goes on. A source that gives marks is refused.
 * Source: futures flatten_unordered and try_flatten_unordered, event for event, but that its limit
 * of 0 meant none (WEIR_NO_LIMIT here); Akka flatMapMerge, Rx mergeAll.
 *
 * Example:
 *     weir_stream *s = streams(each_ms(10, 2), later(7, 5));
 *     p(weir_flatten_unordered(s, &weir_type_i64, WEIR_NO_LIMIT)); // -> 0 7 1
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_flatten_unordered(weir_stream *source WEIR_TAKES, const weir_type *type,
                                             size_t limit WEIR_UNBOUNDED);

/* flatten_unordered of map.
 * Errors: lent items, unless fn says .detached: an inner stream outlives the item it was made of.
 * Source: futures flat_map_unordered; Akka flatMapMerge(breadth), Rx flatMap, mergeMap.
 *
 * Example:
 *     p(weir_flat_map_unordered(weir_range(1, 4), &below_fn, NULL, 2)); // -> 0 0 1 0 1 2
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_flat_map_unordered(weir_stream *source WEIR_TAKES,
                                              const weir_then_fn *fn WEIR_KEEPS,
                                              void *arg WEIR_KEEPS, size_t limit WEIR_UNBOUNDED);

/* ---- sets that are pushed to while they run ----
 *
 * A constructor gives a set twice: as the stream that it is, and as a handle to push to, which is
 * good until the stream is dropped.
 *
 *     weir_set *set;
 *     weir_stream *results = weir_futures_unordered(&weir_type_i64, 100, &set);
 *     if (!weir_set_push(set, future)) ...
 *
 * An empty set gives END, at once, and goes on when it is pushed to: a loop over it may push, and
 * weir_next() or weir_by_ref() of it give what comes until it is empty once more. A stage that took
 * the stream and saw its END has ended for good, as every stage does. A push wakes whoever waits
 * for the set. All functions here are for the thread that polls it, and may be called from the
 * functions of the chain it is in; only weir_set_take(), _clear() and those that remove not from
 * inside of a stream that is in the set. What waits in it is polled only when it was woken, and
 * goes on while the consumer is busy, as in buffered and merge. */

typedef struct weir_set weir_set;

/* The items of streams as they come, each stream in turn; a stream leaves the set when it ends.
 * Shape: holds up to `limit` streams, and an item or error of each that came while nobody asked.
 * Errors: limit == 0. A stream's error passes in its place, and the stream goes on.
 * Source: futures select_all (SelectAll), futures-concurrency StreamGroup; bounded here. All that
 * is known beforehand, and never grows: weir_merge().
 *
 * Example:
 *     weir_set *set;
 *     weir_stream *all = weir_select_all(&weir_type_i64, 10, &set);
 *     p(weir_set_push(set, weir_range(0, 2))); // -> true
 *     p(weir_set_push(set, weir_range(7, 9))); // -> true
 *     p(all); // -> 0 7 1 8
 */
WEIR_NEW weir_stream *weir_select_all(const weir_type *type, size_t limit WEIR_UNBOUNDED,
                                      weir_set **set);

/* The results of futures as they complete.
 * Shape: holds up to `limit` futures and results; batches do not wait for each other.
 * Errors: limit == 0; lent results. A future's error passes in its place.
 * Source: futures FuturesUnordered, event for event; tokio JoinSet without its tasks; bounded.
 *
 * Example:
 *     weir_set *set;
 *     weir_stream *results = weir_futures_unordered(&weir_type_i64, 10, &set);
 *     p(weir_set_push(set, later(1, 30))); // -> true
 *     p(weir_set_push(set, later(2, 10))); // -> true
 *     p(results); // -> 2 1
 */
WEIR_NEW weir_stream *weir_futures_unordered(const weir_type *type, size_t limit WEIR_UNBOUNDED,
                                             weir_set **set);

/* The results of futures in the order in which they were pushed: one that waits holds back those
 * behind it.
 * Shape: holds up to `limit` futures and results, those that are held back too.
 * Errors: limit == 0; lent results. A future's error passes in its place.
 * Source: futures FuturesOrdered, event for event; what is done and held back counts here.
 *
 * Example:
 *     weir_set *set;
 *     weir_stream *results = weir_futures_ordered(&weir_type_i64, 10, &set);
 *     p(weir_set_push(set, later(1, 30))); // -> true
 *     p(weir_set_push(set, later(2, 10))); // -> true
 *     p(results); // -> 1 2
 */
WEIR_NEW weir_stream *weir_futures_ordered(const weir_type *type, size_t limit WEIR_UNBOUNDED,
                                           weir_set **set);

/* Adds a stream, or a future where the set is one of futures. False: the set holds as many as its
 * limit, or there is no memory, or it could not be built; then the stream stays the caller's.
 * Errors: a stream of another type, or one that gives marks, is refused: the set's stream gives its
 * error, as that of a stream that could not be built.
 *
 * Example:
 *     weir_set *set;
 *     weir_stream *all = weir_select_all(&weir_type_i64, 1, &set);
 *     weir_stream *more = weir_range(7, 9);
 *     p(weir_set_push(set, weir_range(0, 2))); // -> true
 *     p(weir_set_push(set, more)); // -> false
 *     weir_drop(more);
 *     p(all); // -> 0 1
 */
WEIR_SPAWNS
WEIR_API bool weir_set_push(weir_set *set, weir_stream *stream WEIR_TAKES) WEIR_MUST_USE;

/* The same for futures_ordered, before all that wait: its result comes next.
 *
 * Example:
 *     weir_set *set;
 *     weir_stream *results = weir_futures_ordered(&weir_type_i64, 10, &set);
 *     p(weir_set_push(set, later(1, 10))); // -> true
 *     p(weir_set_push_front(set, later(2, 30))); // -> true
 *     p(results); // -> 2 1
 */
WEIR_SPAWNS
WEIR_API bool weir_set_push_front(weir_set *set, weir_stream *future WEIR_TAKES) WEIR_MUST_USE;

/* How many it holds: streams, futures, and results that were not given yet. A stream that gave its
 * last item counts until its end was seen.
 *
 * Example:
 *     weir_set *set;
 *     weir_stream *all = weir_select_all(&weir_type_i64, 10, &set);
 *     p(weir_set_push(set, weir_range(0, 2))); // -> true
 *     p(weir_set_len(set)); // -> 1
 *     p(all); // -> 0 1
 */
WEIR_API size_t weir_set_len(const weir_set *set);

/* The ith of those that run, in no order, to look at or to tell something; it stays in the set.
 * NULL: there are fewer.
 *
 * Example:
 *     weir_set *set;
 *     weir_stream *all = weir_select_all(&weir_type_i64, 10, &set);
 *     p(yes(weir_set_member(set, 0))); // -> no
 *     p(weir_set_push(set, weir_range(0, 2))); // -> true
 *     p(yes(weir_set_member(set, 0))); // -> yes
 *     weir_drop(all);
 */
WEIR_API weir_stream *weir_set_member(const weir_set *set, size_t i);

/* Takes one of those that run out of the set, in no order. NULL: none runs.
 * Owns: the caller, to push it again or to drop it. What it gave already comes all the same.
 *
 * Example:
 *     weir_set *set;
 *     weir_stream *all = weir_select_all(&weir_type_i64, 10, &set);
 *     p(weir_set_push(set, weir_range(0, 2))); // -> true
 *     p(weir_set_take(set)); // -> 0 1
 *     p(all); // ->
 */
WEIR_API weir_stream *weir_set_take(weir_set *set) WEIR_MUST_USE;

/* Drops all that is in the set, results too.
 *
 * Example:
 *     weir_set *set;
 *     weir_stream *all = weir_select_all(&weir_type_i64, 10, &set);
 *     p(weir_set_push(set, weir_range(0, 2))); // -> true
 *     weir_set_clear(set);
 *     p(all); // ->
 */
WEIR_API void weir_set_clear(weir_set *set);

/* ---- a set with keys ---- */

typedef struct weir_keyed weir_keyed;

/* The items of streams that are known by a key, as they come: { uint64_t index; T item; } where the
 * index is the key (WEIR_INDEXED). `type` is T. A stream leaves when it ends, and its key with it.
 * An empty one gives END and goes on when something is inserted, as above.
 * Shape: holds up to `limit` streams; between two polls all stand still, so that what was removed
 * gives nothing any more. Polls only those that were woken.
 * Errors: limit == 0. A stream's error passes in its place, and the stream goes on; which it was is
 * not said: weir_results() around each makes it an item with a key.
 * Source: tokio-stream StreamMap, which asks all of them each time from a random one on; here each
 * in turn. Keys are numbers: what is known by bytes is numbered by whoever knows them.
 *
 * Example:
 *     weir_keyed *map;
 *     weir_stream *all = weir_stream_map(&weir_type_i64, 10, &map);
 *     p(weir_stream_map_insert(map, 5, weir_range(0, 2), NULL)); // -> true
 *     p(weir_stream_map_insert(map, 6, weir_range(7, 8), NULL)); // -> true
 *     p(all); // -> 5:0 6:7 5:1
 */
WEIR_NEW weir_stream *weir_stream_map(const weir_type *type, size_t limit WEIR_UNBOUNDED,
                                      weir_keyed **map);

/* Adds a stream under a key. One that was there is replaced: *replaced is it (NULL: there was
 * none), or it is dropped where `replaced` is NULL. False: as many as the limit, or no memory; then
 * all is as it was, and the stream stays the caller's. Errors: as weir_set_push().
 *
 * Example:
 *     weir_keyed *map;
 *     weir_stream *all = weir_stream_map(&weir_type_i64, 10, &map);
 *     p(weir_stream_map_insert(map, 5, weir_range(0, 2), NULL)); // -> true
 *     p(weir_stream_map_insert(map, 5, weir_range(7, 8), NULL)); // -> true
 *     p(all); // -> 5:7
 */
WEIR_SPAWNS
WEIR_API bool weir_stream_map_insert(weir_keyed *map, uint64_t key, weir_stream *stream WEIR_TAKES,
                                     weir_stream **replaced) WEIR_MUST_USE;

/* The stream under the key, which is the caller's then. NULL: there is none.
 *
 * Example:
 *     weir_keyed *map;
 *     weir_stream *all = weir_stream_map(&weir_type_i64, 10, &map);
 *     p(weir_stream_map_insert(map, 5, weir_range(0, 2), NULL)); // -> true
 *     p(weir_stream_map_remove(map, 5)); // -> 0 1
 *     p(all); // ->
 */
WEIR_API weir_stream *weir_stream_map_remove(weir_keyed *map, uint64_t key) WEIR_MUST_USE;

/* It has a stream under the key; how many it has; drops all of them.
 *
 * Example:
 *     weir_keyed *map;
 *     weir_stream *all = weir_stream_map(&weir_type_i64, 10, &map);
 *     p(weir_stream_map_insert(map, 5, weir_range(0, 2), NULL)); // -> true
 *     p(weir_stream_map_contains(map, 5)); // -> true
 *     p(weir_stream_map_len(map)); // -> 1
 *     weir_stream_map_clear(map);
 *     p(all); // ->
 */
WEIR_API bool weir_stream_map_contains(const weir_keyed *map, uint64_t key);
WEIR_API size_t weir_stream_map_len(const weir_keyed *map);
WEIR_API void weir_stream_map_clear(weir_keyed *map);

/* ---- futures that are waited for together ----
 * Futures themselves, and polled only while somebody waits for them. A future's result with its
 * error is weir_results(future): so what stops at the first error does not. One that is to be kept
 * is given as weir_next() of it. */

enum { WEIR_JOIN_MAX = 4096 }; /* an n that is not the array's */

/* { A first; B second; } when both are done (WEIR_PAIR(A, B, tag) is the struct).
 * Shape: holds a result. Errors: the first error, at once: the other future is dropped. One that
 * ends without a result ends the join, and drops the other. Lent results.
 * Source: futures join and try_join in one.
 *
 * Example:
 *     p(weir_join(later(1, 30), later(2, 10))); // -> (1 2)
 */
WEIR_NEW weir_stream *weir_join(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES);

/* weir_vec of the results of n futures of one type, in their order, when all are done; n may be 0.
 * Shape: holds up to n results; polls only those that were woken.
 * Errors: as weir_join(); n > WEIR_JOIN_MAX. Owns: the futures, not the array.
 * Source: futures join_all and try_join_all in one; Promise.all.
 *
 * Example:
 *     weir_stream *two[] = {later(1, 30), later(2, 10)};
 *     p(weir_join_all(&weir_type_i64, two, 2)); // -> [1 2]
 */
WEIR_ITEM(weir_vec)
WEIR_NEW weir_stream *weir_join_all(const weir_type *type, weir_stream *const *futures WEIR_TAKES,
                                    size_t n);

/* { uint64_t index; T item; } of the first of n futures that is done, and which it was; the others
 * are dropped at once. One that ends without a result is out; END when all are.
 * Shape: holds nothing; polls only those that were woken, the first time in their order.
 * Errors: the first to be done may have an error: it is given, its number (from 1) as record if it
 * names none. n == 0, n > WEIR_JOIN_MAX. Owns: the futures, not the array.
 * A time limit: weir_timeout() around the race. Of streams: weir_next() of each, which stay.
 * Source: futures select, select_all (of futures), futures-concurrency race; Promise.race.
 *
 * Example:
 *     p(weir_race((weir_stream *[]){later(1, 30), later(2, 10)}, 2)); // -> 1:2
 */
WEIR_NEW weir_stream *weir_race(weir_stream *const *futures WEIR_TAKES, size_t n);

/* The same, but an error is no win: the first that has a result. The last error, when all failed.
 * Source: futures select_ok, futures-concurrency race_ok, which gives all errors; Promise.any.
 *
 * Example:
 *     p(weir_race_ok((weir_stream *[]){failing(), later(2, 10)}, 2)); // -> 1:2
 */
WEIR_NEW weir_stream *weir_race_ok(weir_stream *const *futures WEIR_TAKES, size_t n);

WEIR_END_C

#endif
