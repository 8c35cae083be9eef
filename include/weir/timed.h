/* weir/timed.h: stages on time. They go by the clock of whoever polls them: a runtime's, which
 * is simulated in a simulation, or a program's own (weir_timers in weir/cx.h). Where there is none
 * they answer with an error, ARGUMENT. The words of the manual are explained in weir/stream.h.
 *
 * Units, of all: nanoseconds of the monotonic clock (2 s: 2ull * 1000 * 1000 * 1000; an int is too
 * small); sums past its end mean never. Clocks begin at the first poll, not where a chain is built.
 * Nothing is polled where nobody polls: a stage sees that a time is over when it is polled
 * next, which the end of that time brings about. */
#ifndef WEIR_TIMED_H
#define WEIR_TIMED_H

#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* ---- ticks ---- */

/* What becomes of ticks that nobody took in time: a tick is missed when the next one is due too. */
typedef enum weir_missed {
    WEIR_MISSED_BURST, /* they come at once, as many as there were */
    WEIR_MISSED_DELAY, /* the next one comes a period after this one was taken */
    WEIR_MISSED_SKIP   /* they are left out, and so are their numbers */
} weir_missed;

/* The numbers of ticks, from 0, as uint64_t: the first at once, then one a period, for ever.
 * Shape: one item a poll. Errors: period_ns == 0. A runtime that is told to stop ends it.
 * Source: tokio interval, whose ticks are moments, and which calls a tick missed that is 5 ms late;
 * tokio-stream IntervalStream; Akka Source.tick.
 *
 * Example:
 *     p(weir_take(weir_interval(10 * MS, WEIR_MISSED_SKIP), 3)); // -> 0 1 2
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_interval(uint64_t period_ns, weir_missed missed);

/* The same with the first tick after a time of its own; after a period it is async-std's interval.
 * Source: tokio interval_at, Rx timer(initial, period).
 *
 * Example:
 *     weir_stream *ticks = weir_interval_at(5 * MS, 10 * MS, WEIR_MISSED_SKIP);
 *     p(weir_take_within(ticks, 26 * MS)); // -> 0 1 2
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_interval_at(uint64_t first_ns, uint64_t period_ns, weir_missed missed);

/* ---- too late ---- */

/* An error where the source gives nothing for so long, once a gap; the stream goes on, and what
 * comes late comes all the same. The gap begins where the consumer begins to wait: its own time is
 * not counted. Of a future the error is fatal, and the future is not polled again.
 * Shape: n in, n out. Errors: TIMEOUT, not fatal. A loop or a consumer stops at it all the same:
 * weir_results() around it makes it an item, weir_skip_errors() leaves it out.
 * Source: tokio-stream timeout; async-std's is the next one; Akka's idleTimeout fails for good.
 *
 * Example:
 *     p(weir_timeout(weir_chain(weir_range(0, 2), later(2, 50)), 10 * MS)); // -> 0 1 !TIMEOUT 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_timeout(weir_stream *source WEIR_TAKES, uint64_t ns);

/* The same, again and again while the gap lasts: one error each time that so much has passed.
 * Errors: ns == 0. Source: tokio-stream timeout_repeating, async-std timeout.
 *
 * Example:
 *     weir_stream *s = weir_chain(weir_range(0, 1), later(7, 25));
 *     p(weir_timeout_repeating(s, 10 * MS)); // -> 0 !TIMEOUT !TIMEOUT 7
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_timeout_repeating(weir_stream *source WEIR_TAKES, uint64_t ns);

/* Fails where the first item (any item, the end) has not come so long after the first poll.
 * Shape: n in, n out. Errors: TIMEOUT, fatal: the source is not polled again.
 * Source: Akka initialTimeout.
 *
 * Example:
 *     p(weir_initial_timeout(later(7, 25), 10 * MS)); // -> !TIMEOUT
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_initial_timeout(weir_stream *source WEIR_TAKES, uint64_t ns);

/* Fails where the end has not come so long after the first poll.
 * Shape: n in, n out. Errors: TIMEOUT, fatal. Source: Akka completionTimeout.
 *
 * Example:
 *     p(weir_completion_timeout(each_ms(10, 9), 25 * MS)); // -> 0 1 2 !TIMEOUT
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_completion_timeout(weir_stream *source WEIR_TAKES, uint64_t ns);

/* Fails where the consumer took longer than that over what it got: between an item and the next
 * poll. Shape: n in, n out; reads the clock twice a poll. Errors: TIMEOUT, fatal, when it asks at
 * last. Source: Akka backpressureTimeout, which does not wait for the consumer to ask.
 *
 * Example:
 *     weir_stream *s = weir_backpressure_timeout(weir_range(0, 9), 5 * MS);
 *     p(weir_throttle(s, 10 * MS)); // -> 0 !TIMEOUT
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_backpressure_timeout(weir_stream *source WEIR_TAKES, uint64_t ns);

/* *item, copied, whenever the source gives nothing for so long: no error, and no end to it while
 * the consumer waits. Shape: n in, n out. Errors: ns == 0; items that own something.
 * Source: Akka keepAlive.
 *
 * Example:
 *     int64_t zero = 0;
 *     p(weir_keep_alive(later(7, 25), 10 * MS, &zero)); // -> 0 0 7
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_keep_alive(weir_stream *source WEIR_TAKES, uint64_t ns,
                                      const void *item);

/* ---- later ---- */

/* Does not ask the source before so much time has passed since the first poll.
 * Shape: n in, n out. Source: async-std delay, Akka initialDelay.
 *
 * Example:
 *     p(weir_initial_delay(weir_range(0, 3), 10 * MS)); // -> 0 1 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_initial_delay(weir_stream *source WEIR_TAKES, uint64_t ns);

/* Each item so long after it came; the end at once behind the last.
 * Shape: up to n in, as many out as are due and asked for; holds n items and marks, and takes no
 * more while they wait: more than n in that time are held back.
 * Errors: n == 0, n above WEIR_DELAY_MAX; lent items. One of the source comes behind the items
 * before it, and nothing more is taken before it is out. Owns: drops what it holds.
 * Source: Rx delay, Akka delay with OverflowStrategy.backpressure.
 *
 * Example:
 *     p(weir_delay(weir_range(0, 3), 10 * MS, 8)); // -> 0 1 2
 */
enum { WEIR_DELAY_MAX = 65536 };
WEIR_PASSES
WEIR_NEW weir_stream *weir_delay(weir_stream *source WEIR_TAKES, uint64_t ns, size_t n);

/* The same, each by a time of its own, which fn says in nanoseconds; none overtakes another.
 * Errors: as those of delay; a function of other items, or whose answer is no uint64_t.
 * Source: Akka delayWith.
 *
 * Example:
 *     p(weir_delay_with(weir_range(0, 3), &last_digit_fn, NULL, 8)); // -> 0 1 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_delay_with(weir_stream *source WEIR_TAKES,
                                      const weir_key_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS,
                                      size_t n);

/* At least so long between two items; the first comes at once. 0: the source is returned as it is.
 * What comes late makes all behind it late: so many a second on the average is throttle_rate.
 * Shape: one in, one out; the source is not asked in the gap. One that gives marks is, or a mark of
 * what has passed would wait for the end of it: it holds an item that came too early, lent or not.
 * Source: tokio-stream and async-std throttle.
 *
 * Example:
 *     p(weir_take_within(weir_throttle(weir_range(0, 99), 10 * MS), 25 * MS)); // -> 0 1 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_throttle(weir_stream *source WEIR_TAKES, uint64_t ns);

/* A bucket of tokens, full at first: `n` of them come per `per_ns`, it holds `burst`, and each item
 * takes one, or what `cost` says of it (NULL: one). With bytes for a cost that is a byte rate.
 * Shaping, an item waits until there are enough. Enforcing, one that came too early ends it.
 * Shape: one in, one out. With a cost it holds an item that waits; without, it does not ask for it
 * before it may come, but over a source that gives marks, since these pass at once. An item that
 * costs more than the bucket holds waits as long as if it did.
 * Errors: n, per_ns or burst of 0; n * per_ns past 64 bits; a cost that is no uint64_t; lent items
 * with a cost, shaping. Enforcing: LIMIT, fatal, and the item is dropped.
 * Source: Akka throttle(elements, per, maximumBurst, costCalculation, mode).
 *
 * Example:
 *     weir_rate rate = {.n = 1, .per_ns = 10 * MS, .burst = 2};
 *     weir_stream *s = weir_throttle_rate(weir_range(0, 99), &rate, NULL, NULL);
 *     p(weir_take_within(s, 15 * MS)); // -> 0 1 2
 */
typedef struct weir_rate {
    uint64_t n;      /* so many tokens come ... */
    uint64_t per_ns; /* ... in this time, evenly */
    uint64_t burst;  /* so many at most wait to be taken; 1: no two items at once */
    bool enforcing;
} weir_rate;
WEIR_PASSES
WEIR_NEW weir_stream *weir_throttle_rate(weir_stream *source WEIR_TAKES, const weir_rate *rate,
                                         const weir_key_fn *cost WEIR_KEEPS, void *arg WEIR_KEEPS);

/* ---- less ---- */

/* The latest item once none followed it for so long; the last one at the end. Others are dropped.
 * Shape: many in, one out; holds one. Errors: lent items. An error of the source passes at once,
 * before the item that waits; a fatal one drops that. Marks: each waits until the item before it is
 * out, or was dropped for the next one: what is dropped is done.
 * Source: Rx debounce.
 *
 * Example:
 *     weir_stream *a = weir_range(0, 3), *b = weir_initial_delay(weir_range(7, 9), 20 * MS);
 *     p(weir_debounce(weir_chain(a, b), 10 * MS)); // -> 2 8
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_debounce(weir_stream *source WEIR_TAKES, uint64_t ns);

/* The last item of each period, if it had one; what came since the last period comes at the end.
 * Others are dropped. Periods begin with the first poll and keep their beginning.
 * Shape: many in, one out; holds one. Errors: period_ns == 0; lent items; as those of debounce, and
 * so are marks. Source: Rx sample (throttleLast), Akka conflate with a tick.
 *
 * Example:
 *     p(weir_sample(each_ms(4, 5), 10 * MS)); // -> 2 4
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_sample(weir_stream *source WEIR_TAKES, uint64_t period_ns);

/* An item, and then nothing for so long: what comes meanwhile is dropped.
 * Shape: many in, one out; holds nothing. Source: Rx throttleFirst, Reactor sampleFirst.
 *
 * Example:
 *     p(weir_sample_first(each_ms(4, 6), 10 * MS)); // -> 0 3
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_sample_first(weir_stream *source WEIR_TAKES, uint64_t ns);

/* Items until so much time has passed since the first poll; then END, without asking the source
 * again. Shape: n in, n out. Source: Akka takeWithin, Rx take(time).
 *
 * Example:
 *     p(weir_take_within(each_ms(10, 9), 25 * MS)); // -> 0 1 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_take_within(weir_stream *source WEIR_TAKES, uint64_t ns);

/* Without the items that come before so much time has passed since the first poll.
 * Shape: n in, n out. Owns: drops them. Source: Akka dropWithin, Rx skip(time).
 *
 * Example:
 *     p(weir_drop_within(each_ms(10, 5), 25 * MS)); // -> 3 4
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_drop_within(weir_stream *source WEIR_TAKES, uint64_t ns);

/* ---- with the time ---- */

/* { uint64_t ns; T item; }: when it came. What comes in one poll has one time.
 * Shape: n in, n out. Source: Rx timestamp.
 *
 * Example:
 *     p(weir_count(weir_timestamp(weir_range(0, 3)))); // -> 3
 */
WEIR_NEW weir_stream *weir_timestamp(weir_stream *source WEIR_TAKES);

/* { uint64_t ns; T item; }: how long after the one before, for the first after the first poll.
 * Shape: n in, n out. Source: Rx timeInterval, Reactor elapsed.
 *
 * Example:
 *     p(weir_count(weir_elapsed(weir_range(0, 3)))); // -> 3
 */
WEIR_NEW weir_stream *weir_elapsed(weir_stream *source WEIR_TAKES);

/* ---- chunks ---- */

/* weir_vec of n items each, or of those that came in so much time after the chunk's first; never an
 * empty one. The rest comes at the end. ns of UINT64_MAX: a chunk is not cut by time.
 * Shape: holds up to n items, and the marks between them. Errors: n == 0; lent items. An error of
 * the source and marks come behind the chunk of what was there. Owns: each chunk is an allocation
 * of its own.
 * Source: tokio-stream chunks_timeout, Akka groupedWithin, Rx buffer(time, n).
 *
 * Example:
 *     p(weir_chunks_timeout(each_ms(4, 7), 3, 6 * MS)); // -> [0 1] [2 3] [4 5] [6]
 */
WEIR_ITEM(weir_vec)
WEIR_NEW weir_stream *weir_chunks_timeout(weir_stream *source WEIR_TAKES, size_t n, uint64_t ns);

/* The same, where a chunk is also full when what `cost` says of its items comes to weight_max: an
 * item that would make it more begins the next one. One that weighs more alone is a chunk alone.
 * Errors: weight_max == 0; a cost that is no uint64_t. Source: Akka groupedWeightedWithin.
 *
 * Example:
 *     weir_stream *s = weir_range(1, 6);
 *     p(weir_chunks_weighted(s, 9, 5, &last_digit_fn, NULL, UINT64_MAX)); // -> [1 2] [3] [4] [5]
 */
WEIR_ITEM(weir_vec)
WEIR_NEW weir_stream *weir_chunks_weighted(weir_stream *source WEIR_TAKES, size_t n,
                                           uint64_t weight_max, const weir_key_fn *cost WEIR_KEEPS,
                                           void *arg WEIR_KEEPS, uint64_t ns);

/* ---- deadlines ---- */

/* Items that are kept until their deadlines, up to a limit; bound to one thread. */
typedef struct weir_delays weir_delays;

/* One of them, while it is kept; never 0, and an old one finds nothing. */
typedef uint64_t weir_delay_key;

/* NULL: no memory; limit == 0 or above WEIR_DELAY_MAX; items that are lent. What is still kept is
 * dropped with it; its stream goes first.
 *
 * Example:
 *     weir_delays *delays = weir_delays_new(&weir_type_i64, 8);
 *     p(yes(weir_delays_insert(delays, &(int64_t){7}, 0))); // -> yes
 *     p(weir_delay_queue(delays)); // -> 7
 *     weir_delays_drop(delays);
 */
WEIR_API weir_delays *weir_delays_new(const weir_type *type WEIR_KEEPS, size_t limit) WEIR_MUST_USE;
WEIR_API void weir_delays_drop(weir_delays *delays WEIR_TAKES);

/* How many are kept.
 *
 * Example:
 *     weir_delays *delays = weir_delays_new(&weir_type_i64, 8);
 *     p(yes(weir_delays_insert(delays, &(int64_t){7}, 0))); // -> yes
 *     p(weir_delays_n(delays)); // -> 1
 *     weir_delays_drop(delays);
 */
WEIR_API size_t weir_delays_n(const weir_delays *delays);

/* Keeps an item until then, as weir_now_ns() counts. 0: it is full, and the item stays the
 * caller's.
 *
 * Example:
 *     weir_delays *delays = weir_delays_new(&weir_type_i64, 1);
 *     p(yes(weir_delays_insert(delays, &(int64_t){7}, 0))); // -> yes
 *     p(yes(weir_delays_insert(delays, &(int64_t){8}, 0))); // -> no
 *     weir_delays_drop(delays);
 */
WEIR_API weir_delay_key weir_delays_insert(weir_delays *delays, const void *item,
                                           uint64_t deadline_ns) WEIR_MUST_USE;

/* Gives it back in *out (NULL: drops it), or gives it another deadline. False: it is gone.
 *
 * Example:
 *     int64_t out = 0;
 *     weir_delays *delays = weir_delays_new(&weir_type_i64, 8);
 *     weir_delay_key key = weir_delays_insert(delays, &(int64_t){7}, 0);
 *     p(weir_delays_remove(delays, key, &out)); // -> true
 *     p(out); // -> 7
 *     p(weir_delays_reset(delays, key, 5)); // -> false
 *     weir_delays_drop(delays);
 */
WEIR_API bool weir_delays_remove(weir_delays *delays, weir_delay_key key, void *out);
WEIR_API bool weir_delays_reset(weir_delays *delays, weir_delay_key key, uint64_t deadline_ns);

/* The items as they are due, by deadline, equal ones in the order they were put in. END when none
 * is kept: a new one goes on with what is put in later. One at a time. Shape: as many as are due
 * and asked for. Source: tokio-util DelayQueue, which is that stream and goes on after its end; it
 * has a wheel of milliseconds.
 *
 * Example:
 *     weir_delays *delays = weir_delays_new(&weir_type_i64, 8);
 *     p(yes(weir_delays_insert(delays, &(int64_t){8}, 2))); // -> yes
 *     p(yes(weir_delays_insert(delays, &(int64_t){7}, 1))); // -> yes
 *     p(weir_delay_queue(delays)); // -> 7 8
 *     weir_delays_drop(delays);
 */
WEIR_NEW weir_stream *weir_delay_queue(weir_delays *delays WEIR_KEEPS);

/* ---- once more ---- */

/* Makes a source, first with restarts == 0, then after each failure, of which *why tells; NULL
 * after an end. Answers NULL to give up: then *why is the error of the whole. */
typedef weir_stream *weir_make_stream(void *arg, uint32_t restarts, const weir_error *why);

/* How often, and how long to wait before: min_ns, then twice as long each time up to max_ns, and up
 * to jitter_percent of that on top, drawn from the seed. */
typedef struct weir_backoff {
    uint32_t restarts_max; /* beside the first try */
    uint32_t jitter_percent;
    uint64_t min_ns;
    uint64_t max_ns;  /* below min_ns, or 0: as long as min_ns each time */
    uint64_t calm_ns; /* a source that lasted so long: it is counted anew; 0: never */
    uint64_t seed;
} weir_backoff;

/* The items of a source that is made anew after a fatal error, which is not seen; the last one is,
 * when it was made anew often enough. Errors that are not fatal pass: those of a function of map,
 * say. To try again after such a one too, `make` puts weir_stop_on_error() around the source.
 * Shape: n in, n out; holds one source. Errors: restarts_max == 0; TYPE for a source of other
 * items, and for one that gives marks: who reads this was asked before it was there
 * (weir_settle_here() around each; weir/nats.h tries again by itself). A runtime that is told to
 * stop ends it where it waits for another try. Source: Rx retryWhen with a backoff, Akka
 * RestartSource.onFailuresWithBackoff.
 *
 * Example:
 *     weir_backoff backoff = {.restarts_max = 5, .min_ns = 10 * MS};
 *     p(weir_retry(&weir_type_i64, third_time, NULL, &backoff)); // -> 0 1 0 1 0 1
 */
WEIR_NEW weir_stream *weir_retry(const weir_type *type, weir_make_stream *make,
                                 void *arg WEIR_KEEPS, const weir_backoff *backoff);

/* The same, after an end too. Source: Akka RestartSource.withBackoff.
 *
 * Example:
 *     weir_backoff backoff = {.restarts_max = 2, .min_ns = 10 * MS};
 *     p(weir_restart(&weir_type_i64, third_time, NULL, &backoff)); // -> 0 1 0 1 0 1
 */
WEIR_NEW weir_stream *weir_restart(const weir_type *type, weir_make_stream *make,
                                   void *arg WEIR_KEEPS, const weir_backoff *backoff);

WEIR_END_C

#endif
