/* next_back: a future of the last item of a stream that stays the caller's. */

#include "stream/lender.h"
#include "weir/stream.h"

struct next_back {
    struct weir_borrower borrower;
    bool failed; /* its one error was given; the stream may go on, this does not */
};

static weir_poll next_back_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct next_back *self = WEIR_CONTAINER(stream, struct next_back, borrower.stream);
    (void)demand;
    if (self->failed)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_back(self->borrower.lender, cx, out, 1);
    self->failed = got.state == WEIR_ERROR;
    return (weir_poll){got.n, got.n ? WEIR_END : got.state};
}

static weir_hint next_back_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_lender_of(stream)).upper ? 1 : 0};
}

static const weir_stream_ops next_back_ops = {.size = sizeof next_back_ops,
                                              .name = "next_back",
                                              .poll_next = next_back_poll_next,
                                              .size_hint = next_back_size_hint,
                                              .input = weir_lender_input};

weir_stream *weir_next_back(weir_stream *lender)
{
    weir_stream *stream = weir_borrower_new(lender, sizeof(struct next_back), &next_back_ops);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = true;
    if (weir_has_back(lender))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_TYPE, NULL,
                              "%s: '%s' has no other end to read from", "next_back",
                              weir_stage_name(&lender->stage), 0);
}
