/* The reader of a connection. One receive at a time, begun when bytes are asked for and none are in
 * hand; it belongs to the connection, so a reader that is given up loses nothing that its successor
 * could not have. */

#include <errno.h>
#include <string.h>

#include "core/stage.h"
#include "net/park.h"
#include "net/socket_move.h"

enum {
    SOCKET_READER_BULK_BYTES = 256 << 10, /* of the block that bulk is received into */
    BULK_ROW = 2,                         /* full blocks in a row: it is bulk */
    MOVED_FROM = 256 << 10,               /* bytes of bulk: it is worth a pipe */
    DRY_ROW = 4                           /* times that nothing could be moved: it cannot be */
};

struct socket_reader {
    weir_reader reader;
    struct weir_socket *socket;
};

static struct weir_socket *socket_reader_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct socket_reader, reader)->socket;
}

static size_t socket_reader_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

/* ---- what came ---- */

static void socket_reader_give_block_back(weir_reader *reader)
{
    weir_block_unref(reader->block);
}

static void socket_reader_stand_in(weir_reader *reader, weir_block *block, size_t begin, size_t end)
{
    weir_reader_release(reader);
    reader->base = block->data;
    reader->begin = begin;
    reader->end = end;
    reader->block = block;
    reader->give_back = socket_reader_give_block_back;
}

static weir_poll socket_reader_fail_memory(weir_cx *cx, const weir_reader *reader, size_t n)
{
    weir_fail(cx, WEIR_E_MEMORY, "no memory for %zu bytes that were received", n);
    cx->error.byte = reader->offset;
    return (weir_poll){0, WEIR_ERROR};
}

/* What is left over is copied in front of what came, where there is room: nobody else holds that
 * block yet. A longer rest is joined with it in memory of its own. */
static weir_poll socket_reader_absorb(struct weir_socket *self, weir_reader *reader, weir_cx *cx)
{
    weir_block *came = self->came;
    size_t left = socket_reader_in_hand(reader), n = self->came_n, head = came->head;
    if (left <= head) {
        if (left)
            memcpy(came->data + head - left, reader->base + reader->begin, left);
        self->came = NULL;
        socket_reader_stand_in(reader, came, head - left, head + n);
        return (weir_poll){0, WEIR_READY};
    }
    unsigned char *room = weir_reader_room(reader, n);
    if (!room)
        return socket_reader_fail_memory(cx, reader, left + n);
    memcpy(room, came->data + head, n);
    reader->end += n;
    self->came = NULL;
    weir_block_unref(came);
    return (weir_poll){0, WEIR_READY};
}

/* ---- receiving ---- */

/* What brings less than a block takes one off: how bytes fall into receives is chance. */
static void note_bulk(struct weir_socket *self, uint32_t n, bool full)
{
    const uint32_t block = WEIR_POOL_BLOCK_BYTES, most = MOVED_FROM;
    if (full || n >= block)
        self->bulk = n < most - self->bulk ? self->bulk + n : most;
    else
        self->bulk -= block < self->bulk ? block : self->bulk;
}

static void recv_done(weir_op *op, weir_got got)
{
    weir_op_recv *recv = WEIR_CONTAINER(op, weir_op_recv, op);
    struct weir_socket *self = WEIR_CONTAINER(recv, struct weir_socket, recv);
    if (got.block && self->reader_gone) {
        weir_block_unref(got.block);
    } else if (got.block) {
        bool full = (size_t)got.result == got.block->size - got.block->head;
        self->full_row = full ? self->full_row + (self->full_row < BULK_ROW) : 0;
        note_bulk(self, (uint32_t)got.result, full);
        self->came = got.block;
        self->came_n = (uint32_t)got.result;
    } else if (got.result != -ECANCELED && got.result != -EINTR && got.result != -EAGAIN) {
        self->over = got.result ? got.result : self->broken ? self->broken : 1;
    }
    weir_waker_slot_wake(&self->readable);
    weir_socket_let_go(self);
}

/* A large block, where it is known that there is much to put into it: so none is held idle. */
static void choose_block(struct weir_socket *self)
{
    bool bulk = self->full_row >= BULK_ROW && self->recv.op.hot;
    self->recv.into = bulk ? weir_driver_large_block(self->driver, SOCKET_READER_BULK_BYTES) : NULL;
}

static void socket_reader_start(struct weir_socket *self)
{
    choose_block(self);
    weir_socket_stop_more(self); /* the driver has one place for both */
    weir_socket_hold(self);
    weir_op_start(self->driver, &self->recv.op); /* may be done before it returns */
}

/* A little that was left over of a large block stands in its own while more is waited for. */
static void hold_less(weir_reader *reader)
{
    size_t n = socket_reader_in_hand(reader);
    if (!n || !reader->block || n > reader->block->size / 4)
        return;
    weir_block *own = weir_block_new(0, n);
    if (!own)
        return;
    memcpy(own->data, reader->base + reader->begin, n);
    socket_reader_stand_in(reader, own, 0, n);
}

static weir_poll socket_reader_over(const struct weir_socket *self, const weir_reader *reader,
                                    weir_cx *cx)
{
    if (self->over > 0)
        return (weir_poll){0, WEIR_END};
    return weir_socket_fail(self, cx, self->over, "receive",
                            reader->offset + socket_reader_in_hand(reader));
}

static weir_poll socket_reader_wait(struct weir_socket *self, weir_reader *reader, weir_cx *cx)
{
    if (!socket_reader_in_hand(reader) && reader->give_back)
        weir_reader_release(reader); /* before the receive, which may use that block again */
    if (!self->recv.op.busy && !self->came && !self->over)
        socket_reader_start(self);
    if (self->came)
        return socket_reader_absorb(self, reader, cx);
    if (self->over)
        return socket_reader_over(self, reader, cx);
    hold_less(reader);
    return weir_wait(cx, &self->readable, WEIR_WAIT_IO);
}

static bool stops(const weir_cx *cx)
{
    return weir_io_stopping(cx) && !cx->draining;
}

static weir_poll socket_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_socket *self = socket_reader_of(reader);
    (void)min;
    if (WEIR_UNLIKELY(cx->rt && stops(cx) && !self->came)) {
        cx->cut = self->over != 1;
        return (weir_poll){0, WEIR_END};
    }
    weir_poll got = weir_socket_poll_connected(self, cx, false);
    return got.state == WEIR_READY ? socket_reader_wait(self, reader, cx) : got;
}

/* ---- what the kernel takes ---- */

static bool is_bulk(const struct weir_socket *self)
{
    bool idle = !self->came && !self->over && !self->recv.op.busy;
    bool bound = self->fd >= 0 && self->driver && !self->driver->gone;
    return self->bulk >= MOVED_FROM && idle && bound && !(self->move && self->move->over);
}

/* Where little is moved before it is dry, blocks are as good. At first it may be dry by chance:
 * that is known when more has come. */
static bool socket_reader_goes_on(struct weir_socket *self, uint64_t offset)
{
    struct weir_socket_move *move = self->move;
    uint64_t moved = offset - move->moved_at;
    bool first = !moved && !move->waited;
    move->moved_at = offset;
    move->waited = true;
    move->dry_row = moved ? 0 : move->dry_row + (!first && move->dry_row < DRY_ROW);
    if (!first && moved < WEIR_POOL_BLOCK_BYTES)
        self->bulk = 0;
    return self->bulk;
}

/* True: it has to be waited for. */
static bool awaits_more(struct weir_socket *self)
{
    weir_op *more = &self->move->more;
    more->fd = self->fd;
    weir_socket_hold(self);
    weir_op_start(self->driver, more); /* may be done before it returns */
    return more->busy;
}

static weir_poll look_when_dry(struct weir_socket *self, weir_reader *reader, weir_cx *cx)
{
    if (!socket_reader_goes_on(self, reader->offset) || !awaits_more(self))
        return (weir_poll){0, WEIR_READY};
    weir_reader_release(reader);
    return weir_wait(cx, &self->readable, WEIR_WAIT_IO);
}

static weir_poll socket_poll_raw(weir_reader *reader, weir_cx *cx, weir_raw *out)
{
    struct weir_socket *self = socket_reader_of(reader);
    out->kind = WEIR_RAW_LATER;
    if (!cx->rt || !is_bulk(self) || weir_io_stopping(cx))
        return (weir_poll){0, WEIR_READY};
    if (!weir_socket_has_move(self) || self->move->dry_row == DRY_ROW) {
        out->kind = WEIR_RAW_NONE;
        return (weir_poll){0, WEIR_READY};
    }
    if (self->move->more.busy)
        return weir_wait(cx, &self->readable, WEIR_WAIT_IO);
    if (!reader->stage.dry && !self->move->moves) {
        self->move->moved_at = reader->offset;
        self->move->waited = false;
    }
    weir_poll got =
        reader->stage.dry ? look_when_dry(self, reader, cx) : (weir_poll){0, WEIR_READY};
    self->move->moves = self->bulk;
    if (got.state == WEIR_READY && is_bulk(self))
        *out = (weir_raw){WEIR_RAW_SOCKET, self->fd, WEIR_RAW_HERE, &self->over};
    return got;
}

static weir_raw_kind socket_raw_kind(const weir_reader *reader)
{
    (void)reader;
    return WEIR_RAW_SOCKET;
}

/* ---- readiness ---- */

static weir_poll socket_poll_ready(weir_reader *reader, weir_cx *cx)
{
    struct weir_socket *self = socket_reader_of(reader);
    weir_poll got = weir_socket_poll_connected(self, cx, false);
    if (got.state != WEIR_READY)
        return (weir_poll){0, got.state == WEIR_PENDING ? WEIR_PENDING : WEIR_READY};
    if (self->came || self->over || stops(cx))
        return (weir_poll){0, WEIR_READY};
    weir_reader_release(reader);
    if (!self->recv.op.busy)
        socket_reader_start(self);
    if (self->came || self->over)
        return (weir_poll){0, WEIR_READY};
    return weir_wait(cx, &self->readable, WEIR_WAIT_IO);
}

static int64_t socket_reader_take_some(struct weir_socket *self, void *out, size_t n)
{
    weir_block *came = self->came;
    n = n < self->came_n ? n : self->came_n;
    memcpy(out, came->data + came->head, n);
    came->head += (uint32_t)n;
    self->came_n -= (uint32_t)n;
    return (int64_t)n;
}

/* A plain receive while one flies would take bytes out of their order. */
static int64_t recv_plain(struct weir_socket *self, void *out, size_t n)
{
    const weir_sys *sys = self->driver->sys;
    int64_t got;
    do
        got = sys->recv(sys, self->fd, out, n, 0);
    while (got == -EINTR);
    if (got == -EAGAIN)
        return WEIR_WOULD_BLOCK;
    if (got <= 0)
        self->over = got ? (int32_t)got : 1;
    return got;
}

static int64_t socket_try_read(weir_reader *reader, void *out, size_t n)
{
    struct weir_socket *self = socket_reader_of(reader);
    if (self->fd >= 0 && !self->came && !self->over)
        weir_driver_look(self->driver);
    if (self->came) {
        int64_t taken = socket_reader_take_some(self, out, n);
        if (!self->came_n) {
            weir_block_unref(self->came);
            self->came = NULL;
        }
        return taken;
    }
    if (self->over)
        return self->over > 0 ? 0 : self->over;
    return self->fd < 0 || self->recv.op.busy ? WEIR_WOULD_BLOCK : recv_plain(self, out, n);
}

/* ---- the rest ---- */

static void socket_reader_fini(weir_reader *reader)
{
    struct weir_socket *self = socket_reader_of(reader);
    self->reader_gone = true;
    weir_waker_slot_clear(&self->readable);
    weir_block_unref(self->came);
    self->came = NULL;
    weir_socket_look_if_wanted(self);
    weir_socket_stop_more(self);
    if (self->driver)
        weir_op_stop(self->driver, &self->recv.op);
}

static const char *socket_place(const weir_reader *reader, uint64_t *byte)
{
    (void)byte;
    return weir_socket_peer(socket_reader_of(reader));
}

static size_t socket_reader_memory_max(const weir_reader *reader)
{
    size_t blocks = WEIR_POOL_HEAD_BYTES + SOCKET_READER_BULK_BYTES + sizeof(weir_block);
    return sizeof(struct weir_socket) + sizeof(struct weir_socket_move) + 2 * blocks +
           weir_reader_room_max(reader, SOCKET_READER_BULK_BYTES);
}

static const void *socket_reader_half_of(const weir_reader *reader)
{
    return socket_reader_of(reader);
}

static const weir_reader_ops socket_reader_ops = {
    .size = sizeof socket_reader_ops,
    .name = "socket",
    .poll_fill = socket_poll_fill,
    .fini = socket_reader_fini,
    .place = socket_place,
    .memory_max = socket_reader_memory_max,
    .poll_ready = socket_poll_ready,
    .poll_raw = socket_poll_raw,
    .try_read = socket_try_read,
    .half_of = socket_reader_half_of,
    .raw_kind = socket_raw_kind,
};

weir_reader *weir_socket_reader(struct weir_socket *self, weir_arena *arena)
{
    weir_reader *reader = weir_reader_in(arena, sizeof(struct socket_reader), &socket_reader_ops);
    WEIR_CONTAINER(reader, struct socket_reader, reader)->socket = self;
    reader->stage.remote = true;
    self->recv.op = (weir_op){.done = recv_done, .fd = -1, .kind = WEIR_OP_RECV};
    return reader;
}

struct weir_socket *weir_socket_of_reader(const weir_reader *reader)
{
    return reader->ops == &socket_reader_ops ? socket_reader_of(reader) : NULL;
}

/* A handler is given the connection's reader, or one over it (a timeout). */
static const struct weir_socket *socket_reader_below(const weir_reader *reader)
{
    const weir_stage *stage = &reader->stage;
    while (stage->source && stage->source->vt->kind == WEIR_KIND_READER)
        stage = stage->source;
    return weir_socket_of_reader(WEIR_CONTAINER(stage, weir_reader, stage));
}

bool weir_park_was_in(const weir_reader *reader)
{
    const struct weir_socket *self = socket_reader_below(reader);
    return self && self->resumed;
}

const char *weir_peer_address(const weir_reader *reader)
{
    const struct weir_socket *self = socket_reader_below(reader);
    return self && self->fd >= 0 ? weir_socket_peer(self) : NULL;
}
