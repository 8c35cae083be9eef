/* buf: a byte vector that is written at its end and read from its front. What was written stands in
 * one block, which goes to the reader as it is when that asks; the next bytes begin another one. */

#include <string.h>

#include "core/stage.h"
#include "weir/read.h"

enum { BUF_FIRST_BYTES = 256 };

/* What both halves share; it goes with the second one. */
struct buf {
    weir_block *block; /* n bytes that the reader has not asked for; NULL: there are none */
    size_t n;
    size_t bytes_max;
    struct buf_reader *reader;
    struct buf_writer *writer;
    bool closed;
    weir_waker_slot waiting; /* the reader */
};

struct buf_reader {
    weir_reader reader;
    struct buf *buf;
};

struct buf_writer {
    weir_writer writer;
    struct buf *buf;
};

static void buf_let_go(struct buf *self)
{
    if (self->reader || self->writer)
        return;
    weir_waker_slot_clear(&self->waiting);
    weir_block_unref(self->block);
    weir_release(self, sizeof *self);
}

/* ---- the reader ---- */

static struct buf *buf_of_reader(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct buf_reader, reader)->buf;
}

static void buf_give_block_back(weir_reader *reader)
{
    weir_block_unref(reader->block);
}

static void buf_take_all(struct buf *self, weir_reader *reader)
{
    weir_reader_release(reader);
    reader->base = self->block->data;
    reader->end = self->n;
    reader->block = self->block;
    reader->give_back = buf_give_block_back;
    self->block = NULL;
    self->n = 0;
}

/* Behind what is in hand, which is too little. */
static bool buf_take_some(struct buf *self, weir_reader *reader)
{
    size_t n = self->n < WEIR_BLOCK_BYTES ? self->n : WEIR_BLOCK_BYTES;
    unsigned char *to = weir_reader_room(reader, n);
    if (!to)
        return false;
    memcpy(to, self->block->data, n);
    reader->end += n;
    self->n -= n;
    memmove(self->block->data, self->block->data + n, self->n);
    return true;
}

static weir_poll nothing_written(struct buf *self, weir_cx *cx)
{
    if (self->closed)
        return (weir_poll){0, WEIR_END};
    if (self->writer)
        return weir_wait(cx, &self->waiting, WEIR_WAIT_ITEM);
    return weir_fail(cx, WEIR_E_CLOSED, "the writer was dropped without being closed");
}

static weir_poll buf_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct buf *self = buf_of_reader(reader);
    (void)min;
    bool empty = reader->begin == reader->end;
    if (!self->n) {
        if (empty)
            weir_reader_release(reader);
        return nothing_written(self, cx);
    }
    if (empty)
        buf_take_all(self, reader);
    else if (!buf_take_some(self, reader))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory to join %zu bytes", self->n);
    return (weir_poll){0, WEIR_READY};
}

static weir_hint buf_size_hint(const weir_reader *reader)
{
    const struct buf *self = buf_of_reader(reader);
    return (weir_hint){self->n, self->writer && !self->closed ? WEIR_HINT_UNKNOWN : self->n};
}

static weir_poll buf_poll_ready(weir_reader *reader, weir_cx *cx)
{
    struct buf *self = buf_of_reader(reader);
    bool waits = !self->n && self->writer && !self->closed;
    return waits ? nothing_written(self, cx) : (weir_poll){0, WEIR_READY};
}

static void buf_reader_fini(weir_reader *reader)
{
    struct buf *self = buf_of_reader(reader);
    weir_waker_slot_clear(&self->waiting);
    self->reader = NULL;
    buf_let_go(self);
}

static size_t buf_reader_memory_max(const weir_reader *reader)
{
    return weir_reader_room_max(reader, WEIR_BLOCK_BYTES);
}

static const void *buf_reader_half_of(const weir_reader *reader)
{
    return buf_of_reader(reader);
}

static const weir_reader_ops buf_reader_ops = {.size = sizeof buf_reader_ops,
                                               .name = "buf",
                                               .poll_fill = buf_poll_fill,
                                               .fini = buf_reader_fini,
                                               .size_hint = buf_size_hint,
                                               .memory_max = buf_reader_memory_max,
                                               .poll_ready = buf_poll_ready,
                                               .half_of = buf_reader_half_of};

/* ---- the writer ---- */

static struct buf *buf_of_writer(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct buf_writer, writer)->buf;
}

/* Doubles: the bytes move to a larger block. */
static bool buf_grow(struct buf *self, size_t need)
{
    if (self->block && need <= self->block->size)
        return true;
    size_t size = self->n < self->bytes_max / 2 ? 2 * self->n : self->bytes_max;
    size = size > need ? size : need;
    size = size > BUF_FIRST_BYTES || self->bytes_max < BUF_FIRST_BYTES ? size : BUF_FIRST_BYTES;
    weir_block *block = weir_block_new(0, size);
    if (!block)
        return false;
    if (self->n)
        memcpy(block->data, self->block->data, self->n);
    weir_block_unref(self->block);
    self->block = block;
    return true;
}

static weir_poll buf_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct buf *self = buf_of_writer(writer);
    if (!self->reader)
        return weir_fail(cx, WEIR_E_CLOSED, "the reader was dropped");
    size_t held = self->n; /* who reads through others does not tell this one before it asks */
    if (held >= self->bytes_max)
        return weir_fail(cx, WEIR_E_LIMIT, "more than bytes_max = %zu unread bytes",
                         self->bytes_max);
    n = n < self->bytes_max - held ? n : self->bytes_max - held;
    if (!buf_grow(self, self->n + n))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes", self->n + n);
    memcpy(self->block->data + self->n, bytes, n);
    self->n += n;
    weir_waker_slot_wake(&self->waiting);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll buf_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct buf *self = buf_of_writer(writer);
    (void)cx;
    self->closed = true;
    weir_waker_slot_wake(&self->waiting);
    return (weir_poll){0, WEIR_END};
}

static void buf_writer_fini(weir_writer *writer)
{
    struct buf *self = buf_of_writer(writer);
    self->writer = NULL;
    weir_waker_slot_wake(&self->waiting);
    buf_let_go(self);
}

/* While it grows the old block may stand beside the new one, and the reader has another. */
static size_t buf_writer_memory_max(const weir_writer *writer)
{
    size_t bytes_max = buf_of_writer(writer)->bytes_max;
    size_t block = sizeof(weir_block) + WEIR_PADDING_BYTES + BUF_FIRST_BYTES;
    return sizeof(struct buf) + 3 * (bytes_max + block);
}

static const void *buf_writer_half_of(const weir_writer *writer)
{
    return buf_of_writer(writer);
}

static const weir_writer_ops buf_writer_ops = {.size = sizeof buf_writer_ops,
                                               .name = "buf",
                                               .poll_write = buf_poll_write,
                                               .poll_close = buf_poll_close,
                                               .fini = buf_writer_fini,
                                               .memory_max = buf_writer_memory_max,
                                               .half_of = buf_writer_half_of};

/* ---- making ---- */

static weir_duplex buf_refused(weir_code code, const char *format, size_t n)
{
    return (weir_duplex){weir_reader_refused(code, NULL, format, NULL, NULL, n),
                         weir_writer_refused(code, NULL, format, NULL, NULL, n)};
}

weir_duplex weir_buf(size_t bytes_max)
{
    if (!bytes_max || bytes_max > WEIR_MIN_MAX)
        return buf_refused(WEIR_E_ARGUMENT, "buf: bytes_max is %zu", bytes_max);
    struct buf *self = weir_allocate(sizeof *self);
    if (!self)
        return buf_refused(WEIR_E_MEMORY, "no memory for a buf (%zu bytes)", sizeof *self);
    *self = (struct buf){.bytes_max = bytes_max};
    weir_duplex made = {weir_reader_new(sizeof(struct buf_reader), &buf_reader_ops),
                        weir_writer_new(sizeof(struct buf_writer), &buf_writer_ops)};
    if (!weir_stage_failed(&made.reader->stage)) {
        self->reader = WEIR_CONTAINER(made.reader, struct buf_reader, reader);
        self->reader->buf = self;
    }
    if (!weir_stage_failed(&made.writer->stage)) {
        self->writer = WEIR_CONTAINER(made.writer, struct buf_writer, writer);
        self->writer->buf = self;
    }
    buf_let_go(self); /* of which neither half could be made */
    return made;
}
