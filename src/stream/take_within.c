/* take_within: items until some time has passed. */

#include "core/poll.h"
#include "weir/timed.h"

struct take_within {
    weir_stream stream;
    weir_timer timer;
    uint64_t ns;
    bool begun;
};

static struct take_within *take_within_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct take_within, stream);
}

/* The time is on the clock, and not over. */
static bool is_open(struct take_within *self, weir_cx *cx)
{
    if (self->begun)
        return !self->timer.fired;
    self->begun = true;
    weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), self->ns));
    return !weir_timer_poll(cx, &self->timer).n;
}

static weir_poll take_within_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct take_within *self = take_within_of(stream);
    if (!weir_clock_is_there(cx, "take_within"))
        return (weir_poll){0, WEIR_ERROR};
    if (!is_open(self, cx))
        return (weir_poll){0, WEIR_END};
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    if (got.state == WEIR_PENDING && weir_timer_poll(cx, &self->timer).n)
        got.state = WEIR_END;
    return got;
}

static void take_within_fini(weir_stream *stream)
{
    weir_timer_stop(&take_within_of(stream)->timer);
}

static weir_hint take_within_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops take_within_ops = {.size = sizeof take_within_ops,
                                                .name = "take_within",
                                                .poll_next = take_within_poll_next,
                                                .fini = take_within_fini,
                                                .size_hint = take_within_size_hint,
                                                .marks = WEIR_MARKS_PASS};

weir_stream *weir_take_within(weir_stream *source, uint64_t ns)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct take_within), &take_within_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    take_within_of(stream)->ns = ns;
    stream->stage.one = source->stage.one;
    return stream;
}
