/* drop_within: without the items that come before some time has passed. */

#include "core/poll.h"
#include "weir/timed.h"

struct drop_within {
    weir_stream stream;
    weir_timer timer;
    uint64_t ns;
    bool begun;
    bool over;
};

static struct drop_within *drop_within_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct drop_within, stream);
}

/* The time is on the clock, and over. */
static bool drop_within_is_over(struct drop_within *self, weir_cx *cx)
{
    if (self->begun)
        return self->timer.fired;
    self->begun = true;
    weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), self->ns));
    return weir_timer_poll(cx, &self->timer).n;
}

/* Drops what comes. READY: not any more, or again. */
WEIR_ASIDE static weir_poll drop_within_drop(struct drop_within *self, weir_cx *cx)
{
    if (!weir_clock_is_there(cx, "drop_within"))
        return (weir_poll){0, WEIR_ERROR};
    self->over = drop_within_is_over(self, cx);
    if (self->over)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_poll_skip(weir_source(&self->stream), cx, cx->demand_max);
    got.n = 0;
    if (got.state == WEIR_PENDING && weir_timer_poll(cx, &self->timer).n)
        got.state = WEIR_READY;
    return got;
}

WEIR_ASIDE static weir_poll drop_within_rest(weir_stream *stream, weir_cx *cx, void *out,
                                             size_t demand, weir_poll got)
{
    return weir_poll_rest(weir_source(stream), cx, out, demand, got);
}

static weir_poll drop_within_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct drop_within *self = drop_within_of(stream);
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(!self->over))
        return drop_within_drop(self, cx);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return drop_within_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static void drop_within_fini(weir_stream *stream)
{
    weir_timer_stop(&drop_within_of(stream)->timer);
}

static weir_hint drop_within_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(weir_source(stream));
    return drop_within_of(stream)->over ? hint : (weir_hint){0, hint.upper};
}

static const weir_stream_ops drop_within_ops = {.size = sizeof drop_within_ops,
                                                .name = "drop_within",
                                                .poll_next = drop_within_poll_next,
                                                .fini = drop_within_fini,
                                                .size_hint = drop_within_size_hint,
                                                .marks = WEIR_MARKS_PASS};

weir_stream *weir_drop_within(weir_stream *source, uint64_t ns)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct drop_within), &drop_within_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    drop_within_of(stream)->ns = ns;
    return weir_stream_scratch(stream, source->type);
}
