/* throttle: at least a gap between items. */

#include "core/poll.h"
#include "weir/timed.h"

struct throttle {
    weir_stream stream;
    weir_timer timer; /* not due: the gap is not over */
    uint64_t ns;
};

static struct throttle *throttle_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct throttle, stream);
}

static weir_poll throttle_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct throttle *self = throttle_of(stream);
    (void)demand;
    if (!weir_clock_is_there(cx, "throttle"))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = weir_timer_poll(cx, &self->timer);
    if (got.state == WEIR_PENDING)
        return got;
    got = poll_next(weir_source(stream), cx, out, 1);
    if (got.n)
        weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), self->ns));
    return got;
}

static void throttle_fini(weir_stream *stream)
{
    weir_timer_stop(&throttle_of(stream)->timer);
}

static weir_hint throttle_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops throttle_ops = {.size = sizeof throttle_ops,
                                             .name = "throttle",
                                             .poll_next = throttle_poll_next,
                                             .fini = throttle_fini,
                                             .size_hint = throttle_size_hint,
                                             .marks = WEIR_MARKS_PASS};

weir_stream *weir_throttle(weir_stream *source, uint64_t ns)
{
    if (!ns)
        return source;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct throttle), &throttle_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    throttle_of(stream)->ns = ns;
    stream->stage.one = source->stage.one;
    return stream;
}
