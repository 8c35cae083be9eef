/* next: a future of the next item of a stream that stays the caller's. */

#include "stream/lender.h"
#include "weir/stream.h"

struct next {
    struct weir_borrower borrower;
    bool failed; /* its one error was given; the stream may go on, this does not */
};

static weir_poll next_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct next *self = WEIR_CONTAINER(stream, struct next, borrower.stream);
    (void)demand;
    if (self->failed)
        return (weir_poll){0, WEIR_END};
    weir_poll got = poll_next(self->borrower.lender, cx, out, 1);
    self->failed = got.state == WEIR_ERROR;
    return (weir_poll){got.n, got.n ? WEIR_END : got.state};
}

static weir_hint next_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(weir_lender_of(stream));
    return (weir_hint){0, hint.upper ? 1 : 0};
}

static const weir_stream_ops next_ops = {.size = sizeof next_ops,
                                         .name = "next",
                                         .poll_next = next_poll_next,
                                         .size_hint = next_size_hint,
                                         .input = weir_lender_input,
                                         .marks = WEIR_MARKS_PASS};

weir_stream *weir_next(weir_stream *lender)
{
    weir_stream *stream = weir_borrower_new(lender, sizeof(struct next), &next_ops);
    if (!weir_stage_failed(&stream->stage))
        stream->stage.one = true;
    return stream;
}
