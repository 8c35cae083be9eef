/* channel: the ring, the counts of its senders, and the receiver, which is a stream. */

#include "task/channel.h"

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "task/expect.h"

/* ---- the ring, under the lock ---- */

static size_t channel_place_of(const weir_sender *channel, size_t nth)
{
    size_t at = channel->first + nth;
    return at - (at >= channel->capacity ? channel->capacity : 0);
}

static char *channel_slot_of(const weir_sender *channel, size_t nth)
{
    return channel->items + channel_place_of(channel, nth) * channel->type->size;
}

/* The receiver is woken for the first one: behind that it has not slept yet. */
void weir_channel_put(weir_sender *channel, const void *item, struct weir_waking *waking)
{
    weir_item_move(channel_slot_of(channel, channel->n++), item, channel->type->size);
    weir_waking_add(waking, &channel->receiver);
}

void weir_channel_put_mark(weir_sender *channel, weir_mark *mark, struct weir_waking *waking)
{
    channel->reserved--;
    channel->marks[channel_place_of(channel, channel->n++)] = mark;
    weir_waking_add(waking, &channel->receiver);
}

/* Room goes to those who stand in the line. One place of `waking` is the receiver's. */
void weir_channel_refill(weir_sender *channel, struct weir_waking *waking)
{
    while (channel->line.first && weir_channel_has_room(channel) && !channel->closed) {
        if (waking->n + 1 >= WEIR_WAKING_MAX) {
            weir_shared_unlock(&channel->shared, waking);
            weir_shared_lock(&channel->shared);
            continue;
        }
        struct weir_waiting *one = channel->line.first;
        if (one->item)
            weir_channel_put(channel, one->item, waking);
        else
            channel->reserved++;
        weir_waiters_serve(&channel->line, WEIR_PLACE_SERVED, waking);
    }
}

void weir_channel_give_back(weir_sender *channel, struct weir_waking *waking)
{
    channel->reserved--;
    weir_channel_refill(channel, waking);
    if (weir_channel_is_over(channel))
        weir_waking_add(waking, &channel->receiver);
}

static void take_many(const weir_sender *channel, char *out, size_t n)
{
    size_t size = channel->type->size, straight = channel->capacity - channel->first;
    straight = straight < n ? straight : n;
    memcpy(out, channel_slot_of(channel, 0), straight * size);
    memcpy(out + straight * size, channel->items, (n - straight) * size);
}

static inline void channel_pass(weir_sender *channel, size_t n)
{
    channel->first += n;
    channel->first -= channel->first >= channel->capacity ? channel->capacity : 0;
    channel->n -= n;
}

static inline uint32_t channel_take(weir_sender *channel, char *out, size_t demand)
{
    size_t n = demand < channel->n ? demand : channel->n;
    if (WEIR_LIKELY(n == 1))
        weir_item_move(out, channel->items + channel->first * channel->type->size,
                       channel->type->size);
    else if (n)
        take_many(channel, out, n);
    channel_pass(channel, n);
    return (uint32_t)n;
}

/* The first in the ring; NULL: it is an item, or nothing. */
static weir_mark *channel_take_mark(weir_sender *channel)
{
    weir_mark *mark = channel->marks[channel->first];
    channel->marks[channel->first] = NULL;
    if (mark)
        channel_pass(channel, 1);
    return mark;
}

/* Those that stand before the first mark. */
static uint32_t take_to_mark(weir_sender *channel, char *out, size_t demand)
{
    size_t n = 0;
    while (n < demand && n < channel->n && !channel->marks[channel_place_of(channel, n)])
        n++;
    take_many(channel, out, n);
    channel_pass(channel, n);
    return (uint32_t)n;
}

/* ---- its ends ---- */

static void channel_fini(struct weir_shared *shared)
{
    weir_sender *channel = (weir_sender *)(void *)shared;
    weir_release(channel->items, channel->capacity * channel->type->size);
    weir_release(channel->marks, channel->capacity * sizeof(weir_mark *));
}

/* Under the lock, which is given back. */
static void close_and_unlock(weir_sender *channel, struct weir_waking *waking)
{
    channel->closed = true;
    weir_waking_add(waking, &channel->receiver);
    weir_waiters_serve_all(&channel->shared, &channel->line, WEIR_PLACE_REFUSED, waking);
    weir_waiters_serve_all(&channel->shared, &channel->watchers, WEIR_PLACE_SERVED, waking);
    weir_shared_unlock(&channel->shared, waking);
}

static void close_channel(weir_sender *channel)
{
    struct weir_waking waking = {0};
    weir_shared_lock(&channel->shared);
    close_and_unlock(channel, &waking);
}

weir_sender *weir_sender_ref(weir_sender *tx)
{
    if (!tx)
        return NULL;
    struct weir_waking waking;
    weir_shared_ref(&tx->shared);
    weir_waking_begin(&waking);
    weir_shared_lock(&tx->shared);
    tx->senders++;
    weir_shared_unlock(&tx->shared, &waking);
    return tx;
}

void weir_sender_drop(weir_sender *tx)
{
    struct weir_waking waking;
    if (!tx)
        return;
    weir_waking_begin(&waking);
    weir_shared_lock(&tx->shared);
    if (!--tx->senders)
        weir_waking_add(&waking, &tx->receiver);
    weir_shared_unlock(&tx->shared, &waking);
    weir_shared_unref(&tx->shared);
}

void weir_sender_close(weir_sender *tx)
{
    if (tx)
        close_channel(tx);
}

bool weir_sender_is_closed(weir_sender *tx)
{
    struct weir_waking waking = {0};
    if (!tx)
        return true;
    weir_shared_lock(&tx->shared);
    bool closed = tx->closed;
    weir_shared_unlock(&tx->shared, &waking);
    return closed;
}

/* ---- senders that do not count ---- */

weir_weak_sender *weir_sender_weak(weir_sender *tx)
{
    if (tx)
        weir_shared_ref(&tx->shared);
    return (weir_weak_sender *)(void *)tx;
}

weir_sender *weir_weak_sender_upgrade(weir_weak_sender *weak)
{
    struct weir_waking waking = {0};
    weir_sender *tx = (weir_sender *)(void *)weak;
    if (!tx)
        return NULL;
    weir_shared_lock(&tx->shared);
    bool counts = tx->senders;
    tx->senders += counts;
    weir_shared_unlock(&tx->shared, &waking);
    if (!counts)
        return NULL;
    weir_shared_ref(&tx->shared);
    return tx;
}

void weir_weak_sender_drop(weir_weak_sender *weak)
{
    if (weak)
        weir_shared_unref(&((weir_sender *)(void *)weak)->shared);
}

/* ---- the receiver ---- */

struct channel_receiver {
    weir_stream stream;
    weir_sender *channel; /* NULL: not made */
};

static struct channel_receiver *channel_receiver_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct channel_receiver, stream);
}

static weir_poll channel_receiver_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                            size_t demand)
{
    weir_sender *channel = channel_receiver_of(stream)->channel;
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&channel->shared);
    uint32_t n = channel_take(channel, out, demand);
    bool over = weir_channel_is_over(channel);
    if (!n && !over)
        return weir_shared_wait(&channel->shared, cx, &channel->receiver, WEIR_WAIT_ITEM);
    if (channel->line.first)
        weir_channel_refill(channel, &waking);
    weir_shared_unlock(&channel->shared, &waking);
    return (weir_poll){n, over ? WEIR_END : WEIR_READY};
}

/* The same, up to a mark; or the mark. */
static weir_poll channel_marked_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                          size_t demand)
{
    weir_sender *channel = channel_receiver_of(stream)->channel;
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&channel->shared);
    weir_mark *mark = channel_take_mark(channel);
    uint32_t n = mark ? 0 : take_to_mark(channel, out, demand);
    bool over = weir_channel_is_over(channel);
    if (!mark && !n && !over)
        return weir_shared_wait(&channel->shared, cx, &channel->receiver,
                                channel->starved ? WEIR_WAIT_MARKS : WEIR_WAIT_ITEM);
    if (channel->line.first)
        weir_channel_refill(channel, &waking);
    weir_shared_unlock(&channel->shared, &waking);
    if (mark)
        return weir_mark_give(cx, mark);
    return (weir_poll){n, over ? WEIR_END : WEIR_READY};
}

/* So many that nobody receives any more. */
static void drop_left(const weir_sender *channel, size_t first, size_t n)
{
    for (size_t at = first; n; n--, at = at + 1 < channel->capacity ? at + 1 : 0) {
        if (channel->marks && channel->marks[at])
            weir_mark_settle(channel->marks[at], false);
        else
            weir_type_drop_items(channel->type, channel->items + at * channel->type->size, 1);
    }
}

/* It takes what is left out of the ring, and drops it when the lock is given back. */
static void channel_receiver_fini(weir_stream *stream)
{
    weir_sender *channel = channel_receiver_of(stream)->channel;
    struct weir_waking waking = {0};
    if (!channel)
        return;
    weir_shared_lock(&channel->shared);
    size_t first = channel->first, n = channel->n;
    channel->n = 0;
    channel->gone = true;
    weir_waker_slot waker = channel->receiver;
    channel->receiver.waker = NULL;
    close_and_unlock(channel, &waking);
    weir_waker_slot_clear(&waker);
    drop_left(channel, first, n);
    weir_shared_unref(&channel->shared);
}

static weir_hint receiver_size_hint(const weir_stream *stream)
{
    weir_sender *channel = channel_receiver_of(stream)->channel;
    struct weir_waking waking = {0};
    weir_shared_lock(&channel->shared);
    weir_hint hint = {channel->marks ? 0 : channel->n, WEIR_HINT_UNKNOWN};
    if (channel->closed || !channel->senders)
        hint.upper = channel->n + channel->reserved;
    weir_shared_unlock(&channel->shared, &waking);
    return hint;
}

static size_t channel_receiver_memory_max(const weir_stream *stream)
{
    const weir_sender *channel = channel_receiver_of(stream)->channel;
    if (!channel)
        return 0;
    size_t marks = channel->marks ? sizeof(weir_mark *) : 0;
    return sizeof *channel + channel->capacity * (channel->type->size + marks);
}

static void channel_receiver_holding(const weir_stream *stream, weir_holding *out)
{
    weir_sender *channel = channel_receiver_of(stream)->channel;
    struct weir_waking waking = {0};
    weir_shared_lock(&channel->shared);
    out->n = channel->n;
    out->max = channel->capacity;
    out->shared = channel;
    weir_shared_unlock(&channel->shared, &waking);
}

static const weir_stream_ops channel_receiver_ops = {.size = sizeof channel_receiver_ops,
                                                     .name = "channel",
                                                     .holding = channel_receiver_holding,
                                                     .poll_next = channel_receiver_poll_next,
                                                     .fini = channel_receiver_fini,
                                                     .size_hint = receiver_size_hint,
                                                     .memory_max = channel_receiver_memory_max};

static const weir_stream_ops channel_marked_ops = {.size = sizeof channel_marked_ops,
                                                   .name = "channel",
                                                   .holding = channel_receiver_holding,
                                                   .poll_next = channel_marked_poll_next,
                                                   .fini = channel_receiver_fini,
                                                   .size_hint = receiver_size_hint,
                                                   .memory_max = channel_receiver_memory_max};

void weir_receiver_close(weir_stream *rx)
{
    if (weir_stage_failed(&rx->stage))
        return;
    if (rx->ops != &channel_receiver_ops && rx->ops != &channel_marked_ops)
        weir_misuse(weir_stage_name(&rx->stage), "is no weir_channel(), and cannot be closed");
    close_channel(channel_receiver_of(rx)->channel);
}

/* NULL: no memory. */
static weir_sender *channel_new(const weir_type *type, size_t capacity)
{
    size_t bytes;
    if (__builtin_mul_overflow(capacity, type->size, &bytes))
        return NULL;
    weir_sender *channel = weir_shared_new(sizeof *channel, channel_fini);
    if (!channel)
        return NULL;
    channel->type = type;
    channel->senders = 1;
    channel->items = weir_allocate_aligned(bytes, type->align);
    channel->capacity = channel->items ? capacity : 0;
    if (channel->items)
        return channel;
    channel->shared.fini = NULL;
    weir_shared_unref(&channel->shared);
    return NULL;
}

static weir_sender *marked_new(const weir_type *type, size_t capacity)
{
    weir_sender *channel = channel_new(type, capacity);
    size_t bytes;
    if (!channel)
        return NULL;
    if (!__builtin_mul_overflow(capacity, sizeof(weir_mark *), &bytes))
        channel->marks = weir_allocate(bytes);
    if (channel->marks) {
        memset(channel->marks, 0, bytes);
        return channel;
    }
    weir_shared_unref(&channel->shared);
    return NULL;
}

static weir_stream *channel_over(const weir_stream_ops *ops, const weir_type *type, size_t capacity,
                                 weir_sender **tx)
{
    bool marked = ops == &channel_marked_ops;
    *tx = NULL;
    weir_stream *rx = weir_source_new(sizeof(struct channel_receiver), ops, type);
    rx = weir_expect_limit(rx, ops->name, "capacity", capacity);
    rx = weir_expect_held(rx, ops->name);
    if (weir_stage_failed(&rx->stage))
        return rx;
    rx->stage.marked = marked;
    weir_sender *channel = marked ? marked_new(type, capacity) : channel_new(type, capacity);
    if (!channel)
        return weir_stream_refuse(&rx->stage, WEIR_E_MEMORY, "a smaller capacity",
                                  "no memory for a channel of %zu items", NULL, NULL, capacity);
    weir_shared_ref(&channel->shared);
    channel_receiver_of(rx)->channel = channel;
    *tx = channel;
    return rx;
}

weir_stream *weir_channel(const weir_type *type, size_t capacity, weir_sender **tx)
{
    return channel_over(&channel_receiver_ops, type, capacity, tx);
}

weir_stream *weir_marked_channel(const weir_type *type, size_t capacity, weir_sender **tx)
{
    return channel_over(&channel_marked_ops, type, capacity, tx);
}
