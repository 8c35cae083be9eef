/* pending: waits for ever. */

#include "weir/implement.h"
#include "weir/stream.h"

static weir_poll pending_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream;
    (void)out;
    (void)demand;
    return weir_wait_never(cx);
}

static weir_hint pending_size_hint(const weir_stream *stream)
{
    (void)stream;
    return (weir_hint){0, 0};
}

static const weir_stream_ops pending_ops = {.size = sizeof pending_ops,
                                            .name = "pending",
                                            .poll_next = pending_poll_next,
                                            .size_hint = pending_size_hint};

weir_stream *weir_pending(const weir_type *type)
{
    weir_stream *stream = weir_source_new(sizeof(weir_stream), &pending_ops, type);
    if (!weir_stage_failed(&stream->stage))
        stream->stage.one = true; /* no more than that */
    return stream;
}
