/* empty: the end at once. */

#include "weir/implement.h"
#include "weir/stream.h"

static weir_poll empty_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream;
    (void)cx;
    (void)out;
    (void)demand;
    return (weir_poll){0, WEIR_END};
}

static weir_hint empty_size_hint(const weir_stream *stream)
{
    (void)stream;
    return (weir_hint){0, 0};
}

static const weir_stream_ops empty_ops = {.size = sizeof empty_ops,
                                          .name = "empty",
                                          .poll_next = empty_poll_next,
                                          .size_hint = empty_size_hint,
                                          .poll_back = empty_poll_next};

weir_stream *weir_empty(const weir_type *type)
{
    weir_stream *stream = weir_source_new(sizeof(weir_stream), &empty_ops, type);
    if (!weir_stage_failed(&stream->stage))
        stream->stage.one = true; /* no more than that */
    return stream;
}
