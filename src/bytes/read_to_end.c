/* read_to_end: all bytes of a reader, in a vec. */

#include "bytes/gather.h"
#include "weir/read.h"

weir_poll weir_poll_read_to_end(weir_reader *reader, weir_cx *cx, weir_vec *out, size_t bytes_max)
{
    size_t before = out->n, n;
    for (bool begun = false; weir_read_goes_on(cx, &begun);) {
        weir_poll got = weir_poll_fill(reader, cx, 1);
        if (got.state == WEIR_END)
            return weir_read_moved(out->n - before);
        if (got.state != WEIR_READY)
            return got;
        weir_peek(reader, &n);
        if (!weir_gather(out, cx, reader, n, bytes_max))
            return (weir_poll){0, WEIR_ERROR};
    }
    return weir_wait_turn(cx);
}

static weir_poll read_to_end_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_gatherer *self = weir_gatherer_begin(stream);
    (void)demand;
    weir_poll got = weir_poll_read_to_end(self->future.reader, cx, self->out, self->bytes_max);
    return weir_read_future_end(stream, cx, out, got);
}

static const weir_stream_ops read_to_end_ops = WEIR_GATHERER_OPS(read_to_end);

weir_stream *weir_read_to_end(weir_reader *reader, weir_vec *out, size_t bytes_max)
{
    return weir_gatherer_new(reader, &read_to_end_ops, out, bytes_max);
}
