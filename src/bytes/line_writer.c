/* line_writer: passes whole lines on at once, and holds back the beginning of the next one. */

#include <string.h>
#include <sys/uio.h>

#include "bytes/below.h"
#include "bytes/buf_writer.h"
#include "weir/write.h"

/* Bytes up to the last newline and with it; 0: there is none. */
static size_t lines_in(const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    while (n && at[n - 1] != '\n')
        n--;
    return n;
}

/* The write of the lines took some. Of what is behind them as much is held as has room. What was
 * not taken of them is offered again by the caller: a finished line is not held back. */
static uint32_t line_writer_keep_rest(struct weir_buf_writer *self, const unsigned char *bytes,
                                      size_t n, size_t lines, uint32_t took)
{
    size_t kept = n - lines;
    if (took < lines || !kept || !weir_buf_append(self, bytes + lines, &kept))
        return took;
    return took + (uint32_t)kept;
}

static weir_poll line_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct weir_buf_writer *self = weir_buf_of(writer);
    size_t lines = lines_in(bytes, n);
    if (!lines)
        return weir_buf_poll_write(writer, cx, bytes, n);
    weir_poll got = weir_buf_push(self, cx);
    if (got.state != WEIR_READY)
        return got;
    got = weir_poll_write(weir_writer_below(writer), cx, bytes, lines);
    if (got.state == WEIR_READY)
        got.n = line_writer_keep_rest(self, bytes, n, lines, got.n);
    return got;
}

/* Pieces up to the one that holds the last newline; 0: none does. */
static size_t pieces_with_lines(const struct iovec *pieces, size_t n)
{
    while (n && !lines_in(pieces[n - 1].iov_base, pieces[n - 1].iov_len))
        n--;
    return n;
}

static weir_poll line_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                                  size_t n)
{
    struct weir_buf_writer *self = weir_buf_of(writer);
    size_t whole = pieces_with_lines(pieces, n), lines = 0;
    if (!whole)
        return weir_buf_poll_writev(writer, cx, pieces, n);
    weir_poll got = weir_buf_push(self, cx);
    if (got.state != WEIR_READY)
        return got;
    got = weir_poll_writev(weir_writer_below(writer), cx, pieces, whole);
    for (size_t i = 0; i < whole; i++)
        lines += pieces[i].iov_len;
    for (size_t i = whole; got.state == WEIR_READY && got.n >= lines && i < n; i++) {
        size_t kept = pieces[i].iov_len;
        if (!kept || !weir_buf_append(self, pieces[i].iov_base, &kept) || !kept)
            break;
        got.n += (uint32_t)kept;
        lines += kept;
    }
    return got;
}

static const weir_writer_ops line_writer_ops =
    WEIR_BUF_OPS("line_writer", line_poll_write, line_poll_writev, .input = NULL);

weir_writer *weir_line_writer(weir_writer *below, size_t capacity)
{
    return weir_buf_writer_new(below, capacity, &line_writer_ops);
}
