/* skip_errors: goes on as if nothing had been where a recoverable error stands, up to so many. */

#include "core/poll.h"
#include "weir/stream.h"

struct skip_errors {
    weir_stream stream;
    uint64_t max;
    uint64_t n;
    uint64_t *skipped; /* the user's; NULL: nobody asks */
};

/* The one that is too much passes, and is the last. */
static weir_poll skip_one(struct skip_errors *self, weir_cx *cx)
{
    if (cx->error.fatal || self->n == self->max) {
        cx->error.fatal = true;
        return (weir_poll){0, WEIR_ERROR};
    }
    self->n++;
    if (self->skipped)
        *self->skipped = self->n;
    return (weir_poll){0, WEIR_READY};
}

WEIR_ASIDE static weir_poll skip_errors_rest(weir_stream *stream, weir_cx *cx, void *out,
                                             size_t demand, weir_poll got)
{
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    if (got.state == WEIR_ERROR)
        return skip_one(WEIR_CONTAINER(stream, struct skip_errors, stream), cx);
    return got;
}

static weir_poll skip_errors_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(stream);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return skip_errors_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static weir_hint skip_errors_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops skip_errors_ops = {.size = sizeof skip_errors_ops,
                                                .name = "skip_errors",
                                                .poll_next = skip_errors_poll_next,
                                                .size_hint = skip_errors_size_hint,
                                                .marks = WEIR_MARKS_PASS};

weir_stream *weir_skip_errors(weir_stream *source, uint64_t errors_max, uint64_t *skipped)
{
    source = weir_expect_limit(source, "skip_errors", "errors_max", errors_max != 0);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct skip_errors), &skip_errors_ops, source->type);
    if (skipped)
        *skipped = 0;
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct skip_errors *self = WEIR_CONTAINER(stream, struct skip_errors, stream);
    self->max = errors_max;
    self->skipped = skipped;
    stream->stage.one = source->stage.one;
    return stream;
}
