/* write, writev: one write, as a future. */

#include "weir/write.h"

#include <sys/uio.h>

#include "bytes/raw.h"
#include "bytes/writing.h"

struct write {
    struct weir_writing writing;
    const void *bytes;
    const struct iovec *pieces; /* instead of bytes */
    size_t n;
};

static weir_poll write_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct write *self = WEIR_CONTAINER(stream, struct write, writing.stream);
    weir_writer *writer = weir_writing_to(stream);
    (void)demand;
    weir_poll got = self->pieces ? weir_poll_writev(writer, cx, self->pieces, self->n)
                                 : weir_poll_write(writer, cx, self->bytes, self->n);
    return got.state == WEIR_READY ? weir_writing_gives(out, got.n)
                                   : weir_writing_stops(cx, got, WEIR_NOWHERE);
}

static const weir_stream_ops write_ops = WEIR_WRITING_OPS("write", write_poll_next);
static const weir_stream_ops writev_ops = WEIR_WRITING_OPS("writev", write_poll_next);

static weir_stream *write_new(weir_writer *writer, const struct write *what,
                              const weir_stream_ops *ops)
{
    weir_stream *stream = weir_writing_new(writer, sizeof(struct write), ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct write *self = WEIR_CONTAINER(stream, struct write, writing.stream);
    self->bytes = what->bytes;
    self->pieces = what->pieces;
    self->n = what->n;
    return stream;
}

weir_stream *weir_write(weir_writer *writer, const void *bytes, size_t n)
{
    return write_new(writer, &(struct write){.bytes = bytes, .n = n}, &write_ops);
}

weir_stream *weir_writev(weir_writer *writer, const struct iovec *pieces, size_t n)
{
    return write_new(writer, &(struct write){.pieces = pieces, .n = n}, &writev_ops);
}

bool weir_is_write_vectored(const weir_writer *writer)
{
    return WEIR_OPS_HAVE(writer->ops, poll_writev);
}
