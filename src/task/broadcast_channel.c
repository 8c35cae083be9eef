/* broadcast_channel: each receiver gets each item that is sent from then on.
 *
 * A ring of boxes, counted from the first that was ever sent. Each knows how many receivers have
 * still to read it: never more than the one behind it, since who has not read the older one has not
 * read the newer one either. So boxes leave the ring in order. */

#include <string.h>

#include "core/poll.h"
#include "task/box.h"
#include "task/expect.h"
#include "task/waiters.h"
#include "weir/channel.h"

struct broadcast_channel_slot {
    struct weir_box *box;
    size_t left; /* receivers that have not read it */
};

struct weir_broadcaster {
    struct weir_shared shared; /* first */
    const weir_type *type;
    weir_slow slow;
    size_t capacity;
    struct broadcast_channel_slot *ring;
    uint64_t first, next; /* in the ring: first .. next - 1 */
    size_t senders, receivers;
    struct weir_waiters room;  /* senders, when a receiver is slow */
    struct weir_waiters items; /* receivers, when there is nothing */
};

/* ---- the ring, under the lock ---- */

static struct broadcast_channel_slot *broadcast_channel_slot_of(const weir_broadcaster *self,
                                                                uint64_t at)
{
    return &self->ring[at % self->capacity];
}

static bool broadcast_channel_is_full(const weir_broadcaster *self)
{
    return self->next - self->first == self->capacity;
}

static struct weir_box *broadcast_channel_pop(weir_broadcaster *self, struct weir_box *behind)
{
    struct weir_box *box = broadcast_channel_slot_of(self, self->first++)->box;
    box->next = behind;
    return box;
}

/* Returns what had to go for it. There is a receiver. */
static struct weir_box *broadcast_channel_push(weir_broadcaster *self, struct weir_box *box)
{
    struct weir_box *old =
        broadcast_channel_is_full(self) ? broadcast_channel_pop(self, NULL) : NULL;
    *broadcast_channel_slot_of(self, self->next++) =
        (struct broadcast_channel_slot){box, self->receivers};
    return old;
}

/* Those who stand in the line send, as far as there is room. */
static void broadcast_channel_refill(weir_broadcaster *self, struct weir_waking *waking)
{
    bool some = false;
    while (self->room.first && !broadcast_channel_is_full(self) && self->receivers) {
        if (weir_waking_is_full(waking)) {
            weir_shared_unlock(&self->shared, waking);
            weir_shared_lock(&self->shared);
            continue;
        }
        broadcast_channel_push(self, self->room.first->item);
        weir_waiters_serve(&self->room, WEIR_PLACE_SERVED, waking);
        some = true;
    }
    if (some)
        weir_waiters_serve_all(&self->shared, &self->items, WEIR_PLACE_SERVED, waking);
}

/* ---- senders ---- */

static void broadcaster_fini(struct weir_shared *shared)
{
    weir_broadcaster *self = (weir_broadcaster *)(void *)shared;
    weir_release(self->ring, self->capacity * sizeof *self->ring);
}

weir_broadcaster *weir_broadcaster_ref(weir_broadcaster *tx)
{
    struct weir_waking waking = {0};
    if (!tx)
        return NULL;
    weir_shared_ref(&tx->shared);
    weir_shared_lock(&tx->shared);
    tx->senders++;
    weir_shared_unlock(&tx->shared, &waking);
    return tx;
}

void weir_broadcaster_drop(weir_broadcaster *tx)
{
    struct weir_waking waking = {0};
    if (!tx)
        return;
    weir_shared_lock(&tx->shared);
    if (!--tx->senders)
        weir_waiters_serve_all(&tx->shared, &tx->items, WEIR_PLACE_SERVED, &waking);
    weir_shared_unlock(&tx->shared, &waking);
    weir_shared_unref(&tx->shared);
}

/* Under the lock; SENT: *box is what had to go. */
static weir_sent send_box(weir_broadcaster *tx, struct weir_box **box, struct weir_waking *waking)
{
    if (!tx->receivers)
        return WEIR_SENT_CLOSED;
    if (tx->slow == WEIR_SLOW_WAIT && broadcast_channel_is_full(tx))
        return WEIR_SENT_FULL;
    *box = broadcast_channel_push(tx, *box);
    weir_waiters_serve_all(&tx->shared, &tx->items, WEIR_PLACE_SERVED, waking);
    return WEIR_SENT;
}

weir_sent weir_broadcast_try_send(weir_broadcaster *tx, const void *item)
{
    struct weir_waking waking = {0};
    if (!tx)
        return WEIR_SENT_CLOSED;
    struct weir_box *box = weir_box_new(tx->type, item);
    if (!box)
        return WEIR_SENT_NO_MEMORY;
    weir_shared_lock(&tx->shared);
    weir_sent sent = send_box(tx, &box, &waking);
    weir_shared_unlock(&tx->shared, &waking);
    if (sent == WEIR_SENT)
        weir_box_unref_all(box);
    else
        weir_box_leave(box);
    return sent;
}

struct sending {
    weir_stream stream;
    weir_broadcaster *tx; /* NULL: not made */
    struct weir_waiting place;
    struct weir_box *box; /* NULL: sent */
};

static struct sending *sending_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct sending, stream);
}

/* Under the lock. SENT: self->box is what had to go. */
static weir_sent sending_begin(struct sending *self, struct weir_waking *waking)
{
    enum weir_place_state state = self->place.state;
    if (state == WEIR_PLACE_SERVED)
        self->box = NULL;
    if (state != WEIR_PLACE_OUTSIDE)
        return state == WEIR_PLACE_SERVED  ? WEIR_SENT
               : state == WEIR_PLACE_WAITS ? WEIR_SENT_FULL
                                           : WEIR_SENT_CLOSED;
    weir_sent sent = send_box(self->tx, &self->box, waking);
    self->place.item = self->box;
    if (sent == WEIR_SENT_FULL)
        weir_waiters_join(&self->tx->room, &self->place);
    return sent;
}

static weir_poll sending_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct sending *self = sending_of(stream);
    struct weir_waking waking = {0};
    (void)demand;
    weir_shared_lock(&self->tx->shared);
    weir_sent sent = sending_begin(self, &waking);
    if (sent == WEIR_SENT_FULL)
        return weir_shared_wait(&self->tx->shared, cx, &self->place.waker, WEIR_WAIT_ROOM);
    weir_shared_unlock(&self->tx->shared, &waking);
    if (sent == WEIR_SENT_CLOSED)
        return weir_fail(cx, WEIR_E_CLOSED, "nobody receives the '%s'", self->tx->type->name);
    weir_box_unref_all(self->box);
    self->box = NULL;
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void sending_fini(weir_stream *stream)
{
    struct sending *self = sending_of(stream);
    struct weir_waking waking = {0};
    if (!self->tx)
        return;
    weir_shared_lock(&self->tx->shared);
    weir_waiters_leave(&self->tx->room, &self->place);
    bool served = self->place.state == WEIR_PLACE_SERVED;
    weir_shared_unlock(&self->tx->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    weir_box_unref_all(served ? NULL : self->box);
    weir_broadcaster_drop(self->tx);
}

/* What is sent, or what had to go for it. */
static size_t sending_memory_max(const weir_stream *stream)
{
    const struct sending *self = sending_of(stream);
    return self->tx ? weir_box_bytes(self->tx->type) : 0;
}

static const weir_stream_ops sending_ops = {.size = sizeof sending_ops,
                                            .name = "broadcast_send",
                                            .poll_next = sending_poll_next,
                                            .fini = sending_fini,
                                            .size_hint = weir_size_hint_one,
                                            .memory_max = sending_memory_max};

static weir_stream *broadcast_channel_no_channel(void)
{
    return weir_stream_refused(WEIR_E_CLOSED, "a look at the error of weir_broadcast_channel()",
                               "broadcast: there is no channel", NULL, NULL, 0);
}

weir_stream *weir_broadcast_send(weir_broadcaster *tx, const void *item)
{
    if (!tx)
        return broadcast_channel_no_channel();
    weir_stream *stream = weir_source_new(sizeof(struct sending), &sending_ops, &weir_type_unit);
    struct weir_box *box = weir_box_new(tx->type, item);
    if (!box)
        stream = weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for an item",
                                    NULL, NULL, 0);
    if (weir_stage_failed(&stream->stage)) {
        if (box)
            weir_box_unref(box);
        else
            weir_type_drop_items(tx->type, (void *)(uintptr_t)item, 1);
        return stream;
    }
    sending_of(stream)->tx = weir_broadcaster_ref(tx);
    sending_of(stream)->box = box;
    stream->stage.one = true;
    return stream;
}

/* ---- receivers ---- */

struct broadcast_channel_receiver {
    weir_stream stream;
    weir_broadcaster *channel; /* NULL: not made */
    uint64_t at;               /* what it reads next */
    struct weir_waiting place;
};

static struct broadcast_channel_receiver *broadcast_channel_receiver_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct broadcast_channel_receiver, stream);
}

/* Under the lock; there is one. The last of its readers takes it out of the ring. */
static struct weir_box *broadcast_channel_read_one(struct broadcast_channel_receiver *self)
{
    struct broadcast_channel_slot *slot = broadcast_channel_slot_of(self->channel, self->at++);
    struct weir_box *box = slot->box;
    if (--slot->left)
        weir_box_ref(box);
    else
        broadcast_channel_pop(self->channel, NULL);
    return box;
}

static weir_poll lagged(struct broadcast_channel_receiver *self, weir_cx *cx, uint64_t missed)
{
    weir_fail(cx, WEIR_E_LIMIT, "%llu items of '%s' were sent before they were read, %zu are kept",
              (unsigned long long)missed, self->stream.type->name, self->channel->capacity);
    cx->error.number = (int64_t)missed;
    cx->error.cure = "a faster receiver, or a larger capacity";
    cx->error.fatal = self->channel->slow == WEIR_SLOW_KICK;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll broadcast_channel_take(struct broadcast_channel_receiver *self, weir_cx *cx,
                                        struct weir_box *box, void *out)
{
    if (weir_box_take(box, out))
        return (weir_poll){1, WEIR_READY};
    weir_fail(cx, WEIR_E_MEMORY, "no memory for a copy of the '%s'", self->stream.type->name);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll broadcast_channel_receiver_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                                      size_t demand)
{
    struct broadcast_channel_receiver *self = broadcast_channel_receiver_of(stream);
    weir_broadcaster *channel = self->channel;
    struct weir_waking waking = {0};
    struct weir_box *box = NULL;
    uint64_t missed = 0;
    (void)demand;
    weir_shared_lock(&channel->shared);
    if (self->at < channel->first) {
        missed = channel->first - self->at;
        self->at = channel->first;
    } else if (self->at < channel->next) {
        box = broadcast_channel_read_one(self);
        broadcast_channel_refill(channel, &waking);
    } else if (channel->senders) {
        if (self->place.state != WEIR_PLACE_WAITS)
            weir_waiters_join(&channel->items, &self->place);
        return weir_shared_wait(&channel->shared, cx, &self->place.waker, WEIR_WAIT_ITEM);
    }
    weir_shared_unlock(&channel->shared, &waking);
    return missed ? lagged(self, cx, missed)
           : box  ? broadcast_channel_take(self, cx, box, out)
                  : (weir_poll){0, WEIR_END};
}

/* Under the lock. What it would have read: boxes that nobody else waits for are to be let go. */
static struct weir_box *broadcast_channel_leave(struct broadcast_channel_receiver *self)
{
    weir_broadcaster *channel = self->channel;
    struct weir_box *old = NULL;
    channel->receivers--;
    for (uint64_t at = self->at > channel->first ? self->at : channel->first; at < channel->next;
         at++)
        broadcast_channel_slot_of(channel, at)->left--;
    while (channel->first < channel->next &&
           !broadcast_channel_slot_of(channel, channel->first)->left)
        old = broadcast_channel_pop(channel, old);
    return old;
}

static void broadcast_channel_receiver_fini(weir_stream *stream)
{
    struct broadcast_channel_receiver *self = broadcast_channel_receiver_of(stream);
    weir_broadcaster *channel = self->channel;
    struct weir_waking waking = {0};
    if (!channel)
        return;
    weir_shared_lock(&channel->shared);
    weir_waiters_leave(&channel->items, &self->place);
    struct weir_box *old = broadcast_channel_leave(self);
    if (channel->receivers)
        broadcast_channel_refill(channel, &waking);
    else
        weir_waiters_serve_all(&channel->shared, &channel->room, WEIR_PLACE_REFUSED, &waking);
    weir_shared_unlock(&channel->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    weir_box_unref_all(old);
    weir_shared_unref(&channel->shared);
}

/* And one whose item each receiver is copying. */
static size_t broadcast_channel_receiver_memory_max(const weir_stream *stream)
{
    const weir_broadcaster *channel = broadcast_channel_receiver_of(stream)->channel;
    size_t bytes, one;
    if (!channel)
        return 0;
    one = sizeof(struct broadcast_channel_slot) + weir_box_bytes(channel->type);
    if (__builtin_mul_overflow(channel->capacity + 1, one, &bytes))
        return SIZE_MAX;
    return bytes + sizeof *channel;
}

static void broadcast_channel_receiver_holding(const weir_stream *stream, weir_holding *out)
{
    const struct broadcast_channel_receiver *self = broadcast_channel_receiver_of(stream);
    struct weir_waking waking = {0};
    weir_shared_lock(&self->channel->shared);
    uint64_t n = self->channel->next - self->at;
    out->max = self->channel->capacity;
    out->n = n < out->max ? n : out->max;
    weir_shared_unlock(&self->channel->shared, &waking);
}

static const weir_stream_ops broadcast_channel_receiver_ops = {
    .size = sizeof broadcast_channel_receiver_ops,
    .name = "broadcast_channel",
    .holding = broadcast_channel_receiver_holding,
    .poll_next = broadcast_channel_receiver_poll_next,
    .fini = broadcast_channel_receiver_fini,
    .memory_max = broadcast_channel_receiver_memory_max};

static weir_stream *broadcast_channel_attach(weir_stream *rx, weir_broadcaster *channel)
{
    struct weir_waking waking = {0};
    weir_shared_ref(&channel->shared);
    weir_shared_lock(&channel->shared);
    broadcast_channel_receiver_of(rx)->channel = channel;
    broadcast_channel_receiver_of(rx)->at = channel->next;
    channel->receivers++;
    weir_shared_unlock(&channel->shared, &waking);
    return rx;
}

weir_stream *weir_broadcast_subscribe(weir_broadcaster *tx)
{
    if (!tx)
        return broadcast_channel_no_channel();
    weir_stream *rx = weir_source_new(sizeof(struct broadcast_channel_receiver),
                                      &broadcast_channel_receiver_ops, tx->type);
    return weir_stage_failed(&rx->stage) ? rx : broadcast_channel_attach(rx, tx);
}

static weir_broadcaster *broadcaster_new(const weir_type *type, size_t capacity, weir_slow slow)
{
    size_t bytes;
    if (__builtin_mul_overflow(capacity, sizeof(struct broadcast_channel_slot), &bytes))
        return NULL;
    struct broadcast_channel_slot *ring = weir_allocate(bytes);
    weir_broadcaster *self = ring ? weir_shared_new(sizeof *self, broadcaster_fini) : NULL;
    if (!self) {
        weir_release(ring, bytes);
        return NULL;
    }
    self->type = type;
    self->slow = slow;
    self->capacity = capacity;
    self->ring = ring;
    self->senders = 1;
    return self;
}

weir_stream *weir_broadcast_channel(const weir_type *type, size_t capacity, weir_slow slow,
                                    weir_broadcaster **tx)
{
    *tx = NULL;
    weir_stream *rx = weir_source_new(sizeof(struct broadcast_channel_receiver),
                                      &broadcast_channel_receiver_ops, type);
    rx = weir_expect_limit(rx, "broadcast_channel", "capacity", capacity);
    rx = weir_expect_cloned(rx, "broadcast_channel");
    if (weir_stage_failed(&rx->stage))
        return rx;
    *tx = broadcaster_new(type, capacity, slow);
    if (*tx)
        return broadcast_channel_attach(rx, *tx);
    return weir_stream_refuse(&rx->stage, WEIR_E_MEMORY, "a smaller capacity",
                              "no memory for a channel of %zu items", NULL, NULL, capacity);
}
