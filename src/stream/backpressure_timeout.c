/* backpressure_timeout: the end, where the consumer is too slow. */

#include "core/format.h"
#include "core/poll.h"
#include "weir/timed.h"

struct patience {
    weir_stream stream;
    uint64_t ns;
    uint64_t since_ns; /* it has items from us to work on */
    bool gave;
};

static struct patience *patience_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct patience, stream);
}

static bool was_too_slow(const struct patience *self, weir_cx *cx)
{
    return self->gave && weir_clock_now_ns(cx) - self->since_ns > self->ns;
}

static weir_poll patience_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct patience *self = patience_of(stream);
    if (!weir_clock_is_there(cx, "backpressure_timeout"))
        return (weir_poll){0, WEIR_ERROR};
    if (was_too_slow(self, cx))
        return weir_fail(cx, WEIR_E_TIMEOUT, "nobody asked for more for %s",
                         WEIR_TIME_TEXT(self->ns));
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    self->gave = got.n;
    if (got.n)
        self->since_ns = weir_clock_now_ns(cx);
    return got;
}

static weir_hint patience_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops patience_ops = {.size = sizeof patience_ops,
                                             .name = "backpressure_timeout",
                                             .poll_next = patience_poll_next,
                                             .size_hint = patience_size_hint,
                                             .marks = WEIR_MARKS_PASS};

weir_stream *weir_backpressure_timeout(weir_stream *source, uint64_t ns)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct patience), &patience_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    patience_of(stream)->ns = ns;
    stream->stage.one = source->stage.one;
    return stream;
}
