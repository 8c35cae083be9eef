/* read_line: a line of text, with its newline. */

#include "bytes/gather.h"
#include "weir/read.h"

weir_poll weir_poll_read_line(weir_reader *reader, weir_cx *cx, weir_vec *out, size_t begin,
                              size_t bytes_max)
{
    weir_poll got = weir_poll_read_until(reader, cx, '\n', out, bytes_max);
    if (got.state != WEIR_READY)
        return got;
    weir_state state = weir_gather_text(out, cx, reader, begin).state;
    return state == WEIR_READY ? got : (weir_poll){0, state};
}

static weir_poll read_line_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_gatherer *self = weir_gatherer_begin(stream);
    (void)demand;
    weir_poll got =
        weir_poll_read_line(self->future.reader, cx, self->out, self->begin, self->bytes_max);
    return weir_read_future_end(stream, cx, out, got);
}

static const weir_stream_ops read_line_ops = WEIR_GATHERER_OPS(read_line);

weir_stream *weir_read_line(weir_reader *reader, weir_vec *out, size_t bytes_max)
{
    return weir_gatherer_new(reader, &read_line_ops, out, bytes_max);
}
