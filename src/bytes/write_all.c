/* write_all, write_all_vectored: writes until all is written; a number of the caller's says how far
 * it came, also when it is given up. */

#include "weir/write.h"

#include <sys/uio.h>

#include "bytes/writing.h"
#include "weir/poll.h"

enum { WINDOW = 16 }; /* pieces offered at once */

static bool turn_is_over(weir_cx *cx, bool begun)
{
    return !weir_spend(cx) && begun;
}

/* What this poll moved. */
static weir_poll all_written(size_t n)
{
    return (weir_poll){n < UINT32_MAX ? (uint32_t)n : UINT32_MAX, WEIR_READY};
}

weir_poll weir_poll_write_all(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n,
                              size_t *written)
{
    size_t before = *written;
    for (bool begun = false; *written < n; begun = true) {
        if (turn_is_over(cx, begun))
            return weir_wait_turn(cx);
        weir_poll got = weir_poll_write(writer, cx, (const char *)bytes + *written, n - *written);
        if (got.state != WEIR_READY)
            return got;
        *written += got.n;
    }
    return all_written(*written - before);
}

/* The pieces behind the first `skip` bytes; 0: there are none. */
static size_t window(struct iovec *out, const struct iovec *pieces, size_t n, size_t skip)
{
    size_t made = 0;
    for (; n && made < WINDOW; pieces++, n--) {
        size_t left = pieces->iov_len > skip ? pieces->iov_len - skip : 0;
        if (left)
            out[made++] = (struct iovec){(char *)pieces->iov_base + skip, left};
        skip = left ? 0 : skip - pieces->iov_len;
    }
    return made;
}

weir_poll weir_poll_write_all_vectored(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                                       size_t n, size_t *written)
{
    struct iovec left[WINDOW];
    size_t m, before = *written;
    for (bool begun = false; (m = window(left, pieces, n, *written)); begun = true) {
        if (turn_is_over(cx, begun))
            return weir_wait_turn(cx);
        weir_poll got = weir_poll_writev(writer, cx, left, m);
        if (got.state != WEIR_READY)
            return got;
        *written += got.n;
    }
    return all_written(*written - before);
}

/* ---- as futures ---- */

struct write_all {
    struct weir_writing writing;
    const void *bytes;
    const struct iovec *pieces; /* instead of bytes */
    size_t n;
    size_t *written;
    size_t own_written; /* where the caller has no number for it */
};

static struct write_all *write_all_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct write_all, writing.stream);
}

static weir_poll write_all_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct write_all *self = write_all_of(stream);
    weir_writer *writer = weir_writing_to(stream);
    (void)demand;
    weir_poll got =
        self->pieces
            ? weir_poll_write_all_vectored(writer, cx, self->pieces, self->n, self->written)
            : weir_poll_write_all(writer, cx, self->bytes, self->n, self->written);
    return got.state == WEIR_READY ? weir_writing_gives(out, *self->written)
                                   : weir_writing_stops(cx, got, *self->written);
}

static const weir_stream_ops write_all_ops = WEIR_WRITING_OPS("write_all", write_all_poll_next);
static const weir_stream_ops write_all_vectored_ops =
    WEIR_WRITING_OPS("write_all_vectored", write_all_poll_next);

static weir_stream *write_all_new(weir_writer *writer, size_t *written, const weir_stream_ops *ops)
{
    weir_stream *stream = weir_writing_new(writer, sizeof(struct write_all), ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct write_all *self = write_all_of(stream);
    self->written = written ? written : &self->own_written;
    return stream;
}

weir_stream *weir_write_all(weir_writer *writer, const void *bytes, size_t n, size_t *written)
{
    weir_stream *stream = write_all_new(writer, written, &write_all_ops);
    if (weir_stage_failed(&stream->stage))
        return stream;
    write_all_of(stream)->bytes = bytes;
    write_all_of(stream)->n = n;
    return stream;
}

weir_stream *weir_write_all_vectored(weir_writer *writer, const struct iovec *pieces, size_t n,
                                     size_t *written)
{
    weir_stream *stream = write_all_new(writer, written, &write_all_vectored_ops);
    if (weir_stage_failed(&stream->stage))
        return stream;
    write_all_of(stream)->pieces = pieces;
    write_all_of(stream)->n = n;
    return stream;
}
