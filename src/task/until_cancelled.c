/* Waiting for a token: as a future (cancelled), and beside a stream (until_cancelled). */

#include "core/poll.h"
#include "task/token.h"

/* Who waits. */
struct until_cancelled_watch {
    weir_token *token; /* NULL: not made */
    struct weir_waiting place;
    const weir_waker *waker; /* that stands in the place as long as until_ns is what it was */
    uint64_t until_ns;
    weir_timer timer;
};

/* ---- waiting ---- */

/* Each change makes it earlier: as long as it is the same, the place was not served. */
static bool is_registered(const struct until_cancelled_watch *self, const weir_cx *cx)
{
    return self->waker == cx->waker && self->until_ns == weir_token_until_ns(self->token);
}

/* False: it is cancelled. */
static bool until_cancelled_enlist(struct until_cancelled_watch *self, weir_cx *cx)
{
    weir_token *token = self->token;
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(token->tree);
    self->until_ns = token->until_ns;
    if (!self->until_ns) {
        weir_shared_unlock(token->tree, &waking);
        return false;
    }
    if (self->place.state != WEIR_PLACE_WAITS) {
        self->place.n = token->changes;
        weir_waiters_join(&token->line, &self->place);
    }
    self->waker = cx->waker;
    weir_shared_wait(token->tree, cx, &self->place.waker, WEIR_WAIT_PEER);
    return true;
}

/* READY: its deadline has passed. */
static weir_poll watch_clock(struct until_cancelled_watch *self, weir_cx *cx)
{
    if (!weir_clock_is_there(cx, "a token with a deadline"))
        return (weir_poll){0, WEIR_ERROR};
    if (self->timer.due_ns != self->until_ns)
        weir_timer_set(&self->timer, self->until_ns);
    weir_poll got = weir_timer_poll(cx, &self->timer);
    if (got.state == WEIR_READY)
        weir_token_expire(self->token);
    return got;
}

/* READY: it is cancelled. PENDING: who polls is woken when it is. */
static weir_poll watch_poll(struct until_cancelled_watch *self, weir_cx *cx)
{
    cx->wait_for = WEIR_WAIT_PEER;
    cx->waiting = NULL;
    if (!is_registered(self, cx) && !until_cancelled_enlist(self, cx))
        return (weir_poll){0, WEIR_READY};
    if (self->until_ns != UINT64_MAX)
        return watch_clock(self, cx);
    return (weir_poll){0, WEIR_PENDING};
}

static void until_cancelled_watch_fini(struct until_cancelled_watch *self)
{
    weir_token *token = self->token;
    struct weir_waking waking;
    if (!token)
        return;
    weir_waking_begin(&waking);
    weir_shared_lock(token->tree);
    weir_waiters_leave(&token->line, &self->place);
    weir_shared_unlock(token->tree, &waking);
    weir_waker_slot_clear(&self->place.waker);
    weir_timer_stop(&self->timer);
    weir_token_drop(token);
}

/* ---- cancelled ---- */

struct cancelled {
    weir_stream stream;
    struct until_cancelled_watch watch;
};

static weir_poll cancelled_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    weir_poll got = watch_poll(&WEIR_CONTAINER(stream, struct cancelled, stream)->watch, cx);
    if (got.state != WEIR_READY)
        return got;
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void cancelled_fini(weir_stream *stream)
{
    until_cancelled_watch_fini(&WEIR_CONTAINER(stream, struct cancelled, stream)->watch);
}

static const weir_stream_ops cancelled_ops = {.size = sizeof cancelled_ops,
                                              .name = "cancelled",
                                              .poll_next = cancelled_poll_next,
                                              .fini = cancelled_fini,
                                              .size_hint = weir_size_hint_one};

/* Nobody has to look whether it could be made. */
#define NO_TOKEN "%s: there was no memory for the token"

weir_stream *weir_cancelled(weir_token *token)
{
    if (!token)
        return weir_stream_refused(WEIR_E_MEMORY, NULL, NO_TOKEN, cancelled_ops.name, NULL, 0);
    weir_stream *stream =
        weir_source_new(sizeof(struct cancelled), &cancelled_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_CONTAINER(stream, struct cancelled, stream)->watch.token = weir_token_ref(token);
    stream->stage.one = true;
    return stream;
}

/* ---- until_cancelled ---- */

struct until_cancelled {
    weir_stream stream;
    struct until_cancelled_watch watch;
};

static struct until_cancelled *until_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct until_cancelled, stream);
}

/* A future owes an answer. A stream was told to end. */
WEIR_COLD static weir_poll until_over(struct until_cancelled *self, weir_cx *cx)
{
    const weir_token *token = self->watch.token;
    if (!self->stream.stage.one) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    if (weir_token_until_ns(token) || token->late)
        return weir_fail(cx, WEIR_E_TIMEOUT, "the deadline of its token has passed");
    return weir_fail(cx, WEIR_E_CANCELLED, "its token was cancelled");
}

/* What the source waits for is what is told. */
static weir_poll until_wait(struct until_cancelled *self, weir_cx *cx, weir_poll got)
{
    weir_wait_for wait_for = cx->wait_for;
    const weir_stage *waiting = cx->waiting;
    weir_poll watched = watch_poll(&self->watch, cx);
    cx->wait_for = wait_for;
    cx->waiting = waiting;
    if (watched.state == WEIR_READY)
        return until_over(self, cx);
    return watched.state == WEIR_ERROR ? watched : got;
}

WEIR_ASIDE static weir_poll until_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                       weir_poll got)
{
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    return got.state == WEIR_PENDING ? until_wait(until_of(stream), cx, got) : got;
}

/* A deadline is looked at by the clock of the turn where the source never waits. */
static weir_poll until_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct until_cancelled *self = until_of(stream);
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(weir_token_until_ns(self->watch.token) <= cx->now_ns))
        return until_over(self, cx);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return until_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static void until_fini(weir_stream *stream)
{
    until_cancelled_watch_fini(&until_of(stream)->watch);
}

/* It may be cancelled at any time. */
static weir_hint until_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

/* The token is shared: each of its streams counts it whole. */
static size_t until_memory_max(const weir_stream *stream)
{
    (void)stream;
    return sizeof(weir_token) + sizeof(struct weir_shared);
}

static const weir_stream_ops until_ops = {.size = sizeof until_ops,
                                          .name = "until_cancelled",
                                          .poll_next = until_poll_next,
                                          .fini = until_fini,
                                          .size_hint = until_size_hint,
                                          .memory_max = until_memory_max,
                                          .marks = WEIR_MARKS_PASS};

weir_stream *weir_until_cancelled(weir_stream *source, weir_token *token)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct until_cancelled), &until_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (!token)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, NO_TOKEN, until_ops.name,
                                  NULL, 0);
    until_of(stream)->watch.token = weir_token_ref(token);
    stream->stage.one = source->stage.one;
    return stream;
}
