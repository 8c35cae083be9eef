/* read_to_string: all bytes of a reader, as text. */

#include "bytes/gather.h"
#include "weir/read.h"

weir_poll weir_poll_read_to_string(weir_reader *reader, weir_cx *cx, weir_vec *out, size_t begin,
                                   size_t bytes_max)
{
    weir_poll got = weir_poll_read_to_end(reader, cx, out, bytes_max);
    if (got.state != WEIR_READY)
        return got;
    weir_state state = weir_gather_text(out, cx, reader, begin).state;
    return state == WEIR_READY ? got : (weir_poll){0, state};
}

static weir_poll read_to_string_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                          size_t demand)
{
    struct weir_gatherer *self = weir_gatherer_begin(stream);
    (void)demand;
    weir_poll got =
        weir_poll_read_to_string(self->future.reader, cx, self->out, self->begin, self->bytes_max);
    return weir_read_future_end(stream, cx, out, got);
}

static const weir_stream_ops read_to_string_ops = WEIR_GATHERER_OPS(read_to_string);

weir_stream *weir_read_to_string(weir_reader *reader, weir_vec *out, size_t bytes_max)
{
    return weir_gatherer_new(reader, &read_to_string_ops, out, bytes_max);
}
