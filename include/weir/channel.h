/* weir/channel.h: what tasks, and threads, tell each other by: channels, one-shot channels,
 * channels to many, a newest value, semaphores, mutexes, events.
 *
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 64, &tx);
 *     ... weir_await(weir_send(tx, &number), NULL, &error) ...     in a fiber, or on a thread
 *     weir_sender_drop(tx);                                        rx ends behind what was sent
 *
 * From another task, with the marks of a source of messages (weir/mark.h):
 *
 *     weir_stream *rx = weir_marked_channel(&weir_type_owned_line, 64, &tx);
 *     weir_stream *pump = weir_spawn(weir_send_each(weir_own(lines), tx));
 *     weir_sender_drop(tx);                                        rx ends when pump does
 *
 * All functions here may be called from any thread, but for those of a stream or a future, which
 * belongs to whoever polls it. None may be called from a signal handler: raise a flag there. Each
 * thing has one lock, held for moments; who waits stands in a line, first come, first served, and
 * gives its place up when its future is dropped. In a fork's child they are as dead as its parent's
 * threads. */
#ifndef WEIR_CHANNEL_H
#define WEIR_CHANNEL_H

#include "weir/buffer.h"
#include "weir/implement.h"
#include "weir/outputs.h"

WEIR_BEGIN_C

/* ---- a channel: many senders, one receiver ---- */

typedef struct weir_sender weir_sender;

/* Items that others send, in the order they were sent; END when all senders are dropped, or it was
 * closed, and nothing is left. The first sender comes in *tx.
 * Shape: a source; a batch under one lock. Holds `capacity` items, whatever the number of senders.
 * Errors: capacity 0; a type that is lent. Then *tx is NULL, which is like a closed one.
 * Owns: the items it holds, dropped with it. *tx is the caller's, to drop.
 * Source: tokio mpsc. The capacity is exact (futures has a place more for each sender); there is no
 * unbounded one. The receiver of futures, tokio-stream (ReceiverStream) and async-std is the stream
 * itself here.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 8, &tx);
 *     p(sent(weir_try_send(tx, &(int64_t){7}))); // -> SENT
 *     weir_sender_drop(tx);
 *     p(rx); // -> 7
 */
WEIR_NEW weir_stream *weir_channel(const weir_type *type, size_t capacity, weir_sender **tx);

/* The same with room for marks (weir/mark.h): those that come to weir_send_each() between its items
 * have places of their own among the `capacity`, and the stream gives them in their order. Each
 * sender's marks are about its own items.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_marked_channel(&weir_type_i64, 8, &tx);
 *     weir_drop(weir_spawn(weir_send_each(weir_range(0, 3), tx)));
 *     weir_sender_drop(tx);
 *     p(weir_settle_here(rx)); // -> 0 1 2
 */
WEIR_NEW weir_stream *weir_marked_channel(const weir_type *type, size_t capacity, weir_sender **tx);

/* One sender more (tokio: clone): the same pointer, which is to be dropped once more. One less;
 * after the last one the receiver ends. NULL: nothing.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 8, &tx);
 *     weir_sender_drop(weir_sender_ref(tx));
 *     p(weir_sender_is_closed(tx)); // -> false
 *     weir_sender_drop(tx);
 *     p(rx); // ->
 */
WEIR_API weir_sender *weir_sender_ref(weir_sender *tx);
WEIR_API void weir_sender_drop(weir_sender *tx WEIR_TAKES);

/* Nothing is sent any more, by any sender; what is there already is still received. Who waits to
 * send is told at once. Source: futures close_channel.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 8, &tx);
 *     weir_sender_close(tx);
 *     p(sent(weir_try_send(tx, &(int64_t){7}))); // -> CLOSED
 *     weir_sender_drop(tx);
 *     weir_drop(rx);
 */
WEIR_API void weir_sender_close(weir_sender *tx);

/* It was closed, by either side, or its receiver is dropped.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 8, &tx);
 *     p(weir_sender_is_closed(tx)); // -> false
 *     weir_drop(rx);
 *     p(weir_sender_is_closed(tx)); // -> true
 *     weir_sender_drop(tx);
 */
WEIR_API bool weir_sender_is_closed(weir_sender *tx);

/* The same from the receiver's side: it goes on with what is there, and what permits still send.
 * What is no weir_channel() ends the program by its name. Source: tokio Receiver::close.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 8, &tx);
 *     p(sent(weir_try_send(tx, &(int64_t){7}))); // -> SENT
 *     weir_receiver_close(rx);
 *     p(sent(weir_try_send(tx, &(int64_t){8}))); // -> CLOSED
 *     p(rx); // -> 7
 *     weir_sender_drop(tx);
 */
WEIR_API void weir_receiver_close(weir_stream *rx);

/* Done when the channel is closed or its receiver is dropped: who makes items may stop.
 * Shape: a future of unit. It is no sender. Source: tokio Sender::closed.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_drop(weir_channel(&weir_type_i64, 8, &tx));
 *     p(weir_sender_closed(tx)); // -> done
 *     weir_sender_drop(tx);
 */
WEIR_NEW weir_stream *weir_sender_closed(weir_sender *tx);

/* Sends an item when there is room, and those before it in the line have theirs.
 * Shape: a future of unit; stands in the line from its first poll on. It counts as a sender until
 * it is over.
 * Errors: CLOSED when nobody receives any more.
 * Owns: takes *item. Dropped unfinished it drops its item, which was not sent; or ask for it with
 * weir_send_back(). tx NULL: refused, the item stays the caller's.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 1, &tx);
 *     p(weir_send(tx, &(int64_t){7})); // -> done
 *     weir_sender_drop(tx);
 *     p(rx); // -> 7
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_send(weir_sender *tx, const void *item WEIR_TAKES);

/* Sends each item of a stream, as there is room; the channel stays open for others.
 * Shape: a future of the number of items, uint64_t; holds one item. It counts as a sender until it
 * is over.
 * Errors: stops at the first one of its source; CLOSED when nobody receives any more: the item in
 * hand is dropped. Lent items; items of another type; a source that gives marks, if the channel has
 * no room for them. tx NULL: refused.
 * Marks: those of its source are settled where this is polled, when the receiver's side settled
 * what went into the channel in their place; 1024 may be open. It is over when all are.
 * Source: futures forward, into a channel.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 1, &tx);
 *     weir_stream *pump = weir_spawn(weir_send_each(weir_range(0, 3), tx));
 *     weir_sender_drop(tx);
 *     p(rx); // -> 0 1 2
 *     p(pump); // -> 3
 */
WEIR_ITEM(uint64_t)
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_send_each(weir_stream *source WEIR_TAKES, weir_sender *tx);

/* Takes the item of a weir_send() back that is not sent, because it is given up or failed: true, it
 * is in *out, and the future only has to be dropped. False: it is sent.
 *
 * Example:
 *     int64_t x = 7, out = 0;
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 1, &tx);
 *     weir_stream *send = weir_send(tx, &x);
 *     p(weir_send_back(send, &out)); // -> true
 *     p(out); // -> 7
 *     weir_drop(send);
 *     weir_drop(rx);
 *     weir_sender_drop(tx);
 */
WEIR_API bool weir_send_back(weir_stream *send, void *out);

/* Sends an item if there is room now. tx NULL: CLOSED. Owns: takes *item if it is SENT.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 1, &tx);
 *     p(sent(weir_try_send(tx, &(int64_t){7}))); // -> SENT
 *     p(sent(weir_try_send(tx, &(int64_t){8}))); // -> FULL
 *     weir_drop(rx);
 *     p(sent(weir_try_send(tx, &(int64_t){9}))); // -> CLOSED
 *     weir_sender_drop(tx);
 */
WEIR_SPAWNS
WEIR_API weir_sent weir_try_send(weir_sender *tx, const void *item);

/* The same for a thread that has no runtime: blocks it until there is room. Never FULL. Where a
 * poll or a fiber would be blocked the program ends, by the name of this.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 1, &tx);
 *     p(sent(weir_send_blocking(tx, &(int64_t){7}))); // -> SENT
 *     weir_sender_drop(tx);
 *     p(rx); // -> 7
 */
WEIR_SPAWNS
WEIR_BLOCKS
WEIR_API weir_sent weir_send_blocking(weir_sender *tx, const void *item);

/* Room for one item, kept until it is sent or given up; it is a sender too. */
typedef struct weir_permit {
    weir_sender *tx; /* NULL: used */
} weir_permit;
WEIR_API extern const weir_type weir_type_permit; /* weir_permit, owned */

/* A place in the line without an item: make it when there is room for it. weir_permit_send: uses
 * the permit up, and never waits; works in a channel that was closed meanwhile too. CLOSED: its
 * receiver is dropped, and item and permit are still the caller's.
 * Shape: a future of a weir_permit. Errors: CLOSED. Owns: the permit is the caller's, to use or to
 * drop (weir_permit_drop). Source: tokio reserve_owned.
 *
 * Example:
 *     weir_permit permit;
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 1, &tx);
 *     p(answer(weir_await(weir_reserve(tx), &permit, NULL))); // -> READY
 *     p(sent(weir_try_send(tx, &(int64_t){7}))); // -> FULL
 *     p(sent(weir_permit_send(&permit, &(int64_t){8}))); // -> SENT
 *     weir_permit_drop(&permit); // nothing: it is used up
 *     weir_sender_drop(tx);
 *     p(rx); // -> 8
 */
WEIR_ITEM(weir_permit)
WEIR_NEW weir_stream *weir_reserve(weir_sender *tx);
WEIR_SPAWNS
WEIR_API weir_sent weir_permit_send(weir_permit *permit, const void *item);
WEIR_API void weir_permit_drop(weir_permit *permit);

/* Knows the channel, and does not keep it open. Each that weir_sender_weak() gives is to be dropped
 * once. weir_weak_sender_upgrade: a sender, to be dropped; NULL: there is none any more.
 *
 * Example:
 *     weir_sender *tx;
 *     weir_stream *rx = weir_channel(&weir_type_i64, 1, &tx);
 *     weir_weak_sender *weak = weir_sender_weak(tx);
 *     weir_sender_drop(tx);
 *     p(yes(weir_weak_sender_upgrade(weak))); // -> no
 *     p(rx); // ->
 *     weir_weak_sender_drop(weak);
 */
typedef struct weir_weak_sender weir_weak_sender;
WEIR_API weir_weak_sender *weir_sender_weak(weir_sender *tx);
WEIR_API void weir_weak_sender_drop(weir_weak_sender *weak WEIR_TAKES);
WEIR_API weir_sender *weir_weak_sender_upgrade(weir_weak_sender *weak);

/* ---- one item, once ---- */

typedef struct weir_oneshot_sender weir_oneshot_sender;

/* An item that somebody else sends, once. The one who does has *tx.
 * Shape: a future. Errors: CANCELLED when the sender was dropped without; a type that is lent: then
 * *tx is NULL. The sender may go to another thread inside of an item of a weir_channel(), as the
 * way back of a request: examples/request_reply.c.
 * Owns: the item until it is asked for. Source: futures and tokio oneshot.
 *
 * Example:
 *     weir_oneshot_sender *tx;
 *     weir_stream *rx = weir_oneshot(&weir_type_i64, &tx);
 *     p(sent(weir_oneshot_send(tx, &(int64_t){7}))); // -> SENT
 *     p(rx); // -> 7
 */
WEIR_NEW weir_stream *weir_oneshot(const weir_type *type, weir_oneshot_sender **tx);

/* CLOSED: nobody waits for it, and the item is still the caller's. Never FULL.
 *
 * Example:
 *     weir_oneshot_sender *tx;
 *     weir_drop(weir_oneshot(&weir_type_i64, &tx));
 *     p(sent(weir_oneshot_send(tx, &(int64_t){7}))); // -> CLOSED
 */
WEIR_SPAWNS
WEIR_API weir_sent weir_oneshot_send(weir_oneshot_sender *tx WEIR_TAKES, const void *item);

/* Goes away without: the receiver is told. NULL: nothing.
 *
 * Example:
 *     weir_oneshot_sender *tx;
 *     weir_stream *rx = weir_oneshot(&weir_type_i64, &tx);
 *     weir_oneshot_drop(tx);
 *     p(rx); // -> !CANCELLED
 */
WEIR_API void weir_oneshot_drop(weir_oneshot_sender *tx WEIR_TAKES);

/* Nobody waits for the item: who makes it may stop. weir_oneshot_closed: the same to be awaited,
 * beside the work. Shape: a future of unit. Source: tokio Sender::closed, futures cancellation.
 *
 * Example:
 *     weir_oneshot_sender *tx;
 *     weir_drop(weir_oneshot(&weir_type_i64, &tx));
 *     p(weir_oneshot_is_closed(tx)); // -> true
 *     p(weir_oneshot_closed(tx)); // -> done
 *     weir_oneshot_drop(tx);
 */
WEIR_API bool weir_oneshot_is_closed(weir_oneshot_sender *tx);
WEIR_NEW weir_stream *weir_oneshot_closed(weir_oneshot_sender *tx);

/* ---- a channel to many, and a newest value ---- */

typedef struct weir_broadcaster weir_broadcaster;

/* Items that others send, each to each receiver there is then; this is the first one, and the first
 * sender comes in *tx. END when all senders are dropped, and what was sent is read.
 * weir_broadcast_subscribe: one receiver more, of what is sent from now on. weir_broadcaster_ref:
 * one sender more, the same pointer, which is to be dropped once more. weir_broadcaster_drop: one
 * less; NULL: nothing.
 * Shape: a source; one item a poll. Holds `capacity` items for all receivers together, each in
 * memory of its own, until the last receiver has read it: that one gets it, the others a copy
 * (weir_type.clone; of what owns nothing its bytes).
 * Errors: LIMIT where items were lost (LAG, or KICK, which is fatal): error.number says how many.
 * MEMORY, not fatal: one item is lost to this receiver. capacity 0; a type that is lent, or owns
 * something and has no clone; then *tx is NULL. Source: tokio broadcast (LAG); async-std and Go
 * have none. weir_broadcast() does the same to a stream, on one thread.
 *
 * Example:
 *     weir_broadcaster *tx;
 *     weir_stream *a = weir_broadcast_channel(&weir_type_i64, 8, WEIR_SLOW_WAIT, &tx);
 *     weir_stream *b = weir_broadcast_subscribe(tx);
 *     weir_broadcaster_drop(weir_broadcaster_ref(tx));
 *     p(sent(weir_broadcast_try_send(tx, &(int64_t){7}))); // -> SENT
 *     weir_broadcaster_drop(tx);
 *     p(a); // -> 7
 *     p(b); // -> 7
 */
WEIR_NEW weir_stream *weir_broadcast_channel(const weir_type *type, size_t capacity, weir_slow slow,
                                             weir_broadcaster **tx);
WEIR_NEW weir_stream *weir_broadcast_subscribe(weir_broadcaster *tx);
WEIR_API weir_broadcaster *weir_broadcaster_ref(weir_broadcaster *tx);
WEIR_API void weir_broadcaster_drop(weir_broadcaster *tx WEIR_TAKES);

/* FULL: the slowest receiver has to read first (WAIT). CLOSED: there is no receiver now; one may
 * subscribe later.
 *
 * Example:
 *     weir_broadcaster *tx;
 *     weir_stream *rx = weir_broadcast_channel(&weir_type_i64, 1, WEIR_SLOW_WAIT, &tx);
 *     p(sent(weir_broadcast_try_send(tx, &(int64_t){7}))); // -> SENT
 *     p(sent(weir_broadcast_try_send(tx, &(int64_t){8}))); // -> FULL
 *     weir_drop(rx);
 *     p(sent(weir_broadcast_try_send(tx, &(int64_t){9}))); // -> CLOSED
 *     weir_broadcaster_drop(tx);
 */
WEIR_SPAWNS
WEIR_API weir_sent weir_broadcast_try_send(weir_broadcaster *tx, const void *item);

/* The same to be awaited: stands in a line where it has to wait; LAG never does.
 * Shape: a future of unit. Errors: CLOSED, MEMORY. Owns: takes *item, which is dropped with it when
 * it was not sent.
 *
 * Example:
 *     weir_broadcaster *tx;
 *     weir_stream *rx = weir_broadcast_channel(&weir_type_i64, 1, WEIR_SLOW_LAG, &tx);
 *     p(weir_broadcast_send(tx, &(int64_t){7})); // -> done
 *     p(weir_broadcast_send(tx, &(int64_t){8})); // -> done
 *     weir_broadcaster_drop(tx);
 *     p(rx); // -> !LIMIT 8
 */
WEIR_SPAWNS
WEIR_NEW weir_stream *weir_broadcast_send(weir_broadcaster *tx, const void *item WEIR_TAKES);

typedef struct weir_watch weir_watch;

/* A value that changes, for those who want the newest one. NULL: no memory.
 * Owns: takes *first. Source: tokio watch.
 *
 * Example:
 *     weir_watch *watch = weir_watch_new(&weir_type_i64, &(int64_t){7});
 *     weir_stream *rx = weir_watch_subscribe(watch);
 *     p(weir_watch_send(watch, &(int64_t){8})); // -> true
 *     weir_watch_drop(watch);
 *     p(rx); // -> 8
 */
WEIR_API weir_watch *weir_watch_new(const weir_type *type,
                                    const void *first WEIR_TAKES) WEIR_MUST_USE;

/* The value as it is now, and then each time it changed since it was asked: those that were
 * replaced meanwhile are not seen, the last one always is. END when the watch is dropped.
 * Shape: a source; one item a poll, a copy of it (weir_type.clone).
 * Errors: MEMORY, not fatal: the copy is lost. A type that is lent, or owns something and has no
 * clone. Source: tokio-stream WatchStream.
 *
 * Example:
 *     weir_watch *watch = weir_watch_new(&weir_type_i64, &(int64_t){7});
 *     weir_stream *rx = weir_watch_subscribe(watch);
 *     p(weir_take(weir_by_ref(rx), 1)); // -> 7
 *     p(weir_watch_send(watch, &(int64_t){8})); // -> true
 *     p(weir_watch_send(watch, &(int64_t){9})); // -> true
 *     weir_watch_drop(watch);
 *     p(rx); // -> 9
 */
WEIR_NEW weir_stream *weir_watch_subscribe(weir_watch *watch);

/* The new value; false: no memory, and the item is still the caller's. weir_watch_look: a copy of
 * the newest one; false: no memory, or it owns something and has no clone. weir_watch_drop: its
 * receivers end behind the value that is there.
 *
 * Example:
 *     int64_t x;
 *     weir_watch *watch = weir_watch_new(&weir_type_i64, &(int64_t){7});
 *     p(weir_watch_send(watch, &(int64_t){8})); // -> true
 *     p(weir_watch_look(watch, &x)); // -> true
 *     p(x); // -> 8
 *     weir_watch_drop(watch);
 */
WEIR_API bool weir_watch_send(weir_watch *watch, const void *item) WEIR_MUST_USE;
WEIR_API bool weir_watch_look(weir_watch *watch, void *out) WEIR_MUST_USE;
WEIR_API void weir_watch_drop(weir_watch *watch WEIR_TAKES);

/* ---- a semaphore, and a mutex ---- */

typedef struct weir_semaphore weir_semaphore;

/* n permits; dropping it gives them back. */
typedef struct weir_semaphore_permit {
    weir_semaphore *semaphore; /* NULL: given back */
    size_t n;
} weir_semaphore_permit;
WEIR_API extern const weir_type weir_type_semaphore_permit; /* weir_semaphore_permit, owned */

/* So many permits (0 is fine, with weir_semaphore_add()). NULL: no memory. Dropping it leaves it to
 * those who wait and to permits. Source: tokio Semaphore.
 *
 * Example:
 *     weir_semaphore *two = weir_semaphore_new(2);
 *     p(weir_semaphore_free(two)); // -> 2
 *     weir_semaphore_drop(two);
 */
WEIR_API weir_semaphore *weir_semaphore_new(size_t permits) WEIR_MUST_USE;
WEIR_API void weir_semaphore_drop(weir_semaphore *semaphore WEIR_TAKES);

/* Waits for n permits at once, in the line: who wants less does not overtake who wants more.
 * Shape: a future of a weir_semaphore_permit. Errors: n == 0; CLOSED. One that is dropped leaves
 * the line. More than there ever are is waited for for ever.
 *
 * Example:
 *     weir_semaphore_permit permit;
 *     weir_semaphore *two = weir_semaphore_new(2);
 *     p(answer(weir_await(weir_semaphore_acquire(two, 1), &permit, NULL))); // -> READY
 *     p(weir_semaphore_free(two)); // -> 1
 *     weir_semaphore_permit_drop(&permit);
 *     p(weir_semaphore_free(two)); // -> 2
 *     weir_semaphore_drop(two);
 */
WEIR_ITEM(weir_semaphore_permit)
WEIR_NEW weir_stream *weir_semaphore_acquire(weir_semaphore *semaphore, size_t n);

/* True: *out has them. False: there are not so many, others wait before, or it is closed.
 * weir_semaphore_permit_drop: gives them back, once.
 *
 * Example:
 *     weir_semaphore_permit permit;
 *     weir_semaphore *two = weir_semaphore_new(2);
 *     p(weir_semaphore_try_acquire(two, 3, &permit)); // -> false
 *     p(weir_semaphore_try_acquire(two, 2, &permit)); // -> true
 *     weir_semaphore_permit_drop(&permit);
 *     weir_semaphore_drop(two);
 */
WEIR_API bool weir_semaphore_try_acquire(weir_semaphore *semaphore, size_t n,
                                         weir_semaphore_permit *out) WEIR_MUST_USE;
WEIR_API void weir_semaphore_permit_drop(weir_semaphore_permit *permit);

/* n permits more than there were; weir_semaphore_free: how many are free, one moment's number.
 *
 * Example:
 *     weir_semaphore *some = weir_semaphore_new(0);
 *     weir_semaphore_add(some, 3);
 *     p(weir_semaphore_free(some)); // -> 3
 *     weir_semaphore_drop(some);
 */
WEIR_API void weir_semaphore_add(weir_semaphore *semaphore, size_t n);
WEIR_API size_t weir_semaphore_free(weir_semaphore *semaphore);

/* Nobody is given a permit any more; who waits fails at once.
 *
 * Example:
 *     weir_semaphore *two = weir_semaphore_new(2);
 *     weir_semaphore_close(two);
 *     p(weir_semaphore_acquire(two, 1)); // -> !CLOSED
 *     weir_semaphore_drop(two);
 */
WEIR_API void weir_semaphore_close(weir_semaphore *semaphore);

typedef struct weir_mutex weir_mutex;

/* Whose turn it is: the value is theirs until the guard is dropped. */
typedef struct weir_mutex_guard {
    weir_mutex *mutex; /* NULL: unlocked */
    void *value;
} weir_mutex_guard;
WEIR_API extern const weir_type weir_type_mutex_guard; /* weir_mutex_guard, owned */

/* A value that one at a time may use, over waits too: nothing is blocked meanwhile. For what is
 * held over no wait a plain lock is cheaper. NULL: no memory.
 * Owns: takes *value; dropped with the last guard. Source: tokio and futures Mutex.
 *
 * Example:
 *     weir_mutex_guard guard;
 *     weir_mutex *mutex = weir_mutex_new(&weir_type_i64, &(int64_t){7});
 *     p(answer(weir_await(weir_mutex_lock(mutex), &guard, NULL))); // -> READY
 *     p(*(int64_t *)guard.value); // -> 7
 *     weir_mutex_unlock(&guard);
 *     weir_mutex_drop(mutex);
 */
WEIR_API weir_mutex *weir_mutex_new(const weir_type *type,
                                    const void *value WEIR_TAKES) WEIR_MUST_USE;
WEIR_API void weir_mutex_drop(weir_mutex *mutex WEIR_TAKES);

/* Waits in the line; weir_mutex_try_lock() does not, and answers false where it would have to.
 * weir_mutex_unlock(&guard) ends the turn.
 * Shape: a future of a weir_mutex_guard. Owns: the guard is the caller's, to unlock once.
 *
 * Example:
 *     weir_mutex_guard one, two;
 *     weir_mutex *mutex = weir_mutex_new(&weir_type_i64, &(int64_t){7});
 *     p(weir_mutex_try_lock(mutex, &one)); // -> true
 *     p(weir_mutex_try_lock(mutex, &two)); // -> false
 *     weir_mutex_unlock(&one);
 *     weir_mutex_drop(mutex);
 */
WEIR_ITEM(weir_mutex_guard)
WEIR_NEW weir_stream *weir_mutex_lock(weir_mutex *mutex);
WEIR_API bool weir_mutex_try_lock(weir_mutex *mutex, weir_mutex_guard *out) WEIR_MUST_USE;
WEIR_API void weir_mutex_unlock(weir_mutex_guard *guard);

/* ---- events ---- */

/* Automatic: one of those who wait is told, and it is clear again; with nobody waiting it stays set
 * for the next one (tokio Notify::notify_one). Manual: it stays set, and all are told, until
 * weir_event_clear(). */
typedef enum weir_event_reset { WEIR_EVENT_AUTOMATIC, WEIR_EVENT_MANUAL } weir_event_reset;

typedef struct weir_event weir_event;

/* NULL: no memory. Dropping it leaves it to those who wait.
 *
 * Example:
 *     weir_event *event = weir_event_new(WEIR_EVENT_AUTOMATIC);
 *     weir_event_set(event);
 *     p(weir_event_wait(event)); // -> done
 *     p(weir_event_is_set(event)); // -> false
 *     weir_event_drop(event);
 */
WEIR_API weir_event *weir_event_new(weir_event_reset reset) WEIR_MUST_USE;
WEIR_API void weir_event_drop(weir_event *event WEIR_TAKES);

/* It happened; it has not, after weir_event_clear(). Set twice before anybody sees it is once: what
 * must be counted goes through a weir_channel(), where events of several threads come in the order
 * they arrived.
 *
 * Example:
 *     weir_event *event = weir_event_new(WEIR_EVENT_MANUAL);
 *     weir_event_set(event);
 *     p(weir_event_is_set(event)); // -> true
 *     weir_event_clear(event);
 *     p(weir_event_is_set(event)); // -> false
 *     weir_event_drop(event);
 */
WEIR_API void weir_event_set(weir_event *event);
WEIR_API void weir_event_clear(weir_event *event);
WEIR_API bool weir_event_is_set(weir_event *event);

/* Done when it is set. Dropped before it knew, it hands the event on to the next one.
 * Shape: a future of unit; who waited first is told first.
 *
 * Example:
 *     weir_event *event = weir_event_new(WEIR_EVENT_MANUAL);
 *     p(weir_timeout(weir_event_wait(event), 10 * MS)); // -> !TIMEOUT
 *     weir_event_set(event);
 *     p(weir_event_wait(event)); // -> done
 *     weir_event_drop(event);
 */
WEIR_NEW weir_stream *weir_event_wait(weir_event *event);

/* A unit each time it is set and this is asked; it has no end. A manual one gives units without a
 * pause until it is cleared. Source: node's events.on, for events that carry nothing.
 *
 * Example:
 *     weir_event *event = weir_event_new(WEIR_EVENT_AUTOMATIC);
 *     weir_event_set(event);
 *     p(weir_take(weir_event_stream(event), 1)); // -> done
 *     weir_event_drop(event);
 */
WEIR_NEW weir_stream *weir_event_stream(weir_event *event);

WEIR_END_C

#endif
