/* by_ref: the items of a stream that stays the caller's. */

#include "stream/lender.h"
#include "weir/stream.h"

static weir_poll by_ref_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return poll_next(weir_lender_of(stream), cx, out, demand);
}

static weir_poll by_ref_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return weir_poll_back(weir_lender_of(stream), cx, out, demand);
}

static weir_hint by_ref_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_lender_of(stream));
}

static const weir_stream_ops by_ref_ops = {.size = sizeof by_ref_ops,
                                           .name = "by_ref",
                                           .poll_next = by_ref_poll_next,
                                           .size_hint = by_ref_size_hint,
                                           .input = weir_lender_input,
                                           .marks = WEIR_MARKS_PASS,
                                           .poll_back = by_ref_poll_back};

weir_stream *weir_by_ref(weir_stream *lender)
{
    weir_stream *stream = weir_borrower_new(lender, sizeof(struct weir_borrower), &by_ref_ops);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.exact = true; /* what is taken ahead would be lost to the owner */
    stream->stage.one = lender->stage.one;
    return stream;
}
