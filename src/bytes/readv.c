/* readv: into several pieces, one after the other. */

#include <string.h>
#include <sys/uio.h>

#include "bytes/raw.h"
#include "bytes/read_future.h"
#include "bytes/straight.h"
#include "weir/read.h"

/* What is in hand goes to as many pieces as it fills. */
static uint64_t readv_spread(weir_reader *reader, const struct iovec *pieces, size_t n)
{
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++) {
        size_t left;
        const unsigned char *bytes = weir_peek(reader, &left);
        size_t part = left < pieces[i].iov_len ? left : pieces[i].iov_len;
        if (part)
            memcpy(pieces[i].iov_base, bytes, part);
        weir_consume(reader, part);
        all += part;
    }
    return all;
}

weir_poll weir_poll_readv(weir_reader *reader, weir_cx *cx, const struct iovec *pieces, size_t n)
{
    while (n && !pieces->iov_len)
        pieces++, n--;
    if (!n)
        return (weir_poll){0, WEIR_READY};
    if (weir_reads_straight(reader, pieces->iov_len))
        return weir_poll_read(reader, cx, pieces->iov_base, pieces->iov_len);
    weir_poll got = weir_poll_fill(reader, cx, 1);
    return got.state == WEIR_READY ? weir_read_moved(readv_spread(reader, pieces, n)) : got;
}

bool weir_is_vectored(const weir_reader *reader)
{
    return !WEIR_OPS_HAVE(reader->ops, try_read);
}

struct readv {
    struct weir_read_future future;
    const struct iovec *pieces;
    size_t n;
};

static weir_poll readv_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct readv *self = WEIR_CONTAINER(stream, struct readv, future.stream);
    (void)demand;
    weir_reader *reader = weir_read_future_begin(stream);
    weir_poll got = weir_poll_readv(reader, cx, self->pieces, self->n);
    return weir_read_future_end(stream, cx, out, got);
}

static const weir_stream_ops readv_ops = WEIR_READ_FUTURE_OPS(readv);

weir_stream *weir_readv(weir_reader *reader, const struct iovec *pieces, size_t n)
{
    weir_stream *stream =
        weir_read_future_new(reader, sizeof(struct readv), &readv_ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct readv *self = WEIR_CONTAINER(stream, struct readv, future.stream);
    self->pieces = pieces;
    self->n = n;
    return stream;
}
