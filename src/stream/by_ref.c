/* by_ref: the items of a stream that stays the caller's. */

#include "core/poll.h"
#include "weir/stream.h"

struct by_ref {
    weir_stream stream;
    weir_stream *lender;
};

static struct by_ref *by_ref_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct by_ref, stream);
}

static weir_poll by_ref_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return poll_next(by_ref_of(stream)->lender, cx, out, demand);
}

static weir_hint by_ref_size_hint(const weir_stream *stream)
{
    return weir_size_hint(by_ref_of(stream)->lender);
}

static const weir_stream_ops by_ref_ops = {
    .name = "by_ref", .poll_next = by_ref_poll_next, .size_hint = by_ref_size_hint};

weir_stream *weir_by_ref(weir_stream *lender)
{
    weir_stream *stream = weir_source_new(sizeof(struct by_ref), &by_ref_ops, lender->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    by_ref_of(stream)->lender = lender;
    stream->stage.exact = true; /* what is taken ahead would be lost to the owner */
    stream->stage.one = lender->stage.one;
    return stream;
}
