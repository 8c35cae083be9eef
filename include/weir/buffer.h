/* weir/buffer.h: what runs its input ahead of who asks. While the consumer is busy with something
 * else (a body that waits, a stage behind that does), the input goes on as work in flight: after
 * each turn of the task that ended with PENDING. A consumer that never waits sees nothing of it,
 * and what its input makes it makes when it is asked.
 *
 * An error, or a mark, stands behind the items before it; the input goes on when it is given. What
 * makes claims (by_ref) is not run ahead. The words of the manual are explained in weir/stream.h.
 */
#ifndef WEIR_BUFFER_H
#define WEIR_BUFFER_H

#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/mark.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* What is done with an item for which there is no room. */
typedef enum weir_overflow {
    WEIR_OVERFLOW_BACKPRESSURE, /* it is not asked for */
    WEIR_OVERFLOW_DROP_HEAD,    /* the oldest one that is held is dropped for it */
    WEIR_OVERFLOW_DROP_TAIL,    /* the newest one that is held */
    WEIR_OVERFLOW_DROP_NEW,     /* it is dropped itself */
    WEIR_OVERFLOW_DROP_BUFFER,  /* all that are held */
    WEIR_OVERFLOW_FAIL          /* it is dropped, and the stream fails behind those held: LIMIT */
} weir_overflow;

/* What came of an item that somebody sent (weir/channel.h) or offered. */
typedef enum weir_sent {
    WEIR_SENT,           /* it is taken */
    WEIR_SENT_FULL,      /* there is no room now; it is still the caller's, as it is below */
    WEIR_SENT_CLOSED,    /* nobody takes it any more */
    WEIR_SENT_NO_MEMORY, /* of channels to many, where each item has memory of its own */
    WEIR_SENT_DROPPED    /* of a queue: it was taken, and dropped */
} weir_sent;

/* Runs its input up to n items ahead, in their order. Only with BACKPRESSURE does a slow consumer
 * slow its input down.
 * Shape: holds n items, and one error or mark. Errors: n == 0; lent items; with FAIL: LIMIT, fatal.
 * An error of the input is never dropped: its input goes on when it is given.
 * Source: Akka buffer, Rx onBackpressureBuffer and onBackpressureDrop (DROP_NEW), Kotlin buffer.
 *
 * Example:
 *     weir_stream *s = weir_buffer(each_ms(1, 9), 2, WEIR_OVERFLOW_DROP_HEAD);
 *     p(weir_throttle(s, 4 * MS)); // -> 0 2 6 7 8
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_buffer(weir_stream *source WEIR_TAKES, size_t n, weir_overflow overflow);

/* How many items a weir_buffer() dropped so far. What is none ends the program by its name.
 *
 * Example:
 *     weir_stream *s = weir_buffer(each_ms(1, 9), 2, WEIR_OVERFLOW_DROP_HEAD);
 *     p(weir_throttle(weir_by_ref(s), 4 * MS)); // -> 0 2 6 7 8
 *     p(weir_buffer_dropped(s)); // -> 4
 *     weir_drop(s);
 */
WEIR_API uint64_t weir_buffer_dropped(const weir_stream *buffer);

/* While the consumer is busy, what comes is made one with what came before: fn(acc, item). It never
 * slows its input down.
 * Shape: holds one item. Errors: lent items; a fn whose accumulator is no item: that is
 * weir_conflate_with_seed(). Source: Akka conflate; Rx onBackpressureLatest is a fn that keeps the
 * new one; Kotlin conflate too.
 *
 * Example:
 *     p(weir_throttle(weir_conflate(each_ms(1, 9), &add_fn, NULL), 4 * MS)); // -> 0 6 22 8
 */
WEIR_NEW weir_stream *weir_conflate(weir_stream *source WEIR_TAKES,
                                    const weir_fold_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The same with accumulators of another type: seed makes one of the first item.
 * Errors: a seed that may fail (WEIR_TRY_MAP_FN). Source: Akka conflateWithSeed.
 *
 * Example:
 *     weir_stream *s = weir_conflate_with_seed(each_ms(1, 9), &square_fn, &add_fn, NULL);
 *     p(weir_throttle(s, 4 * MS)); // -> 0 6 34 64
 */
WEIR_NEW weir_stream *weir_conflate_with_seed(weir_stream *source WEIR_TAKES,
                                              const weir_map_fn *seed WEIR_KEEPS,
                                              const weir_fold_fn *fn WEIR_KEEPS,
                                              void *arg WEIR_KEEPS);

/* The same, of up to max items; then a slow consumer slows its input down. seed NULL: items are
 * accumulators, as of weir_conflate().
 * Shape: holds one accumulator, and the item that did not fit. Errors: max == 0.
 * Source: Akka batch.
 *
 * Example:
 *     weir_stream *s = weir_batch(each_ms(1, 9), 2, NULL, &add_fn, NULL);
 *     p(weir_throttle(s, 4 * MS)); // -> 0 3 7 11 15
 */
WEIR_NEW weir_stream *weir_batch(weir_stream *source WEIR_TAKES, uint64_t max,
                                 const weir_map_fn *seed WEIR_KEEPS,
                                 const weir_fold_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* The same, of items that cost max together at most, each as much as `cost` says (uint64_t); one
 * that costs more goes alone. All three functions are given arg. Source: Akka batchWeighted.
 *
 * Example:
 *     weir_stream *s = weir_batch_weighted(each_ms(1, 9), 6, &last_digit_fn, NULL, &add_fn, NULL);
 *     p(weir_throttle(s, 4 * MS)); // -> 0 6 4 5 6 7 8
 */
WEIR_NEW weir_stream *weir_batch_weighted(weir_stream *source WEIR_TAKES, uint64_t max,
                                          const weir_key_fn *cost WEIR_KEEPS,
                                          const weir_map_fn *seed WEIR_KEEPS,
                                          const weir_fold_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* ---- a source that is fed by hand ---- */

typedef struct weir_queue_handle weir_queue_handle;

/* What is offered, in order; END when the handle, which comes in *queue, is dropped. For the thread
 * that polls: from others, and to wait for room, it is weir_channel().
 * Shape: a source; as many as are asked for. Holds n items. Errors: n == 0; a type that is lent:
 * then *queue is NULL, which takes nothing. With FAIL: LIMIT, fatal, behind the items.
 * Owns: what it holds. *queue is the caller's, to drop. Source: Akka Source.queue, Rx Subject and
 * create.
 *
 * Example:
 *     weir_queue_handle *queue;
 *     weir_stream *s = weir_queue(&weir_type_i64, 8, WEIR_OVERFLOW_BACKPRESSURE, &queue);
 *     p(sent(weir_queue_offer(queue, &(int64_t){7}))); // -> SENT
 *     weir_queue_drop(queue);
 *     p(s); // -> 7
 */
WEIR_NEW weir_stream *weir_queue(const weir_type *type, size_t n, weir_overflow overflow,
                                 weir_queue_handle **queue);

/* SENT, DROPPED (with DROP_NEW), FULL (with BACKPRESSURE), or CLOSED: the stream is dropped, or
 * failed. Owns: takes *item if it is SENT or DROPPED.
 *
 * Example:
 *     weir_queue_handle *queue;
 *     weir_stream *s = weir_queue(&weir_type_i64, 1, WEIR_OVERFLOW_BACKPRESSURE, &queue);
 *     p(sent(weir_queue_offer(queue, &(int64_t){7}))); // -> SENT
 *     p(sent(weir_queue_offer(queue, &(int64_t){8}))); // -> FULL
 *     weir_drop(s);
 *     p(sent(weir_queue_offer(queue, &(int64_t){9}))); // -> CLOSED
 *     weir_queue_drop(queue);
 */
WEIR_SPAWNS
WEIR_API weir_sent weir_queue_offer(weir_queue_handle *queue, const void *item);

/* How many items it dropped so far.
 *
 * Example:
 *     weir_queue_handle *queue;
 *     weir_stream *s = weir_queue(&weir_type_i64, 1, WEIR_OVERFLOW_DROP_HEAD, &queue);
 *     p(sent(weir_queue_offer(queue, &(int64_t){7}))); // -> SENT
 *     p(sent(weir_queue_offer(queue, &(int64_t){8}))); // -> SENT
 *     p(weir_queue_dropped(queue)); // -> 1
 *     weir_queue_drop(queue);
 *     p(s); // -> 8
 */
WEIR_API uint64_t weir_queue_dropped(const weir_queue_handle *queue);

/* The stream fails so behind its items, and takes no more; the handle is still to be dropped.
 *
 * Example:
 *     weir_error error;
 *     weir_queue_handle *queue;
 *     weir_stream *s = weir_queue(&weir_type_i64, 8, WEIR_OVERFLOW_BACKPRESSURE, &queue);
 *     p(sent(weir_queue_offer(queue, &(int64_t){7}))); // -> SENT
 *     weir_queue_fail(queue, weir_error_set(&error, WEIR_E_USER, "no more"));
 *     weir_queue_drop(queue);
 *     p(s); // -> 7 !USER
 */
WEIR_API void weir_queue_fail(weir_queue_handle *queue, const weir_error *error);
WEIR_API void weir_queue_drop(weir_queue_handle *queue WEIR_TAKES);

WEIR_END_C

#endif
