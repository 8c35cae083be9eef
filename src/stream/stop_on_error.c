/* stop_on_error: the first error is the last thing that comes. */

#include "core/poll.h"
#include "weir/stream.h"

WEIR_ASIDE static weir_poll stop_on_error_rest(weir_stream *stream, weir_cx *cx, void *out,
                                               size_t demand, weir_poll got)
{
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    if (got.state == WEIR_ERROR)
        cx->error.fatal = true;
    return got;
}

static weir_poll stop_on_error_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(stream);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return stop_on_error_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static weir_hint stop_on_error_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops stop_on_error_ops = {.size = sizeof stop_on_error_ops,
                                                  .name = "stop_on_error",
                                                  .poll_next = stop_on_error_poll_next,
                                                  .size_hint = stop_on_error_size_hint,
                                                  .marks = WEIR_MARKS_PASS};

weir_stream *weir_stop_on_error(weir_stream *source)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(weir_stream), &stop_on_error_ops, source->type);
    if (!weir_stage_failed(&stream->stage))
        stream->stage.one = source->stage.one;
    return stream;
}
