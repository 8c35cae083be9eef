/* read_exact: until the buffer is full. */

#include "bytes/read_future.h"
#include "weir/read.h"

static weir_poll read_exact_ended(weir_cx *cx, const weir_reader *reader, const weir_read_buf *buf)
{
    weir_poll got = weir_fail_at(cx, reader, WEIR_E_TRUNCATED,
                                 "the input ends after %zu of %zu bytes", buf->filled, buf->cap);
    cx->error.fatal = false; /* the buffer may be left as it is, and the reader told so */
    return got;
}

weir_poll weir_poll_read_exact(weir_reader *reader, weir_cx *cx, weir_read_buf *buf)
{
    size_t before = buf->filled;
    for (bool begun = false; buf->filled < buf->cap;) {
        if (!weir_read_goes_on(cx, &begun))
            return weir_wait_turn(cx);
        weir_poll got = weir_poll_read_buf(reader, cx, buf);
        if (got.state == WEIR_END)
            return read_exact_ended(cx, reader, buf);
        if (got.state != WEIR_READY)
            return got;
    }
    return weir_read_moved(buf->filled - before);
}

struct read_exact {
    struct weir_read_future future;
    weir_read_buf *buf;
};

static weir_poll read_exact_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct read_exact *self = WEIR_CONTAINER(stream, struct read_exact, future.stream);
    (void)demand;
    weir_reader *reader = weir_read_future_begin(stream);
    return weir_read_future_end(stream, cx, out, weir_poll_read_exact(reader, cx, self->buf));
}

static const weir_stream_ops read_exact_ops = WEIR_READ_FUTURE_OPS(read_exact);

weir_stream *weir_read_exact(weir_reader *reader, weir_read_buf *buf)
{
    weir_stream *stream =
        weir_read_future_new(reader, sizeof(struct read_exact), &read_exact_ops, &weir_type_u64);
    if (!weir_stage_failed(&stream->stage))
        WEIR_CONTAINER(stream, struct read_exact, future.stream)->buf = buf;
    return stream;
}
