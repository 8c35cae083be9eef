/* send_each: the items of a stream into a channel, as it has room. */

#include <string.h>

#include "core/poll.h"
#include "task/channel.h"

struct send_each {
    weir_stream stream;
    weir_sender *tx; /* NULL: not made, or all is sent */
    struct weir_waiting place;
    void *item;
    bool has_item;
    bool over; /* the item is the last one */
    uint64_t n;
};

static struct send_each *send_each_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct send_each, stream);
}

/* Under the lock: the item goes, or stands in the line. */
static enum weir_place_state offer(struct send_each *self, struct weir_waking *waking)
{
    weir_sender *tx = self->tx;
    if (self->place.state != WEIR_PLACE_OUTSIDE)
        return self->place.state;
    if (tx->closed)
        return WEIR_PLACE_REFUSED;
    self->place.item = self->item;
    weir_waiters_join(&tx->line, &self->place);
    weir_channel_refill(tx, waking);
    return self->place.state;
}

/* READY: it is sent. */
static weir_poll send(struct send_each *self, weir_cx *cx)
{
    weir_sender *tx = self->tx;
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&tx->shared);
    enum weir_place_state state = offer(self, &waking);
    if (state == WEIR_PLACE_WAITS)
        return weir_shared_wait_waking(&tx->shared, cx, &self->place.waker, WEIR_WAIT_ROOM,
                                       &waking);
    weir_shared_unlock(&tx->shared, &waking);
    if (state == WEIR_PLACE_REFUSED)
        return weir_fail(cx, WEIR_E_CLOSED, "the channel of '%s' is closed", tx->type->name);
    self->place.state = WEIR_PLACE_OUTSIDE;
    self->has_item = false;
    self->n++;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll next(struct send_each *self, weir_cx *cx)
{
    weir_poll got = poll_next(weir_source(&self->stream), cx, self->item, 1);
    self->has_item = got.n;
    self->over = got.state == WEIR_END;
    return got;
}

/* It keeps the channel open no longer. What waits in the line for room is not sent, unless it was
 * served and nobody was told. */
static void let_go(struct send_each *self)
{
    weir_sender *tx = self->tx;
    struct weir_waking waking = {0};
    if (!tx)
        return;
    self->tx = NULL;
    weir_shared_lock(&tx->shared);
    weir_waiters_leave(&tx->line, &self->place);
    bool sent = self->place.state == WEIR_PLACE_SERVED;
    weir_shared_unlock(&tx->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    if (self->has_item && !sent)
        weir_type_drop_items(tx->type, self->item, 1);
    weir_sender_drop(tx);
}

static weir_poll send_each_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct send_each *self = send_each_of(stream);
    (void)demand;
    for (bool begun = false;; begun = true) {
        if (self->has_item) {
            weir_poll sent = send(self, cx);
            if (sent.state != WEIR_READY)
                return sent;
        }
        if (!self->over && !weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = self->over ? (weir_poll){0, WEIR_END} : next(self, cx);
        if (self->over && !self->has_item)
            break;
        if (!got.n)
            return got;
    }
    let_go(self);
    *(uint64_t *)out = self->n;
    return (weir_poll){1, WEIR_END};
}

static void send_each_fini(weir_stream *stream)
{
    let_go(send_each_of(stream));
}

static void send_each_holding(const weir_stream *stream, weir_holding *out)
{
    out->shared = send_each_of(stream)->tx;
}

static const weir_stream_ops send_each_ops = {.size = sizeof send_each_ops,
                                              .name = "send_each",
                                              .holding = send_each_holding,
                                              .poll_next = send_each_poll_next,
                                              .fini = send_each_fini,
                                              .size_hint = weir_size_hint_one};

static weir_stream *expect_channel(weir_stream *source, const weir_sender *tx)
{
    source = weir_expect_owned(source, "send_each");
    if (weir_stage_failed(&source->stage))
        return source;
    if (tx)
        return weir_expect_alike(source, "send_each", "to a channel", tx->type);
    return weir_stream_refuse(&source->stage, WEIR_E_CLOSED,
                              "a look at the error of weir_channel()", "%s: there is no channel",
                              "send_each", NULL, 0);
}

weir_stream *weir_send_each(weir_stream *source, weir_sender *tx)
{
    source = expect_channel(source, tx);
    const weir_type *type = source->type;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct send_each), &send_each_ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct send_each *self = send_each_of(stream);
    self->item = weir_arena_take(stream->stage.arena, type->size, type->align);
    if (!self->item)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  "send_each", NULL, 0);
    self->tx = weir_sender_ref(tx);
    stream->stage.one = true;
    return stream;
}
