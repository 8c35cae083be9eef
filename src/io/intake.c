/* Filling blocks from a descriptor. What is left over of a block (the beginning of a line) is
 * copied in front of the next block's bytes, so that full blocks are never moved. */

#include "io/intake.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "weir/alloc.h"

enum { LINE_BYTES = 64 }; /* of the processor's cache: where copies go fastest */

static struct weir_block *block_new(size_t head)
{
    size_t size = head + LINE_BYTES + WEIR_BLOCK_BYTES;
    struct weir_block *block = weir_allocate(sizeof *block + size);
    if (!block)
        return NULL;
    *block = (struct weir_block){.size = size};
    uintptr_t at = (uintptr_t)block->data + head;
    block->head = head + (-at % LINE_BYTES);
    return block;
}

static void block_release(weir_io *io)
{
    struct weir_block *block = WEIR_CONTAINER(io, struct weir_block, io);
    weir_release(block, sizeof *block + block->size);
}

static void block_drop(struct weir_block *block)
{
    if (block)
        weir_io_abandon(&block->io, block_release);
}

static size_t in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static void stand_in(struct weir_intake *self, struct weir_block *block, size_t begin, size_t end)
{
    weir_reader *reader = &self->reader;
    self->now = block;
    reader->base = block->data;
    reader->begin = begin;
    reader->end = end;
    reader->room = block->size;
}

/* Makes room for more bytes behind those in hand. */
static bool make_room(struct weir_intake *self, size_t more)
{
    weir_reader *reader = &self->reader;
    size_t n = in_hand(reader);
    if (self->now && self->now->size - n >= more) {
        if (!n)
            reader->begin = reader->end = 0;
        if (self->now->size - reader->end < more) {
            memmove(reader->base, reader->base + reader->begin, n);
            stand_in(self, self->now, 0, n);
        }
        return true;
    }
    struct weir_block *larger = block_new(n > reader->reserve ? n : reader->reserve);
    if (!larger)
        return false;
    if (n)
        memcpy(larger->data, reader->base + reader->begin, n);
    block_drop(self->now);
    stand_in(self, larger, 0, n);
    return true;
}

static bool reads_ahead(const struct weir_intake *self, const weir_driver *driver)
{
    return self->regular && driver->ops->overlaps;
}

/* The block the next read goes to, and where. NULL: no memory. */
static struct weir_block *target(struct weir_intake *self, const weir_driver *driver)
{
    if (!reads_ahead(self, driver)) {
        if (!make_room(self, WEIR_BLOCK_BYTES))
            return NULL;
        self->now->io.out = self->reader.base + self->reader.end;
        return self->now;
    }
    if (self->ahead && self->ahead->head < self->reader.reserve) {
        block_drop(self->ahead); /* longer lines were announced since */
        self->ahead = NULL;
    }
    if (!self->ahead)
        self->ahead = block_new(self->reader.reserve);
    if (self->ahead)
        self->ahead->io.out = self->ahead->data + self->ahead->head;
    return self->ahead;
}

static weir_io *start(struct weir_intake *self, weir_driver *driver)
{
    struct weir_block *block = target(self, driver);
    if (!block)
        return NULL;
    weir_io *io = &block->io;
    io->kind = self->poll_first ? WEIR_IO_POLL : WEIR_IO_READ;
    io->fd = self->fd;
    io->events = POLLIN;
    io->n = WEIR_BLOCK_BYTES;
    io->offset = self->regular ? self->position : WEIR_IO_HERE;
    weir_io_submit(driver, io);
    return io;
}

/* The operation that was started and not yet taken. */
static weir_io *started(const struct weir_intake *self)
{
    struct weir_block *blocks[] = {self->ahead, self->now};
    for (int i = 0; i < 2; i++)
        if (blocks[i] && blocks[i]->io.state != WEIR_IO_IDLE)
            return &blocks[i]->io;
    return NULL;
}

/* Joins n bytes that were read with those in hand, copying the fewer of them. */
static bool absorb(struct weir_intake *self, const weir_io *io, size_t n)
{
    weir_reader *reader = &self->reader;
    struct weir_block *ahead = self->ahead, *now = self->now;
    size_t left = in_hand(reader);
    if (!ahead || io != &ahead->io) {
        reader->end += n;
        return true;
    }
    if (left <= n && left <= ahead->head) {
        if (left)
            memcpy(ahead->data + ahead->head - left, reader->base + reader->begin, left);
        self->ahead = now;
        stand_in(self, ahead, ahead->head - left, ahead->head + n);
        return true;
    }
    if (!make_room(self, n))
        return false;
    memcpy(reader->base + reader->end, io->out, n);
    reader->end += n;
    return true;
}

/* What is wanted next is read while what came is used. */
static void go_ahead(struct weir_intake *self, weir_driver *driver)
{
    if (reads_ahead(self, driver) && self->position < self->size)
        start(self, driver); /* no memory: it is tried again, and told, when it is needed */
}

static weir_poll fail_memory(const struct weir_intake *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_MEMORY, "no memory to read (%zu bytes)",
              self->reader.reserve + WEIR_BLOCK_BYTES);
    cx->error.byte = self->position;
    return (weir_poll){0, WEIR_ERROR};
}

static void close_owned(struct weir_intake *self)
{
    if (self->owned && self->fd >= 0)
        self->base_sys->close(self->base_sys, self->fd);
    self->fd = self->owned ? -1 : self->fd;
}

/* Leaves a block of its own size for what is in hand. */
static void keep_rest(struct weir_intake *self)
{
    weir_reader *reader = &self->reader;
    size_t n = in_hand(reader);
    unsigned char *rest = n ? weir_allocate(n) : NULL;
    if (n && !rest)
        return;
    if (n)
        memcpy(rest, reader->base + reader->begin, n);
    block_drop(self->now);
    self->now = NULL;
    weir_reader_release(reader);
    if (n) {
        reader->base = rest;
        reader->end = reader->room = n;
        reader->owns_base = true;
    }
}

/* A chain of many files holds the descriptor and the blocks of one at a time. */
static weir_poll end(struct weir_intake *self)
{
    close_owned(self);
    block_drop(self->ahead);
    self->ahead = NULL;
    keep_rest(self);
    return (weir_poll){0, WEIR_END};
}

static weir_poll take(struct weir_intake *self, weir_cx *cx, weir_io *io)
{
    int64_t result = io->result;
    bool polled = io->kind == WEIR_IO_POLL;
    io->state = WEIR_IO_IDLE;
    self->poll_first = result == -EAGAIN;
    /* Cancelled: by a runtime that was dropped; here is another one. */
    if (self->poll_first || result == -EINTR || result == -ECANCELED || (polled && result >= 0))
        return (weir_poll){0, WEIR_READY};
    if (result < 0)
        return weir_fail_system(cx, result, "read", self->name, self->position);
    if (!result)
        return end(self);
    if (!absorb(self, io, (size_t)result))
        return fail_memory(self, cx);
    self->position += (uint64_t)result;
    go_ahead(self, weir_rt_io(cx->rt));
    return (weir_poll){0, WEIR_READY};
}

weir_poll weir_intake_fill(struct weir_intake *self, weir_cx *cx)
{
    if (weir_io_stopping(cx)) {
        if (!self->size || self->position < self->size)
            weir_rt_note_cut(cx->rt);
        return (weir_poll){0, WEIR_END};
    }
    weir_io *io = started(self);
    if (!io)
        io = start(self, weir_rt_io(cx->rt));
    if (!io)
        return fail_memory(self, cx);
    if (weir_io_busy(io))
        return weir_wait(cx, &io->waiter, WEIR_WAIT_IO);
    return take(self, cx, io);
}

void weir_intake_fini(struct weir_intake *self)
{
    block_drop(self->ahead);
    block_drop(self->now);
    close_owned(self);
}
