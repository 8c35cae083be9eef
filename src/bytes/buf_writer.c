/* buf_writer: gathers small writes in a block. What is as large as the block goes past it. The
 * block is handed on by a reference, so that a writer that sends later copies nothing. */

#include "bytes/buf_writer.h"

#include <string.h>
#include <sys/uio.h>

#include "bytes/below.h"
#include "weir/poll.h"
#include "weir/write.h"

static size_t buf_writer_held(const struct weir_buf_writer *self)
{
    return self->end - self->begin;
}

static void buf_writer_let_go(struct weir_buf_writer *self)
{
    weir_block_unref(self->block);
    self->block = NULL;
    self->begin = self->end = 0;
}

/* A block that somebody below still sends from is not written to from its beginning again. */
static void emptied(struct weir_buf_writer *self)
{
    self->begin = self->end = 0;
    if (!weir_block_is_unshared(self->block))
        buf_writer_let_go(self);
}

weir_poll weir_buf_push(struct weir_buf_writer *self, weir_cx *cx)
{
    weir_writer *below = weir_writer_below(&self->writer);
    for (bool begun = false; buf_writer_held(self); begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = weir_poll_give(below, cx, self->block, self->block->data + self->begin,
                                       buf_writer_held(self));
        if (got.state != WEIR_READY)
            return got;
        self->begin += got.n;
        if (!buf_writer_held(self))
            emptied(self);
    }
    return (weir_poll){0, WEIR_READY};
}

bool weir_buf_append(struct weir_buf_writer *self, const void *bytes, size_t *n)
{
    if (!self->block && !(self->block = weir_block_new(0, self->capacity)))
        return false;
    size_t room = self->capacity - self->end;
    *n = *n < room ? *n : room;
    if (*n)
        memcpy(self->block->data + self->end, bytes, *n);
    self->end += *n;
    return true;
}

weir_poll weir_buf_no_memory(const struct weir_buf_writer *self, weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for a buffer of %zu bytes", self->capacity);
}

/* READY: n more bytes have room, or nothing is held. */
static weir_poll buf_writer_make_room(struct weir_buf_writer *self, weir_cx *cx, size_t n)
{
    if (self->end + n <= self->capacity)
        return (weir_poll){0, WEIR_READY};
    return weir_buf_push(self, cx);
}

static weir_poll buf_writer_keep(struct weir_buf_writer *self, weir_cx *cx, const void *bytes,
                                 size_t n)
{
    if (!weir_buf_append(self, bytes, &n))
        return weir_buf_no_memory(self, cx);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll buf_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                               const void *bytes, size_t n)
{
    struct weir_buf_writer *self = weir_buf_of(writer);
    weir_poll got = buf_writer_make_room(self, cx, n);
    if (got.state != WEIR_READY)
        return got;
    return n >= self->capacity ? weir_poll_give(weir_writer_below(writer), cx, block, bytes, n)
                               : buf_writer_keep(self, cx, bytes, n);
}

weir_poll weir_buf_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    return buf_poll_give(writer, cx, NULL, bytes, n);
}

/* Pieces that are offered together have at most UINT32_MAX bytes. */
static size_t sum_of(const struct iovec *pieces, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += pieces[i].iov_len;
    return sum;
}

weir_poll weir_buf_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                               size_t n)
{
    struct weir_buf_writer *self = weir_buf_of(writer);
    size_t sum = sum_of(pieces, n);
    weir_poll got = buf_writer_make_room(self, cx, sum);
    if (got.state != WEIR_READY)
        return got;
    if (sum >= self->capacity)
        return weir_poll_writev(weir_writer_below(writer), cx, pieces, n);
    for (size_t i = 0; i < n; i++) {
        weir_poll kept = buf_writer_keep(self, cx, pieces[i].iov_base, pieces[i].iov_len);
        if (kept.state != WEIR_READY)
            return kept;
    }
    return (weir_poll){(uint32_t)sum, WEIR_READY};
}

/* Flushed, and with nothing to hold, it holds no block: an idle writer has none. */
weir_poll weir_buf_poll_flush(weir_writer *writer, weir_cx *cx)
{
    struct weir_buf_writer *self = weir_buf_of(writer);
    weir_poll got = weir_buf_push(self, cx);
    if (got.state != WEIR_READY)
        return got;
    buf_writer_let_go(self);
    return weir_below_flush(writer, cx);
}

weir_poll weir_buf_poll_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    weir_poll got = weir_buf_push(weir_buf_of(writer), cx);
    return got.state == WEIR_READY ? weir_below_settle(writer, cx, strength) : got;
}

weir_poll weir_buf_poll_close(weir_writer *writer, weir_cx *cx)
{
    weir_poll got = weir_buf_push(weir_buf_of(writer), cx);
    return got.state == WEIR_READY ? weir_below_close(writer, cx) : got;
}

weir_poll weir_buf_poll_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    weir_poll got = weir_buf_push(weir_buf_of(writer), cx);
    return got.state == WEIR_READY ? weir_writer_move(weir_writer_below(writer), cx, from) : got;
}

const char *weir_buf_moves_by(const weir_writer *writer, weir_raw_kind from)
{
    return weir_writer_moves_by(weir_writer_below(writer), from);
}

/* An error is told by the next write. */
weir_poll weir_buf_poll_room(weir_writer *writer, weir_cx *cx)
{
    struct weir_buf_writer *self = weir_buf_of(writer);
    if (self->end < self->capacity)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_buf_push(self, cx);
    return got.state == WEIR_PENDING ? got : (weir_poll){0, WEIR_READY};
}

/* 0: there is room now. */
static int64_t try_push(struct weir_buf_writer *self)
{
    weir_writer *below = weir_writer_below(&self->writer);
    while (buf_writer_held(self)) {
        int64_t got = weir_try_write(below, self->block->data + self->begin, buf_writer_held(self));
        if (got < 0)
            return got;
        self->begin += (size_t)got;
    }
    emptied(self);
    return 0;
}

int64_t weir_buf_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    struct weir_buf_writer *self = weir_buf_of(writer);
    int64_t got = self->end == self->capacity ? try_push(self) : 0;
    if (got < 0)
        return got;
    return weir_buf_append(self, bytes, &n) ? (int64_t)n : -1;
}

/* What it holds is lost: below it must not look whole. */
void weir_buf_fini(weir_writer *writer)
{
    struct weir_buf_writer *self = weir_buf_of(writer);
    writer->stage.ending |= buf_writer_held(self) > 0;
    buf_writer_let_go(self);
}

size_t weir_buf_memory_max(const weir_writer *writer)
{
    return sizeof(weir_block) + weir_buf_of(writer)->capacity + WEIR_PADDING_BYTES;
}

size_t weir_buf_unsent(const weir_writer *writer)
{
    return buf_writer_held(weir_buf_of(writer)) + weir_below_unsent(writer);
}

static const weir_writer_ops buf_writer_buf_writer_ops =
    WEIR_BUF_OPS("buf_writer", weir_buf_poll_write, weir_buf_poll_writev,
                 .poll_give = buf_poll_give, .try_write = weir_buf_try_write);

weir_writer *weir_buf_writer_new(weir_writer *below, size_t capacity, const weir_writer_ops *ops)
{
    weir_writer *writer = weir_writer_over(below, sizeof(struct weir_buf_writer), ops);
    if (weir_stage_failed(&writer->stage))
        return writer;
    if (!capacity || capacity > WEIR_MIN_MAX)
        return weir_writer_refuse(&writer->stage, WEIR_E_ARGUMENT, "WEIR_BUFFER_BYTES",
                                  "%s: a 'capacity' of %zu bytes is none from 1 byte to 64 MiB",
                                  ops->name, NULL, capacity);
    weir_buf_of(writer)->capacity = capacity;
    return writer;
}

weir_writer *weir_buf_writer(weir_writer *below, size_t capacity)
{
    return weir_buf_writer_new(below, capacity, &buf_writer_buf_writer_ops);
}
