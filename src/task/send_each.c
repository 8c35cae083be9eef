/* send_each: the items of a stream into a channel, as it has room, and the marks between them.
 *
 * Who receives settles marks, on another worker maybe: into the channel goes one in the place of
 * each, which comes home, and the source's is settled here. So this is not over before all did. */

#include <string.h>

#include "core/poll.h"
#include "task/channel.h"

enum { SEND_EACH_MARKS_MAX = 1024 }; /* that are sent and did not come home */

struct send_each {
    weir_stream stream;
    weir_sender *tx; /* NULL: not made, or all is sent */
    struct weir_waiting place;
    void *item;
    bool has_item;
    bool over;    /* the item is the last one */
    bool starves; /* nothing is sent before a mark comes home, and the channel knows */
    uint64_t n;
    weir_mark_home *home; /* NULL: the channel has no room for marks */
    weir_mark *mark;      /* that is to be sent */
};

static struct send_each *send_each_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct send_each, stream);
}

/* Under the lock: the item goes, or stands in the line. */
static enum weir_place_state send_each_offer(struct send_each *self, void *item,
                                             struct weir_waking *waking)
{
    weir_sender *tx = self->tx;
    if (self->place.state != WEIR_PLACE_OUTSIDE)
        return self->place.state;
    if (tx->closed)
        return WEIR_PLACE_REFUSED;
    self->place.item = item;
    weir_waiters_join(&tx->line, &self->place);
    weir_channel_refill(tx, waking);
    return self->place.state;
}

static weir_poll send_each_fail_closed(const struct send_each *self, weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_CLOSED, "the channel of '%s' is closed", self->tx->type->name);
}

/* READY: it is sent. */
static weir_poll send_each_send(struct send_each *self, weir_cx *cx)
{
    weir_sender *tx = self->tx;
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&tx->shared);
    enum weir_place_state state = send_each_offer(self, self->item, &waking);
    if (state == WEIR_PLACE_WAITS)
        return weir_shared_wait_waking(&tx->shared, cx, &self->place.waker, WEIR_WAIT_ROOM,
                                       &waking);
    weir_shared_unlock(&tx->shared, &waking);
    if (state == WEIR_PLACE_REFUSED)
        return send_each_fail_closed(self, cx);
    self->place.state = WEIR_PLACE_OUTSIDE;
    self->has_item = false;
    self->n++;
    return (weir_poll){0, WEIR_READY};
}

/* Under the lock, with the room that was kept. False: nobody receives any more. */
static bool put_mark(struct send_each *self, struct weir_waking *waking)
{
    self->place.state = WEIR_PLACE_OUTSIDE;
    if (self->tx->gone) {
        self->tx->reserved--;
        return false;
    }
    weir_channel_put_mark(self->tx, self->mark, waking);
    self->mark = NULL;
    return true;
}

/* The same for a mark, which has its room kept first. */
WEIR_COLD static weir_poll send_each_mark(struct send_each *self, weir_cx *cx)
{
    weir_sender *tx = self->tx;
    struct weir_waking waking = {0};
    weir_shared_lock(&tx->shared);
    enum weir_place_state state = send_each_offer(self, NULL, &waking);
    if (state == WEIR_PLACE_WAITS)
        return weir_shared_wait_waking(&tx->shared, cx, &self->place.waker, WEIR_WAIT_ROOM,
                                       &waking);
    bool sent = state == WEIR_PLACE_SERVED && put_mark(self, &waking);
    weir_shared_unlock(&tx->shared, &waking);
    return sent ? (weir_poll){0, WEIR_READY} : send_each_fail_closed(self, cx);
}

/* READY: it is in hand. */
WEIR_COLD static weir_poll send_each_take_mark(struct send_each *self, weir_cx *cx)
{
    self->mark = weir_mark_home_send(self->home, weir_mark_take(cx));
    return self->mark ? (weir_poll){0, WEIR_READY}
                      : weir_fail(cx, WEIR_E_MEMORY, "no memory for a mark");
}

static weir_poll send_each_next(struct send_each *self, weir_cx *cx)
{
    weir_poll got = poll_next(weir_source(&self->stream), cx, self->item, 1);
    self->has_item = got.n;
    self->over = got.state == WEIR_END;
    return got;
}

/* It keeps the channel open no longer. What waits in the line for room is not sent, unless it was
 * served and nobody was told. */
static void send_each_let_go(struct send_each *self)
{
    weir_sender *tx = self->tx;
    struct weir_waking waking = {0};
    if (!tx)
        return;
    self->tx = NULL;
    weir_shared_lock(&tx->shared);
    weir_waiters_leave(&tx->line, &self->place);
    tx->starved -= self->starves;
    bool sent = self->place.state == WEIR_PLACE_SERVED;
    if (sent && self->mark)
        weir_channel_give_back(tx, &waking);
    weir_shared_unlock(&tx->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    if (self->has_item && !sent)
        weir_type_drop_items(tx->type, self->item, 1);
    if (self->mark)
        weir_mark_settle(self->mark, false);
    weir_sender_drop(tx);
}

/* END: all of the source is sent. MARK: one is given. */
static weir_poll send_each_all(struct send_each *self, weir_cx *cx)
{
    for (bool begun = false;; begun = true) {
        if (self->has_item) {
            weir_poll sent = send_each_send(self, cx);
            if (sent.state != WEIR_READY)
                return sent;
        }
        if (!self->over && !weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = self->over ? (weir_poll){0, WEIR_END} : send_each_next(self, cx);
        if (self->over && !self->has_item)
            return (weir_poll){0, WEIR_END};
        if (!got.n)
            return got;
    }
}

static weir_poll send_each_finish(struct send_each *self, void *out)
{
    *(uint64_t *)out = self->n;
    return (weir_poll){1, WEIR_END};
}

static weir_poll send_each_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct send_each *self = send_each_of(stream);
    weir_poll got = send_each_all(self, cx);
    (void)demand;
    if (got.state != WEIR_END)
        return got;
    send_each_let_go(self);
    return send_each_finish(self, out);
}

/* Who receives hears of it: what holds marks to its end would be waited for, for ever. */
static void starve(struct send_each *self, bool starves)
{
    struct weir_waking waking = {0};
    if (!self->tx || starves == self->starves)
        return;
    self->starves = starves;
    weir_shared_lock(&self->tx->shared);
    self->tx->starved += starves ? 1 : (size_t)-1;
    if (starves)
        weir_waking_add(&waking, &self->tx->receiver);
    weir_shared_unlock(&self->tx->shared, &waking);
}

/* PENDING: for the source, for room, or for marks to come home. */
static weir_poll send_with_marks(struct send_each *self, weir_cx *cx)
{
    weir_poll got = {0, WEIR_READY};
    if (!self->tx)
        return (weir_poll){0, WEIR_END};
    if (self->mark)
        got = send_each_mark(self, cx);
    if (got.state != WEIR_READY)
        return got;
    bool full = weir_mark_home_open(self->home) == SEND_EACH_MARKS_MAX;
    got = full ? (weir_poll){0, WEIR_PENDING} : send_each_all(self, cx);
    bool waits = got.state == WEIR_PENDING && !self->has_item;
    starve(self, full || (waits && cx->wait_for == WEIR_WAIT_MARKS));
    if (full)
        return got;
    if (got.state == WEIR_MARK)
        return send_each_take_mark(self, cx);
    if (got.state == WEIR_END)
        send_each_let_go(self);
    return got;
}

/* The source may have waited for one of them. */
static weir_poll settle_home(struct send_each *self, weir_cx *cx)
{
    size_t open = weir_mark_home_open(self->home);
    weir_poll got = weir_mark_home_settle(self->home, cx);
    if (self->tx && weir_mark_home_open(self->home) < open)
        weir_waker_wake(cx->waker);
    return got;
}

static weir_poll marks_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct send_each *self = send_each_of(stream);
    weir_poll got = send_with_marks(self, cx);
    (void)demand;
    if (got.state != WEIR_END && got.state != WEIR_PENDING)
        return got;
    weir_poll home = settle_home(self, cx);
    if (got.state == WEIR_PENDING || home.state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    return send_each_finish(self, out);
}

static void send_each_fini(weir_stream *stream)
{
    send_each_let_go(send_each_of(stream));
    weir_mark_home_leave(send_each_of(stream)->home);
}

static size_t send_each_memory_max(const weir_stream *stream)
{
    return send_each_of(stream)->home ? weir_mark_home_bytes(SEND_EACH_MARKS_MAX) : 0;
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
                                              .size_hint = weir_size_hint_one,
                                              .marks = WEIR_MARKS_LOSE};

static const weir_stream_ops send_marks_ops = {.size = sizeof send_marks_ops,
                                               .name = "send_each",
                                               .holding = send_each_holding,
                                               .poll_next = marks_poll_next,
                                               .fini = send_each_fini,
                                               .size_hint = weir_size_hint_one,
                                               .memory_max = send_each_memory_max,
                                               .marks = WEIR_MARKS_SETTLE};

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

/* A channel knows from its beginning whether it has room for marks: what was built over it was
 * asked. */
static weir_stream *expect_room(weir_stream *source, const weir_sender *tx)
{
    if (weir_stage_failed(&source->stage) || !source->stage.marked || tx->marks)
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_ARGUMENT,
                              "weir_marked_channel(), or weir_settle_here() before it",
                              "'%s' sends into a channel without room for the marks of '%s'",
                              "send_each", weir_stage_name(&source->stage), 0);
}

weir_stream *weir_send_each(weir_stream *source, weir_sender *tx)
{
    source = expect_room(expect_channel(source, tx), tx);
    const weir_type *type = source->type;
    bool marked = tx && tx->marks;
    const weir_stream_ops *ops = marked ? &send_marks_ops : &send_each_ops;
    weir_stream *stream = weir_stream_new(source, sizeof(struct send_each), ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct send_each *self = send_each_of(stream);
    self->item = weir_arena_take(stream->stage.arena, type->size, type->align);
    self->home = marked ? weir_mark_home_new() : NULL;
    if (!self->item || (marked && !self->home))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                  "send_each", NULL, 0);
    self->tx = weir_sender_ref(tx);
    stream->stage.one = true;
    return stream;
}
