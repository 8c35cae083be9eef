/* Filling blocks from a descriptor, by driver or by hand. What is left over of a block (the
 * beginning of a line) is copied in front of the next block's bytes, so that full blocks are never
 * moved. */

#include "io/intake.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "weir/alloc.h"

enum { INTAKE_LINE_BYTES = 64 }; /* of the processor's cache: where copies go fastest */
enum { REST_BYTES_MAX = 4096, INTAKE_PAUSE_NS = 10000000 };
enum { INTAKE_LARGE_BYTES = 64 << 10, INTAKE_PIPE_BYTES = 1 << 20 };

/* Of a block that begins behind `head` bytes for what was left over. */
static size_t intake_block_bytes(size_t head)
{
    return sizeof(struct weir_intake_block) + head + INTAKE_LINE_BYTES + WEIR_BLOCK_BYTES +
           WEIR_PADDING_BYTES;
}

static struct weir_intake_block *block_new(size_t head)
{
    size_t size = head + INTAKE_LINE_BYTES + WEIR_BLOCK_BYTES;
    struct weir_intake_block *block = weir_allocate(intake_block_bytes(head));
    if (!block)
        return NULL;
    *block = (struct weir_intake_block){.size = size};
    uintptr_t at = (uintptr_t)block->data + head;
    block->head = head + (-at % INTAKE_LINE_BYTES);
    return block;
}

static void block_release(weir_io *io)
{
    struct weir_intake_block *block = WEIR_CONTAINER(io, struct weir_intake_block, io);
    weir_release(block, sizeof *block + block->size + WEIR_PADDING_BYTES);
}

static void block_drop(struct weir_intake_block *block)
{
    if (block)
        weir_io_abandon(&block->io, block_release);
}

static size_t intake_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static void intake_stand_in(struct weir_intake *self, struct weir_intake_block *block, size_t begin,
                            size_t end)
{
    weir_reader *reader = &self->reader;
    weir_reader_release(reader); /* a rest that was kept */
    self->now = block;
    reader->base = block->data;
    reader->begin = begin;
    reader->end = end;
    reader->room = (uint32_t)block->size;
    reader->give_back = NULL; /* the intake knows its blocks */
    reader->stage.padded = true;
}

/* Makes room for more bytes behind those in hand. */
static bool intake_make_room(struct weir_intake *self, size_t more)
{
    weir_reader *reader = &self->reader;
    size_t n = intake_in_hand(reader);
    if (self->now && self->now->size - n >= more) {
        if (!n)
            reader->begin = reader->end = 0;
        if (self->now->size - reader->end < more) {
            memmove(reader->base, reader->base + reader->begin, n);
            intake_stand_in(self, self->now, 0, n);
        }
        return true;
    }
    struct weir_intake_block *larger = block_new(n > reader->reserve ? n : reader->reserve);
    if (!larger)
        return false;
    if (n)
        memcpy(larger->data, reader->base + reader->begin, n);
    block_drop(self->now);
    intake_stand_in(self, larger, 0, n);
    return true;
}

/* The read that finds the end, or what came since, is not worth a second block. */
static bool reads_ahead(const struct weir_intake *self, const weir_driver *driver)
{
    return self->kind == WEIR_INTAKE_FILE && driver->ops->overlaps &&
           weir_intake_position(self) < self->size;
}

/* The block the next read goes to, and where. NULL: no memory. */
static struct weir_intake_block *target(struct weir_intake *self, const weir_driver *driver)
{
    if (!reads_ahead(self, driver)) {
        block_drop(self->ahead);
        self->ahead = NULL;
        if (!intake_make_room(self, WEIR_BLOCK_BYTES))
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

static weir_io *intake_start(struct weir_intake *self, weir_driver *driver)
{
    struct weir_intake_block *block = target(self, driver);
    if (!block)
        return NULL;
    weir_io *io = &block->io;
    io->kind = WEIR_IO_READ;
    io->fd = self->fd;
    io->n = WEIR_BLOCK_BYTES;
    io->offset = weir_intake_position(self);
    weir_io_submit(driver, io);
    return io;
}

/* The operation that was started and not yet taken. */
static weir_io *intake_started(const struct weir_intake *self)
{
    struct weir_intake_block *blocks[] = {self->ahead, self->now};
    for (int i = 0; i < 2; i++)
        if (blocks[i] && blocks[i]->io.state != WEIR_IO_IDLE)
            return &blocks[i]->io;
    return NULL;
}

/* Joins n bytes that were read with those in hand, copying the fewer of them. */
static bool intake_absorb(struct weir_intake *self, const weir_io *io, size_t n)
{
    weir_reader *reader = &self->reader;
    struct weir_intake_block *ahead = self->ahead, *now = self->now;
    size_t left = intake_in_hand(reader);
    if (!ahead || io != &ahead->io) {
        reader->end += n;
        return true;
    }
    if (left <= n && left <= ahead->head) {
        if (left)
            memcpy(ahead->data + ahead->head - left, reader->base + reader->begin, left);
        self->ahead = now;
        intake_stand_in(self, ahead, ahead->head - left, ahead->head + n);
        return true;
    }
    if (!intake_make_room(self, n))
        return false;
    memcpy(reader->base + reader->end, io->out, n);
    reader->end += n;
    return true;
}

/* What is wanted next is read while what came is used. */
static void intake_go_ahead(struct weir_intake *self, weir_driver *driver)
{
    if (reads_ahead(self, driver) && weir_driver_may_read(driver))
        intake_start(self, driver); /* no memory: it is tried again, and told, when it is needed */
}

static weir_poll intake_fail_memory(const struct weir_intake *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_MEMORY, "no memory to read (%zu bytes)",
              (size_t)self->reader.reserve + WEIR_BLOCK_BYTES);
    cx->error.byte = weir_intake_position(self);
    return (weir_poll){0, WEIR_ERROR};
}

static void close_owned(struct weir_intake *self)
{
    if (self->owned && self->fd >= 0)
        self->base_sys->close(self->base_sys, self->fd);
    self->fd = self->owned ? -1 : self->fd;
}

static void give_rest_back(weir_reader *reader)
{
    weir_release(reader->base, (size_t)reader->room + WEIR_PADDING_BYTES);
}

/* Leaves a block of its own size for what is in hand. */
static void intake_keep_rest(struct weir_intake *self)
{
    weir_reader *reader = &self->reader;
    size_t n = intake_in_hand(reader);
    unsigned char *rest = n ? weir_allocate(n + WEIR_PADDING_BYTES) : NULL;
    if (n && !rest)
        return;
    if (n)
        memcpy(rest, reader->base + reader->begin, n);
    block_drop(self->now);
    self->now = NULL;
    weir_reader_release(reader);
    if (n) {
        reader->base = rest;
        reader->end = n;
        reader->room = (uint32_t)n;
        reader->give_back = give_rest_back;
    }
}

/* A chain of many files holds the descriptor and the blocks of one at a time. */
static weir_poll intake_end(struct weir_intake *self)
{
    close_owned(self);
    block_drop(self->ahead);
    self->ahead = NULL;
    intake_keep_rest(self);
    return (weir_poll){0, WEIR_END};
}

static weir_poll fail_read(const struct weir_intake *self, weir_cx *cx, int64_t error)
{
    return weir_fail_system(cx, error, "read", self->name, weir_intake_position(self));
}

/* 1: look again; 0: PENDING; a negative errno. */
static weir_poll intake_waited(const struct weir_intake *self, weir_cx *cx, int got)
{
    if (got < 0)
        return fail_read(self, cx, got);
    return (weir_poll){0, got ? WEIR_READY : WEIR_PENDING};
}

/* ---- files of ours, through the driver ---- */

static weir_poll intake_take(struct weir_intake *self, weir_cx *cx, weir_io *io)
{
    int64_t result = io->result;
    io->state = WEIR_IO_IDLE;
    /* Cancelled: by a runtime that was dropped; here is another one. */
    if (result == -EINTR || result == -ECANCELED || result == -EAGAIN)
        return (weir_poll){0, WEIR_READY};
    if (result < 0)
        return fail_read(self, cx, result);
    if (!result)
        return intake_end(self);
    if (!intake_absorb(self, io, (size_t)result))
        return intake_fail_memory(self, cx);
    intake_go_ahead(self, weir_cx_driver(cx));
    return (weir_poll){0, WEIR_READY};
}

static weir_poll fill_from_file(struct weir_intake *self, weir_cx *cx)
{
    weir_driver *driver = weir_cx_driver(cx);
    weir_io *io = intake_started(self);
    if (!io && !weir_driver_may_read(driver))
        return intake_waited(self, cx, weir_ready_pause(&self->more, cx, INTAKE_PAUSE_NS));
    if (!io)
        io = intake_start(self, driver);
    if (!io)
        return intake_fail_memory(self, cx);
    if (weir_io_busy(io))
        return weir_wait(cx, &io->waiter, WEIR_WAIT_IO);
    return intake_take(self, cx, io);
}

/* ---- everything else, by hand ---- */

static weir_poll read_by_hand(struct weir_intake *self, weir_cx *cx, int64_t n)
{
    if (n == -EINTR)
        return (weir_poll){0, WEIR_READY};
    if (n < 0)
        return fail_read(self, cx, n);
    if (!n)
        return intake_end(self);
    self->reader.end += (size_t)n;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll fill_from_shared(struct weir_intake *self, weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (!intake_make_room(self, WEIR_BLOCK_BYTES))
        return intake_fail_memory(self, cx);
    int64_t n = sys->read(sys, self->fd, self->reader.base + self->reader.end, WEIR_BLOCK_BYTES);
    return n == -EAGAIN ? (weir_poll){0, WEIR_READY} : read_by_hand(self, cx, n);
}

/* What it holds while it waits: nothing, or a rest of its own size. A long rest stays where it is:
 * it would be copied for each byte that comes. */
static weir_poll intake_wait_for_more(struct weir_intake *self, weir_cx *cx)
{
    if (self->now && intake_in_hand(&self->reader) <= REST_BYTES_MAX)
        intake_keep_rest(self);
    return intake_waited(self, cx, weir_ready_wait(&self->more, cx, self->fd, POLLIN));
}

/* Where it cannot be done without waiting, somebody asked right before: here, or the driver, who
 * told that there is something. */
static int64_t read_now(struct weir_intake *self, const weir_sys *sys, void *out, size_t size,
                        bool told)
{
    int64_t n = self->refused ? -EOPNOTSUPP : sys->read_now(sys, self->fd, out, size);
    self->refused = n == -EOPNOTSUPP || n == -EINVAL || weir_is_refused(n);
    if (!self->refused)
        return n;
    int ready = weir_ready_now(sys, self->fd, POLLIN);
    if (!ready || (ready < 0 && !told))
        return -EAGAIN;
    return sys->read(sys, self->fd, out, size);
}

/* A pipe of 64 KiB, the usual size, that gave so much at once has its writer and us take turns. */
static void grow_if_full(struct weir_intake *self, const weir_sys *sys)
{
    uint64_t position = weir_intake_position(self);
    if (self->pipe && !self->grown && position - self->asked_at >= INTAKE_LARGE_BYTES) {
        sys->grow_pipe(sys, self->fd, INTAKE_PIPE_BYTES);
        self->grown = true;
    }
    self->asked_at = position;
}

static weir_poll fill_from_stream(struct weir_intake *self, weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    grow_if_full(self, sys);
    bool asked = weir_ready_asked(&self->more);
    if (asked) {
        weir_poll got = intake_wait_for_more(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    if (!asked && !self->now && weir_ready_now(sys, self->fd, POLLIN) <= 0)
        return intake_wait_for_more(self, cx);
    if (!intake_make_room(self, WEIR_BLOCK_BYTES))
        return intake_fail_memory(self, cx);
    void *out = self->reader.base + self->reader.end;
    int64_t n = read_now(self, sys, out, WEIR_BLOCK_BYTES, asked);
    return n == -EAGAIN ? intake_wait_for_more(self, cx) : read_by_hand(self, cx, n);
}

int weir_intake_look(struct weir_intake *self, const weir_sys *sys)
{
    struct stat about;
    int error = sys->fstat(sys, self->fd, &about);
    if (error)
        return error;
    if (S_ISDIR(about.st_mode))
        return -EISDIR;
    bool file = S_ISREG(about.st_mode) || S_ISBLK(about.st_mode);
    self->kind = !file ? WEIR_INTAKE_STREAM : self->owned ? WEIR_INTAKE_FILE : WEIR_INTAKE_SHARED;
    self->pipe = S_ISFIFO(about.st_mode);
    self->size = S_ISREG(about.st_mode) && self->owned ? (uint64_t)about.st_size : 0;
    return 0;
}

/* What flies already is waited for by a fill. */
weir_poll weir_intake_raw(struct weir_intake *self, weir_cx *cx, weir_raw *out)
{
    if (weir_io_stopping(cx) || intake_started(self) ||
        (self->kind == WEIR_INTAKE_STREAM && !self->pipe))
        return (weir_poll){0, WEIR_READY};
    grow_if_full(self, weir_rt_sys(cx->rt));
    bool asked = weir_ready_asked(&self->more);
    if (self->pipe && (asked || weir_ready_now(weir_rt_sys(cx->rt), self->fd, POLLIN) <= 0)) {
        weir_poll got = intake_wait_for_more(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    bool here = self->kind == WEIR_INTAKE_SHARED;
    *out = (weir_raw){.kind = self->pipe ? WEIR_RAW_PIPE : WEIR_RAW_FILE,
                      .fd = self->fd,
                      .offset = here ? WEIR_RAW_HERE : weir_intake_position(self)};
    return (weir_poll){0, WEIR_READY};
}

/* ---- waiting without the bytes, and bytes without waiting ---- */

static weir_poll intake_wait_until(struct weir_intake *self, weir_cx *cx, struct weir_ready *ready,
                                   unsigned events)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (weir_io_stopping(cx) || self->over || self->failed)
        return (weir_poll){0, WEIR_READY};
    if (!weir_ready_asked(ready) && weir_ready_now(sys, self->fd, events) > 0)
        return (weir_poll){0, WEIR_READY};
    return intake_waited(self, cx, weir_ready_wait(ready, cx, self->fd, events));
}

weir_poll weir_intake_ready(struct weir_intake *self, weir_cx *cx)
{
    if (self->kind != WEIR_INTAKE_STREAM)
        return (weir_poll){0, WEIR_READY};
    intake_keep_rest(self);
    return intake_wait_until(self, cx, &self->more, POLLIN);
}

/* A file has no other side. */
weir_poll weir_intake_hup(struct weir_intake *self, weir_cx *cx)
{
    if (self->kind != WEIR_INTAKE_STREAM)
        return weir_wait_never(cx);
    return intake_wait_until(self, cx, &self->gone, POLLRDHUP);
}

/* What a terminal says at its end it says once. */
int64_t weir_intake_try(struct weir_intake *self, void *out, size_t n)
{
    const weir_sys *sys = self->base_sys;
    if (self->failed || self->over)
        return self->failed;
    if (self->kind != WEIR_INTAKE_STREAM && self->kind != WEIR_INTAKE_SHARED)
        return WEIR_WOULD_BLOCK;
    int64_t got = self->kind == WEIR_INTAKE_STREAM ? read_now(self, sys, out, n, false)
                                                   : sys->read(sys, self->fd, out, n);
    if (got == -EAGAIN || got == -EINTR)
        return WEIR_WOULD_BLOCK;
    self->over = !got;
    self->failed = got < 0 ? got : 0;
    return got;
}

size_t weir_intake_readable(const struct weir_intake *self)
{
    if (self->kind != WEIR_INTAKE_STREAM || self->over || self->failed)
        return 0;
    int64_t n = self->base_sys->readable_bytes(self->base_sys, self->fd);
    return n > 0 ? (size_t)n : 0;
}

static bool intake_is_cut(const struct weir_intake *self)
{
    return !self->size || weir_intake_position(self) < self->size;
}

weir_poll weir_intake_fill(struct weir_intake *self, weir_cx *cx)
{
    if (weir_io_stopping(cx) && !(self->drains && cx->draining)) {
        cx->cut = intake_is_cut(self);
        return (weir_poll){0, WEIR_END};
    }
    if (self->failed)
        return fail_read(self, cx, self->failed);
    if (self->over)
        return intake_end(self);
    if (self->kind == WEIR_INTAKE_FILE)
        return fill_from_file(self, cx);
    return self->kind == WEIR_INTAKE_SHARED ? fill_from_shared(self, cx)
                                            : fill_from_stream(self, cx);
}

/* A block that nothing flies to is kept. */
void weir_intake_go_to(struct weir_intake *self, uint64_t at)
{
    weir_reader *reader = &self->reader;
    struct weir_intake_block *kept = self->now;
    if (kept && (kept->io.state != WEIR_IO_IDLE || reader->base != kept->data)) {
        block_drop(kept);
        kept = NULL;
    }
    block_drop(self->ahead);
    self->ahead = NULL;
    weir_reader_release(reader);
    self->now = kept;
    if (kept)
        intake_stand_in(self, kept, 0, 0);
    reader->offset = self->asked_at = at;
}

/* A file of ours: one block is used while the other is filled. Else one, or while it changes hands
 * a rest beside it. */
size_t weir_intake_memory_max(const weir_reader *reader)
{
    size_t block = intake_block_bytes(reader->reserve);
    size_t rest = (size_t)reader->reserve + WEIR_PADDING_BYTES;
    return 2 * sizeof(weir_io) + block + (weir_intake_of(reader)->owned ? block : rest);
}

void weir_intake_fini(struct weir_intake *self)
{
    weir_ready_fini(&self->more);
    weir_ready_fini(&self->gone);
    block_drop(self->ahead);
    block_drop(self->now);
    close_owned(self);
}
