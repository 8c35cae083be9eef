/* How items get into a channel: at once, by a thread that waits, as a future; room for one that is
 * kept; and how senders are told that nobody receives any more. */

#include <string.h>

#include "core/poll.h"
#include "task/channel.h"

/* ---- sending at once ---- */

static weir_sent sent_under_lock(weir_sender *tx, const void *item, struct weir_waking *waking)
{
    if (tx->closed)
        return WEIR_SENT_CLOSED;
    if (!weir_channel_has_room(tx))
        return WEIR_SENT_FULL;
    weir_channel_put(tx, item, waking);
    return WEIR_SENT;
}

weir_sent weir_try_send(weir_sender *tx, const void *item)
{
    struct weir_waking waking;
    if (!tx)
        return WEIR_SENT_CLOSED;
    weir_waking_begin(&waking);
    weir_shared_lock(&tx->shared);
    weir_sent sent = sent_under_lock(tx, item, &waking);
    weir_shared_unlock(&tx->shared, &waking);
    return sent;
}

weir_sent weir_send_blocking(weir_sender *tx, const void *item)
{
    struct weir_waiting one = {.item = (void *)(uintptr_t)item};
    struct weir_waking waking = {0};
    if (!tx)
        return WEIR_SENT_CLOSED;
    if (!weir_may_block())
        weir_misuse("weir_send_blocking", "would block a thread that polls: await weir_send()");
    weir_shared_lock(&tx->shared);
    weir_sent sent = sent_under_lock(tx, item, &waking);
    if (sent == WEIR_SENT_FULL) {
        weir_waiters_join(&tx->line, &one);
        weir_waiting_block(&tx->shared, &one);
        sent = one.state == WEIR_PLACE_SERVED ? WEIR_SENT : WEIR_SENT_CLOSED;
    }
    weir_shared_unlock(&tx->shared, &waking);
    return sent;
}

/* ---- sending and reserving, as futures ---- */

struct send {
    weir_stream stream;
    weir_sender *tx; /* NULL: not made, it is sent, or a permit has it */
    struct weir_waiting place;
    void *item; /* NULL: sent, given back, or there is none */
};

static struct send *send_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct send, stream);
}

/* Under the lock. */
static void send_begin(struct send *self, struct weir_waking *waking)
{
    weir_sender *tx = self->tx;
    self->place.item = self->item;
    if (tx->closed)
        self->place.state = WEIR_PLACE_REFUSED;
    else
        weir_waiters_join(&tx->line, &self->place);
    if (weir_channel_has_room(tx))
        weir_channel_refill(tx, waking);
}

/* READY: it is sent, or there is room for it. */
static weir_poll send_wait(struct send *self, weir_cx *cx)
{
    weir_sender *tx = self->tx;
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&tx->shared);
    if (self->place.state == WEIR_PLACE_OUTSIDE)
        send_begin(self, &waking);
    if (self->place.state == WEIR_PLACE_WAITS)
        return weir_shared_wait_waking(&tx->shared, cx, &self->place.waker, WEIR_WAIT_ROOM,
                                       &waking);
    bool served = self->place.state == WEIR_PLACE_SERVED;
    weir_shared_unlock(&tx->shared, &waking);
    if (served)
        return (weir_poll){0, WEIR_READY};
    weir_fail(cx, WEIR_E_CLOSED, "the channel of '%s' is closed", tx->type->name);
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll send_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct send *self = send_of(stream);
    (void)demand;
    if (!self->item)
        return (weir_poll){0, WEIR_END}; /* it was taken back */
    weir_poll got = send_wait(self, cx);
    if (got.state != WEIR_READY)
        return got;
    weir_sender *tx = self->tx;
    self->item = NULL;
    self->tx = NULL;
    weir_sender_drop(tx); /* which may be the last: the receiver ends, though this is still there */
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static weir_poll reserve_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct send *self = send_of(stream);
    (void)demand;
    weir_poll got = send_wait(self, cx);
    if (got.state != WEIR_READY)
        return got;
    *(weir_permit *)out = (weir_permit){self->tx};
    self->tx = NULL;
    return (weir_poll){1, WEIR_END};
}

/* It leaves the line. True: it had been served. */
static bool withdraw(struct send *self)
{
    weir_sender *tx = self->tx;
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&tx->shared);
    weir_waiters_leave(&tx->line, &self->place);
    bool served = self->place.state == WEIR_PLACE_SERVED;
    weir_waker_slot waker = self->place.waker;
    self->place.waker.waker = NULL;
    weir_shared_unlock(&tx->shared, &waking);
    weir_waker_slot_clear(&waker);
    return served;
}

static void give_room_back(weir_sender *tx)
{
    struct weir_waking waking = {0};
    weir_shared_lock(&tx->shared);
    weir_channel_give_back(tx, &waking);
    weir_shared_unlock(&tx->shared, &waking);
    weir_sender_drop(tx);
}

static void send_fini(weir_stream *stream)
{
    struct send *self = send_of(stream);
    if (!self->tx)
        return;
    if (!withdraw(self) && self->item)
        weir_type_drop_items(self->tx->type, self->item, 1);
    weir_sender_drop(self->tx);
}

static void reserve_fini(weir_stream *stream)
{
    struct send *self = send_of(stream);
    if (!self->tx)
        return;
    if (withdraw(self))
        give_room_back(self->tx);
    else
        weir_sender_drop(self->tx);
}

static const weir_stream_ops send_ops = {.size = sizeof send_ops,
                                         .name = "send",
                                         .poll_next = send_poll_next,
                                         .fini = send_fini,
                                         .size_hint = weir_size_hint_one};
static const weir_stream_ops reserve_ops = {.size = sizeof reserve_ops,
                                            .name = "reserve",
                                            .poll_next = reserve_poll_next,
                                            .fini = reserve_fini,
                                            .size_hint = weir_size_hint_one};

static weir_stream *send_no_channel(const char *name)
{
    return weir_stream_refused(WEIR_E_CLOSED, "a look at the error of weir_channel()",
                               "%s: there is no channel", name, NULL, 0);
}

weir_stream *weir_send(weir_sender *tx, const void *item)
{
    if (!tx)
        return send_no_channel("send");
    const weir_type *type = tx->type;
    size_t spare = type->align > WEIR_ALIGN ? type->align : 0;
    size_t bytes = weir_behind(sizeof(struct send), WEIR_ALIGN) + spare + type->size;
    weir_stream *stream = weir_source_new(bytes, &send_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage)) {
        weir_type_drop_items(type, (void *)(uintptr_t)item, 1);
        return stream;
    }
    struct send *self = send_of(stream);
    uintptr_t behind = (uintptr_t)self + sizeof *self;
    self->item = (char *)self + sizeof *self + (-behind & (type->align - 1));
    memcpy(self->item, item, type->size);
    self->tx = weir_sender_ref(tx);
    stream->stage.one = true;
    return stream;
}

weir_stream *weir_reserve(weir_sender *tx)
{
    if (!tx)
        return send_no_channel("reserve");
    weir_stream *stream = weir_source_new(sizeof(struct send), &reserve_ops, &weir_type_permit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    send_of(stream)->tx = weir_sender_ref(tx);
    stream->stage.one = true;
    return stream;
}

bool weir_send_back(weir_stream *send, void *out)
{
    if (weir_stage_failed(&send->stage))
        return false;
    if (send->ops != &send_ops)
        weir_misuse(weir_stage_name(&send->stage), "is no weir_send(), and has nothing to give "
                                                   "back");
    struct send *self = send_of(send);
    if (!self->item || withdraw(self))
        return false;
    memcpy(out, self->item, self->tx->type->size);
    self->item = NULL;
    return true;
}

/* ---- permits ---- */

static void send_permit_drop(const weir_type *type, void *item)
{
    (void)type;
    weir_permit_drop(item);
}

const weir_type weir_type_permit = WEIR_TYPE_OWNING(weir_permit, send_permit_drop);

weir_sent weir_permit_send(weir_permit *permit, const void *item)
{
    struct weir_waking waking = {0};
    weir_sender *tx = permit->tx;
    if (!tx)
        return WEIR_SENT_CLOSED;
    weir_shared_lock(&tx->shared);
    bool gone = tx->gone;
    if (!gone) {
        tx->reserved--;
        weir_channel_put(tx, item, &waking);
    }
    weir_shared_unlock(&tx->shared, &waking);
    if (gone)
        return WEIR_SENT_CLOSED;
    permit->tx = NULL;
    weir_sender_drop(tx);
    return WEIR_SENT;
}

void weir_permit_drop(weir_permit *permit)
{
    weir_sender *tx = permit->tx;
    permit->tx = NULL;
    if (tx)
        give_room_back(tx);
}

/* ---- to be told that nobody receives any more ---- */

static weir_poll send_closed_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct send *self = send_of(stream);
    weir_sender *tx = self->tx;
    struct weir_waking waking = {0};
    (void)demand;
    weir_shared_lock(&tx->shared);
    if (!tx->closed) {
        if (self->place.state == WEIR_PLACE_OUTSIDE)
            weir_waiters_join(&tx->watchers, &self->place);
        return weir_shared_wait(&tx->shared, cx, &self->place.waker, WEIR_WAIT_PEER);
    }
    weir_shared_unlock(&tx->shared, &waking);
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void send_closed_fini(weir_stream *stream)
{
    struct send *self = send_of(stream);
    weir_sender *tx = self->tx;
    struct weir_waking waking = {0};
    if (!tx)
        return;
    weir_shared_lock(&tx->shared);
    weir_waiters_leave(&tx->watchers, &self->place);
    weir_shared_unlock(&tx->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    weir_shared_unref(&tx->shared);
}

static const weir_stream_ops send_closed_ops = {.size = sizeof send_closed_ops,
                                                .name = "sender_closed",
                                                .poll_next = send_closed_poll_next,
                                                .fini = send_closed_fini,
                                                .size_hint = weir_size_hint_one};

weir_stream *weir_sender_closed(weir_sender *tx)
{
    if (!tx)
        return send_no_channel("sender_closed");
    weir_stream *stream = weir_source_new(sizeof(struct send), &send_closed_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_shared_ref(&tx->shared); /* it is no sender: it only looks */
    send_of(stream)->tx = tx;
    stream->stage.one = true;
    return stream;
}
