/* read: up to so many bytes into memory of the caller's: what is in hand, else what a fill brings,
 * or, where much is wanted, what the system puts there itself. */

#include "weir/read.h"

#include <string.h>

#include "bytes/raw.h"
#include "bytes/read_future.h"
#include "bytes/straight.h"
#include "core/stage.h"
#include "weir/ready.h"

enum { STRAIGHT_BYTES_MAX = 1 << 30 }; /* what an answer can count, and no system call cuts */

static size_t read_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

bool weir_reads_straight(const weir_reader *reader, size_t size)
{
    return size >= WEIR_READ_STRAIGHT_BYTES && !read_in_hand(reader) && !reader->stage.done &&
           WEIR_OPS_HAVE(reader->ops, try_read);
}

static weir_poll took_straight(weir_reader *reader, weir_cx *cx, int64_t n)
{
    reader->offset += (uint64_t)n;
    return weir_stage_settle(&reader->stage, cx, (weir_poll){(uint32_t)n, WEIR_READY});
}

/* Ends and errors are told by the fill. */
weir_poll weir_read_straight(weir_reader *reader, weir_cx *cx, void *out, size_t size)
{
    size = size < STRAIGHT_BYTES_MAX ? size : STRAIGHT_BYTES_MAX;
    for (bool waited = false;; waited = true) {
        int64_t n = reader->ops->try_read(reader, out, size);
        if (WEIR_UNLIKELY(n > (int64_t)size))
            return weir_fail(cx, WEIR_E_ARGUMENT, "'%s' says that it read %llu of %zu bytes",
                             reader->ops->name, (unsigned long long)n, size);
        if (n > 0)
            return took_straight(reader, cx, n);
        if (n != WEIR_WOULD_BLOCK || waited || !WEIR_OPS_HAVE(reader->ops, poll_ready))
            return (weir_poll){0, WEIR_READY};
        weir_poll got = weir_poll_ready(reader, cx); /* it holds no block while it waits */
        if (got.state != WEIR_READY || got.n)
            return (weir_poll){0, got.state};
    }
}

weir_poll weir_poll_read(weir_reader *reader, weir_cx *cx, void *out, size_t size)
{
    if (!size)
        return (weir_poll){0, WEIR_READY};
    if (weir_reads_straight(reader, size)) {
        weir_poll got = weir_read_straight(reader, cx, out, size);
        if (got.state != WEIR_READY || got.n)
            return got;
    }
    weir_poll got = weir_poll_fill(reader, cx, 1);
    if (got.state != WEIR_READY)
        return got;
    size_t n = size < got.n ? size : got.n;
    memcpy(out, reader->base + reader->begin, n);
    weir_consume(reader, n);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

void weir_read_buf_init(weir_read_buf *buf)
{
    if (buf->init < buf->cap)
        memset((char *)buf->base + buf->init, 0, buf->cap - buf->init);
    buf->init = buf->cap;
}

weir_poll weir_poll_read_buf(weir_reader *reader, weir_cx *cx, weir_read_buf *buf)
{
    if (WEIR_UNLIKELY(buf->filled > buf->init || buf->init > buf->cap))
        return weir_fail(cx, WEIR_E_ARGUMENT, "a buffer of %zu filled, %zu known, %zu bytes in all",
                         buf->filled, buf->init, buf->cap);
    size_t room;
    unsigned char *rest = weir_read_buf_rest(buf, &room);
    weir_poll got = weir_poll_read(reader, cx, rest, room);
    if (got.state == WEIR_READY)
        weir_read_buf_advance(buf, got.n);
    return got;
}

struct read {
    struct weir_read_future future;
    weir_read_buf *buf;
};

static weir_poll read_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct read *self = WEIR_CONTAINER(stream, struct read, future.stream);
    (void)demand;
    weir_reader *reader = weir_read_future_begin(stream);
    return weir_read_future_end(stream, cx, out, weir_poll_read_buf(reader, cx, self->buf));
}

static const weir_stream_ops read_ops = WEIR_READ_FUTURE_OPS(read);

weir_stream *weir_read(weir_reader *reader, weir_read_buf *buf)
{
    weir_stream *stream =
        weir_read_future_new(reader, sizeof(struct read), &read_ops, &weir_type_u64);
    if (!weir_stage_failed(&stream->stage))
        WEIR_CONTAINER(stream, struct read, future.stream)->buf = buf;
    return stream;
}
