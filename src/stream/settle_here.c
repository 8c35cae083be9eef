/* settle_here: settles marks as they pass, and strips them. */

#include "core/poll.h"
#include "weir/stream.h"

/* {0, READY} in a mark's place: the wrapper asks again. */
static weir_poll settle_here_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    if (WEIR_LIKELY(got.state != WEIR_MARK))
        return got;
    weir_mark_settle(weir_mark_take(cx), true);
    return (weir_poll){0, WEIR_READY};
}

static weir_hint settle_here_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops settle_here_ops = {.size = sizeof settle_here_ops,
                                                .name = "settle_here",
                                                .poll_next = settle_here_poll_next,
                                                .size_hint = settle_here_size_hint,
                                                .marks = WEIR_MARKS_SETTLE};

weir_stream *weir_settle_here(weir_stream *source)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(weir_stream), &settle_here_ops, source->type);
    if (!weir_stage_failed(&stream->stage))
        stream->stage.one = source->stage.one;
    return stream;
}
