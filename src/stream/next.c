/* next: a future of the next item of a stream that stays the caller's. */

#include "core/poll.h"
#include "weir/stream.h"

struct next {
    weir_stream stream;
    weir_stream *lender;
    bool failed; /* its one error was given; the stream may go on, this does not */
};

static struct next *next_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct next, stream);
}

static weir_poll next_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct next *self = next_of(stream);
    (void)demand;
    if (self->failed)
        return (weir_poll){0, WEIR_END};
    weir_poll got = poll_next(self->lender, cx, out, 1);
    self->failed = got.state == WEIR_ERROR;
    return (weir_poll){got.n, got.n ? WEIR_END : got.state};
}

static weir_hint next_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(next_of(stream)->lender);
    return (weir_hint){0, hint.upper ? 1 : 0};
}

static const weir_stream_ops next_ops = {
    .name = "next", .poll_next = next_poll_next, .size_hint = next_size_hint};

weir_stream *weir_next(weir_stream *lender)
{
    weir_stream *stream = weir_source_new(sizeof(struct next), &next_ops, lender->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    next_of(stream)->lender = lender;
    stream->stage.one = true;
    return stream;
}
