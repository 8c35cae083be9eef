/* oneshot: one item from somebody to somebody else. */

#include <string.h>

#include "core/poll.h"
#include "task/expect.h"
#include "task/waiters.h"
#include "weir/channel.h"

struct weir_oneshot_sender {
    struct weir_shared shared; /* first */
    const weir_type *type;
    void *item; /* NULL: not sent, or taken; else it is `place` */
    void *place;
    bool over; /* the sender is gone */
    bool gone; /* the receiver is */
    weir_waker_slot receiver;
    struct weir_waiters watchers;
};

struct oneshot {
    weir_stream stream;
    weir_oneshot_sender *tx; /* NULL: not made */
    struct weir_waiting place;
};

static struct oneshot *oneshot_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct oneshot, stream);
}

/* ---- the sender ---- */

weir_sent weir_oneshot_send(weir_oneshot_sender *tx, const void *item)
{
    struct weir_waking waking = {0};
    if (!tx)
        return WEIR_SENT_CLOSED;
    weir_shared_lock(&tx->shared);
    bool gone = tx->gone;
    tx->over = true;
    if (!gone)
        tx->item = memcpy(tx->place, item, tx->type->size);
    weir_waking_add(&waking, &tx->receiver);
    weir_shared_unlock(&tx->shared, &waking);
    weir_shared_unref(&tx->shared);
    return gone ? WEIR_SENT_CLOSED : WEIR_SENT;
}

void weir_oneshot_drop(weir_oneshot_sender *tx)
{
    struct weir_waking waking = {0};
    if (!tx)
        return;
    weir_shared_lock(&tx->shared);
    tx->over = true;
    weir_waking_add(&waking, &tx->receiver);
    weir_shared_unlock(&tx->shared, &waking);
    weir_shared_unref(&tx->shared);
}

bool weir_oneshot_is_closed(weir_oneshot_sender *tx)
{
    struct weir_waking waking = {0};
    if (!tx)
        return true;
    weir_shared_lock(&tx->shared);
    bool gone = tx->gone;
    weir_shared_unlock(&tx->shared, &waking);
    return gone;
}

static weir_poll oneshot_closed_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                          size_t demand)
{
    struct oneshot *self = oneshot_of(stream);
    struct weir_waking waking = {0};
    (void)demand;
    weir_shared_lock(&self->tx->shared);
    if (!self->tx->gone) {
        if (self->place.state == WEIR_PLACE_OUTSIDE)
            weir_waiters_join(&self->tx->watchers, &self->place);
        return weir_shared_wait(&self->tx->shared, cx, &self->place.waker, WEIR_WAIT_PEER);
    }
    weir_shared_unlock(&self->tx->shared, &waking);
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void oneshot_closed_fini(weir_stream *stream)
{
    struct oneshot *self = oneshot_of(stream);
    struct weir_waking waking = {0};
    weir_shared_lock(&self->tx->shared);
    weir_waiters_leave(&self->tx->watchers, &self->place);
    weir_shared_unlock(&self->tx->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    weir_shared_unref(&self->tx->shared);
}

static const weir_stream_ops oneshot_closed_ops = {.size = sizeof oneshot_closed_ops,
                                                   .name = "oneshot_closed",
                                                   .poll_next = oneshot_closed_poll_next,
                                                   .fini = oneshot_closed_fini,
                                                   .size_hint = weir_size_hint_one};

weir_stream *weir_oneshot_closed(weir_oneshot_sender *tx)
{
    if (!tx)
        return weir_stream_refused(WEIR_E_CLOSED, "a look at the error of weir_oneshot()",
                                   "oneshot_closed: there is no sender", NULL, NULL, 0);
    weir_stream *stream =
        weir_source_new(sizeof(struct oneshot), &oneshot_closed_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_shared_ref(&tx->shared);
    oneshot_of(stream)->tx = tx;
    stream->stage.one = true;
    return stream;
}

/* ---- the receiver ---- */

static weir_poll oneshot_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_oneshot_sender *tx = oneshot_of(stream)->tx;
    struct weir_waking waking = {0};
    (void)demand;
    weir_shared_lock(&tx->shared);
    if (!tx->over)
        return weir_shared_wait(&tx->shared, cx, &tx->receiver, WEIR_WAIT_PEER);
    bool sent = tx->item;
    if (sent)
        memcpy(out, tx->item, tx->type->size);
    tx->item = NULL;
    weir_shared_unlock(&tx->shared, &waking);
    if (sent)
        return (weir_poll){1, WEIR_END};
    return weir_fail(cx, WEIR_E_CANCELLED, "who was to send the '%s' went away without",
                     tx->type->name);
}

static void oneshot_fini(weir_stream *stream)
{
    weir_oneshot_sender *tx = oneshot_of(stream)->tx;
    struct weir_waking waking = {0};
    if (!tx)
        return;
    weir_shared_lock(&tx->shared);
    tx->gone = true;
    void *item = tx->item;
    weir_waker_slot waker = tx->receiver;
    tx->receiver.waker = NULL;
    weir_waiters_serve_all(&tx->shared, &tx->watchers, WEIR_PLACE_SERVED, &waking);
    weir_shared_unlock(&tx->shared, &waking);
    weir_waker_slot_clear(&waker);
    if (item)
        weir_type_drop_items(tx->type, item, 1);
    weir_shared_unref(&tx->shared);
}

static size_t oneshot_memory_max(const weir_stream *stream)
{
    const weir_oneshot_sender *tx = oneshot_of(stream)->tx;
    return tx ? tx->shared.bytes : 0;
}

static const weir_stream_ops oneshot_ops = {.size = sizeof oneshot_ops,
                                            .name = "oneshot",
                                            .poll_next = oneshot_poll_next,
                                            .fini = oneshot_fini,
                                            .size_hint = weir_size_hint_one,
                                            .memory_max = oneshot_memory_max};

weir_stream *weir_oneshot(const weir_type *type, weir_oneshot_sender **tx)
{
    *tx = NULL;
    weir_stream *stream = weir_source_new(sizeof(struct oneshot), &oneshot_ops, type);
    stream = weir_expect_held(stream, "oneshot");
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_oneshot_sender *sender = weir_shared_new(sizeof *sender + type->align + type->size, NULL);
    if (!sender)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  "oneshot", NULL, 0);
    sender->type = type;
    sender->place = (char *)(sender + 1) + (-(uintptr_t)(sender + 1) & (type->align - 1));
    weir_shared_ref(&sender->shared);
    oneshot_of(stream)->tx = sender;
    stream->stage.one = true;
    *tx = sender;
    return stream;
}
