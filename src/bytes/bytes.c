/* bytes: a reader as a stream of single bytes. */

#include <string.h>

#include "weir/implement.h"
#include "weir/read.h"

static const weir_type bytes_byte_type = WEIR_TYPE(uint8_t);

static weir_poll bytes_move_some(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_reader *source = weir_source_reader(stream);
    weir_poll got = weir_poll_fill(source, cx, 1);
    if (got.state != WEIR_READY)
        return (weir_poll){0, got.state};
    size_t n;
    const unsigned char *bytes = weir_peek(source, &n);
    n = n < demand ? n : demand;
    n = n < UINT32_MAX ? n : UINT32_MAX;
    if (out)
        memcpy(out, bytes, n);
    weir_consume(source, n);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll bytes_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return bytes_move_some(stream, cx, out, demand);
}

static weir_poll bytes_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    return bytes_move_some(stream, cx, NULL, demand);
}

static weir_hint bytes_size_hint(const weir_stream *stream)
{
    return weir_reader_size_hint(weir_source_reader(stream));
}

static const weir_stream_ops bytes_ops = {.size = sizeof bytes_ops,
                                          .name = "bytes",
                                          .poll_next = bytes_poll_next,
                                          .poll_skip = bytes_poll_skip,
                                          .size_hint = bytes_size_hint,
                                          .marks = WEIR_MARKS_PASS};

weir_stream *weir_bytes(weir_reader *source)
{
    return weir_stream_over(source, sizeof(weir_stream), &bytes_ops, &bytes_byte_type);
}
