/* weir/outputs.h: one stream into several. The words of the manual are explained in weir/stream.h.
 *
 * Outputs are streams of their own, for any tasks of one worker (weir_spawn_local), or for one
 * task. Whoever polls an output asks the source; what is meant for others waits for them in a room
 * of known size. An output that is not polled fills its room, and then holds the others back, loses
 * items, or is given up, as its stage says. Outputs may be dropped at any time; the source goes
 * with the last one. One under a stage that has ended, weir_take() say, counts as dropped.
 *
 * A fatal error comes to every output, since the items of each are cut short by it. All outputs are
 * polled and dropped on one thread. One source has at most 65536 of them at a time. */
#ifndef WEIR_OUTPUTS_H
#define WEIR_OUTPUTS_H

#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/mark.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* What happens to an output that is slower than the others. */
typedef enum weir_slow {
    WEIR_SLOW_WAIT, /* they wait for it */
    WEIR_SLOW_LAG,  /* it loses its oldest items, and is told how many by an error that goes on */
    WEIR_SLOW_KICK  /* it loses them, and ends with a fatal error */
} weir_slow;

/* Gives each item to n outputs: outputs[0] to outputs[n - 1] are written. The last that reads
 * an item gets it, the others copies (.clone of its type, where it owns something).
 * Shape: as many in as one asks for, up to what is free; up to `capacity` items, errors and
 * marks that somebody has not read are held, once for all.
 * Errors: capacity == 0; lent items; items of which no copy can be made. An error of the
 * source goes to each output in its place; with WAIT no more is asked for until each had it.
 * What was lost: LIMIT, with the number of items as its number. No memory for a copy: one
 * error, for one item.
 * Owns: n == 0 drops the source. A mark goes to each output and is settled when all have;
 * refused over marks unless slow is WAIT.
 * Source: Akka broadcast, with a buffer; Lagged(n) is tokio's.
 *
 * Example:
 *     weir_stream *out[2];
 *     weir_broadcast(weir_range(0, 3), out, 2, 8, WEIR_SLOW_WAIT);
 *     p(out[0]); // -> 0 1 2
 *     p(out[1]); // -> 0 1 2
 */
WEIR_API void weir_broadcast(weir_stream *source WEIR_TAKES, weir_stream **outputs, size_t n,
                             size_t capacity, weir_slow slow);

/* Gives each item to the stream that is returned and to *copy: a broadcast to two that wait
 * for each other.
 * Shape: as broadcast.
 * Errors: as broadcast.
 * Source: Akka alsoTo; Go's TeeReader, for items.
 *
 * Example:
 *     weir_stream *copy, *s = weir_tee(weir_range(0, 3), &copy, 8);
 *     p(s); // -> 0 1 2
 *     p(copy); // -> 0 1 2
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_tee(weir_stream *source WEIR_TAKES, weir_stream **copy, size_t capacity);

/* Shows copies of the items to *tap on their way, and never waits for it: a tap that is slow
 * loses its oldest. Only the stream that is returned asks the source; the tap ends when that
 * one is over, or dropped.
 * Shape: n in, n out; up to `capacity` items are held for the tap.
 * Errors: as broadcast with LAG; an error that goes on comes to both.
 * Owns: marks pass, and the tap gets none.
 * Source: Akka wireTap, whose tap is not told what it lost.
 *
 * Example:
 *     weir_stream *tap, *s = weir_wire_tap(weir_range(0, 9), &tap, 2);
 *     p(s); // -> 0 1 2 3 4 5 6 7 8
 *     p(tap); // -> !LIMIT 7 8
 */
WEIR_PASSES
WEIR_NEW weir_stream *weir_wire_tap(weir_stream *source WEIR_TAKES, weir_stream **tap,
                                    size_t capacity);

/* Gives each item to one of n outputs: to the one that asks first. Each item goes once, and
 * nothing is held, so that a slow output simply gets fewer.
 * Shape: n in, n out; outputs that wait are woken together, and those that had fewer items
 * come first.
 * Errors: lent items. One that goes on comes to one output, as an item would.
 * Owns: n == 0 drops the source. Refused over marks: one output knows nothing of what another
 * has.
 * Source: Akka balance.
 *
 * Example:
 *     weir_stream *out[2];
 *     weir_balance(weir_range(0, 6), out, 2);
 *     p(weir_select(out[0], out[1])); // -> 0 1 2 3 4 5
 */
WEIR_API void weir_balance(weir_stream *source WEIR_TAKES, weir_stream **outputs, size_t n);

/* Gives each item to the output that fn names: a number below n, of type uint64_t, or bool for
 * two.
 * Shape: takes one item at a time; holds up to `capacity` for each output, and one that has no
 * room yet: while there is one nobody goes on. What is meant for an output that was dropped is
 * dropped.
 * Errors: capacity == 0; lent items; fn makes no such number. A number that no output has: one
 * ARGUMENT error, and the item is dropped. One that goes on comes to the output that asks.
 * Owns: n == 0 drops the source. Refused over marks.
 * Source: Akka partition, which has no buffer; divertTo for two. The one that gathers is
 * weir_partition().
 *
 * Example:
 *     weir_stream *out[2];
 *     weir_route(weir_range(0, 6), &parity_fn, NULL, out, 2, 8);
 *     p(out[0]); // -> 0 2 4
 *     p(out[1]); // -> 1 3 5
 */
WEIR_API void weir_route(weir_stream *source WEIR_TAKES, const weir_key_fn *fn WEIR_KEEPS,
                         void *arg WEIR_KEEPS, weir_stream **outputs, size_t n, size_t capacity);

/* What becomes of items whose group was dropped. */
typedef enum weir_closed {
    WEIR_CLOSED_AGAIN, /* they begin a new group */
    WEIR_CLOSED_GONE   /* they are dropped; their key counts among the max for good */
} weir_closed;

/* Gives a stream for each key that comes, of the items for which fn makes that key: { K key;
 * weir_stream *group; } (WEIR_PAIR(K, weir_stream *, tag) is the struct).
 * Shape: takes one item at a time; holds up to `capacity` items for each of up to `max`
 * groups, one item that has no room yet, and one group that was not taken yet: while there is
 * such an item or group nobody goes on, so each group has to be polled, or dropped.
 * Errors: max == 0, capacity == 0; lent items; a key that owns something. A key above max, and
 * no memory for a group: one LIMIT or MEMORY error, and the item is dropped. One that goes on
 * comes with the groups.
 * Behind weir_flat_map_unordered() the limit is no less than max: with fewer, groups wait that
 * nobody polls, and so does all, for ever. To fold each group and give its key with what it came
 * to: examples/group_counts.c.
 * Owns: each group is its taker's, and goes on without the stream of groups; then no new ones
 * come. Refused over marks.
 * Source: Akka groupBy, whose error is fatal.
 *
 * Example:
 *     weir_stream *s = weir_range(0, 9);
 *     p(weir_group_by(s, &parity_fn, NULL, 2, 8, WEIR_CLOSED_GONE)); // -> (0 stream) (1 stream)
 */
WEIR_NEW weir_stream *weir_group_by(weir_stream *source WEIR_TAKES,
                                    const weir_key_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS,
                                    size_t max, size_t capacity, weir_closed closed);

typedef struct weir_sharing weir_sharing;

/* Shares a source among readers that come and go while it runs. Nothing is asked for before
 * there is one, nor while there are none.
 * Shape: as broadcast; the last `replay` items stay when all have read them.
 * Errors: as broadcast; replay > capacity: readers say so. NULL: no memory; a reader of NULL
 * says that.
 * Owns: the source, until this and all readers are dropped. Marks: as broadcast; what is replayed
 * to a late reader may be done already.
 * Source: Rx share and replay(n), Kotlin shareIn (stateIn: LAG with replay 1), Akka
 * BroadcastHub; without readers it waits, and what it has is not lost.
 *
 * Example:
 *     weir_sharing *sharing = weir_share(weir_range(0, 3), 8, WEIR_SLOW_WAIT, 0);
 *     weir_stream *a = weir_share_reader(sharing), *b = weir_share_reader(sharing);
 *     weir_share_drop(sharing);
 *     p(a); // -> 0 1 2
 *     p(b); // -> 0 1 2
 */
WEIR_API weir_sharing *weir_share(weir_stream *source WEIR_TAKES, size_t capacity, weir_slow slow,
                                  size_t replay) WEIR_MUST_USE;

/* Reads from a shared source: up to `replay` of the last items, then what comes.
 * Shape, Errors: as weir_share() says. Owns: the reader is the caller's, and keeps the source.
 *
 * Example:
 *     weir_sharing *sharing = weir_share(weir_range(0, 9), 8, WEIR_SLOW_WAIT, 2);
 *     p(weir_take(weir_share_reader(sharing), 4)); // -> 0 1 2 3
 *     p(weir_share_reader(sharing)); // -> 2 3 4 5 6 7 8
 *     weir_share_drop(sharing);
 */
WEIR_NEW weir_stream *weir_share_reader(weir_sharing *sharing);

/* Lets go of the handle; readers go on without it. NULL: nothing.
 *
 * Example:
 *     weir_sharing *sharing = weir_share(weir_range(0, 3), 8, WEIR_SLOW_WAIT, 0);
 *     weir_stream *reader = weir_share_reader(sharing);
 *     weir_share_drop(sharing);
 *     p(reader); // -> 0 1 2
 */
WEIR_API void weir_share_drop(weir_sharing *sharing WEIR_TAKES);

typedef struct weir_dealing weir_dealing;

/* Deals the items of a source out among readers that come and go while it runs: each to the one
 * whose number fn chooses, of the n that are there. They are numbered from 0 as they came; when
 * one goes, those after it move up. Nothing is asked for before `readers` of them were there at
 * once, nor while there are none.
 * Shape: as route, with a line of up to `capacity` for each reader. What one did not read when it
 * is dropped goes with it.
 * Errors: readers == 0, capacity == 0; lent items: readers say so. A number that no reader has:
 * one ARGUMENT error, and the item is dropped. One that goes on comes to the reader that asks.
 * NULL: no memory; a reader of NULL says that.
 * Owns: the source, until this and all readers are dropped. Refused over marks.
 * Source: Akka PartitionHub, whose buffer is one for all; startAfterNrOfConsumers is `readers`.
 *
 * Example:
 *     weir_dealing *dealing = weir_deal(weir_range(0, 6), &last_digit_of_fn, NULL, 2, 8);
 *     weir_stream *a = weir_deal_reader(dealing), *b = weir_deal_reader(dealing);
 *     weir_deal_drop(dealing);
 *     p(a); // -> 0 2 4
 *     p(b); // -> 1 3 5
 */
WEIR_API weir_dealing *weir_deal(weir_stream *source WEIR_TAKES,
                                 const weir_choose_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS,
                                 size_t readers, size_t capacity) WEIR_MUST_USE;

/* One more reader, with the highest number.
 * Shape, Errors: as weir_deal() says. Owns: the reader is the caller's, and keeps the source.
 *
 * Example:
 *     weir_dealing *dealing = weir_deal(weir_range(0, 6), &last_digit_of_fn, NULL, 1, 8);
 *     weir_stream *only = weir_deal_reader(dealing);
 *     weir_deal_drop(dealing);
 *     p(only); // -> 0 1 2 3 4 5
 */
WEIR_NEW weir_stream *weir_deal_reader(weir_dealing *dealing);

/* Lets go of the handle; readers go on without it, also where they are fewer than it waited for.
 * NULL: nothing.
 *
 * Example:
 *     weir_dealing *dealing = weir_deal(weir_range(0, 3), &last_digit_of_fn, NULL, 2, 8);
 *     weir_stream *only = weir_deal_reader(dealing);
 *     weir_deal_drop(dealing);
 *     p(only); // -> 0 1 2
 */
WEIR_API void weir_deal_drop(weir_dealing *dealing WEIR_TAKES);

/* Ends all outputs of one source as soon as one of them is dropped, after what they hold; the
 * source is dropped at once. `output` is any of them; with another stream nothing happens.
 * Source: Akka eagerCancel.
 *
 * Example:
 *     weir_stream *copy, *s = weir_tee(weir_range(0, 9), &copy, 8);
 *     weir_end_together(s);
 *     weir_drop(copy);
 *     p(s); // ->
 */
WEIR_API void weir_end_together(weir_stream *output);

WEIR_END_C

#endif
