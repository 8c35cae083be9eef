/* timeout: an error where a source gives nothing for too long. */

#include "core/format.h"
#include "stream/gap.h"
#include "weir/timed.h"

struct timeout {
    weir_stream stream;
    struct weir_gap gap;
    bool repeats;
    bool told; /* of this gap */
};

static struct timeout *timeout_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct timeout, stream);
}

/* A future that is late is given up: there is nothing else to come. */
static weir_poll timeout_fail(struct timeout *self, weir_cx *cx)
{
    self->gap.begun = false;
    self->told = !self->repeats;
    weir_fail(cx, WEIR_E_TIMEOUT, "nothing came for %s", WEIR_TIME_TEXT(self->gap.ns));
    cx->error.fatal = self->stream.stage.one;
    return (weir_poll){0, WEIR_ERROR};
}

WEIR_ASIDE static weir_poll timeout_rest(struct timeout *self, weir_cx *cx, void *out,
                                         size_t demand, weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->stream), cx, out, demand, got);
    if (got.state != WEIR_PENDING) {
        self->gap.begun = self->told = false;
        return got;
    }
    if (self->told)
        return got;
    if (!weir_clock_is_there(cx, "timeout"))
        return (weir_poll){0, WEIR_ERROR};
    return weir_gap_passed(&self->gap, cx) ? timeout_fail(self, cx) : got;
}

static weir_poll timeout_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct timeout *self = timeout_of(stream);
    weir_stream *source = weir_source(stream);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return timeout_rest(self, cx, out, demand, got);
    weir_count_one(source);
    self->gap.begun = self->told = false;
    return WEIR_POLL_ONE;
}

static void timeout_fini(weir_stream *stream)
{
    weir_timer_stop(&timeout_of(stream)->gap.timer);
}

static weir_hint timeout_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops timeout_ops = {.size = sizeof timeout_ops,
                                            .name = "timeout",
                                            .poll_next = timeout_poll_next,
                                            .fini = timeout_fini,
                                            .size_hint = timeout_size_hint,
                                            .marks = WEIR_MARKS_PASS};

static weir_stream *timeout_new(weir_stream *source, uint64_t ns, bool repeats)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct timeout), &timeout_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    timeout_of(stream)->gap.ns = ns;
    timeout_of(stream)->repeats = repeats;
    stream->stage.one = source->stage.one;
    return stream;
}

weir_stream *weir_timeout(weir_stream *source, uint64_t ns)
{
    return timeout_new(source, ns, false);
}

/* In no time there is no end of errors. */
weir_stream *weir_timeout_repeating(weir_stream *source, uint64_t ns)
{
    return timeout_new(weir_expect_limit(source, "timeout_repeating", "ns", ns > 0), ns, true);
}
