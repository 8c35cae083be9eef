/* The writer of a connection. It has no buffer of its own: what is given to it is kept by reference
 * until the kernel took it, short pieces gather in a block while something is being sent. It keeps
 * no more than WEIR_UNSENT_BYTES_MAX, so that a peer that does not read stops who writes to it, and
 * nobody else. */

#include <errno.h>
#include <string.h>

#include "core/stage.h"
#include "net/socket_move.h"
#include "weir/alloc.h"

enum {
    SOCKET_WRITER_LARGE_BYTES = 16 << 10
}; /* written from where they stand, as far as the kernel takes them */

struct socket_writer {
    weir_writer writer;
    struct weir_socket *socket;
};

static struct weir_socket *socket_writer_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct socket_writer, writer)->socket;
}

/* ---- sending ---- */

static void send_done(weir_op *op, weir_got got);

static void socket_writer_start(struct weir_socket *self, weir_op_send *send)
{
    weir_socket_stop_room(self); /* the driver has one place for both */
    self->sending = send;
    send->owner = self;
    send->op.done = send_done;
    send->op.fd = self->fd;
    weir_socket_hold(self);
    weir_op_start(self->driver, &send->op); /* may be done before it returns */
}

/* What waits goes on in the same turn, without waking anybody; who waited for room is woken. */
static void send_done(weir_op *op, weir_got got)
{
    weir_op_send *send = WEIR_CONTAINER(op, weir_op_send, op);
    struct weir_socket *self = send->owner;
    weir_op_send *next = self->queued;
    self->sent += send->sent;
    if (got.result < 0)
        self->broken = got.result;
    weir_op_send_free(self->driver, send);
    self->sending = self->queued = NULL;
    self->tail_left = 0;
    if (next && !self->broken)
        socket_writer_start(self, next);
    else if (next)
        weir_op_send_free(self->driver, next);
    weir_waker_slot_wake(&self->writable);
    weir_socket_let_go(self);
}

static size_t unsent(const struct weir_socket *self)
{
    size_t sending = self->sending ? self->sending->bytes - self->sending->sent : 0;
    return sending + (self->queued ? self->queued->bytes : 0) + weir_socket_piped(self);
}

static bool socket_writer_is_full(const struct weir_socket *self)
{
    size_t held =
        (self->sending ? self->sending->held : 0) + (self->queued ? self->queued->held : 0);
    if (held >= WEIR_UNSENT_BYTES_MAX)
        return !self->tail_left;
    return self->queued && self->queued->n == WEIR_SEND_PARTS && !self->tail_left;
}

/* READY: bytes may be taken. An error of a send is told by the call after it. */
static weir_poll socket_writer_usable(struct weir_socket *self, weir_cx *cx)
{
    weir_poll got = weir_socket_poll_connected(self, cx, true);
    if (got.state == WEIR_READY && self->broken)
        return weir_socket_fail(self, cx, self->broken, "send", self->sent);
    return got;
}

/* What was moved before goes first. */
static weir_poll drained(struct weir_socket *self, weir_cx *cx)
{
    weir_poll got = socket_writer_usable(self, cx);
    return got.state == WEIR_READY ? weir_socket_drain(self, cx) : got;
}

static weir_poll socket_writer_has_room(struct weir_socket *self, weir_cx *cx)
{
    weir_poll got = drained(self, cx);
    if (got.state == WEIR_READY && socket_writer_is_full(self))
        return weir_wait(cx, &self->writable, WEIR_WAIT_IO);
    return got;
}

static weir_poll socket_writer_fail_memory(weir_cx *cx, size_t n)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory to send %zu bytes", n);
}

static bool has_queue(struct weir_socket *self)
{
    if (!self->queued)
        self->queued = weir_op_send_new(self->driver);
    return self->queued;
}

/* What was queued goes on, if nothing is being sent. */
static void socket_writer_go_on(struct weir_socket *self)
{
    if (self->sending)
        return;
    weir_op_send *send = self->queued;
    self->queued = NULL;
    self->tail_left = 0;
    socket_writer_start(self, send);
}

/* ---- copies ---- */

static size_t add_to_tail(struct weir_socket *self, const void *bytes, size_t n)
{
    weir_op_send *send = self->queued;
    struct iovec *last = &send->parts[send->n - 1];
    n = n < self->tail_left ? n : self->tail_left;
    memcpy((char *)last->iov_base + last->iov_len, bytes, n);
    last->iov_len += n;
    send->bytes += (uint32_t)n;
    self->tail_left -= (uint32_t)n;
    return n;
}

/* A block of the pool: it is ours alone, so there is room behind what is put in. */
static size_t add_tail(struct weir_socket *self, const void *bytes, size_t n)
{
    weir_block *block = weir_driver_block(self->driver);
    if (!block)
        return 0;
    weir_op_send_add(self->queued, block, block->data, 0);
    self->tail_left = block->size;
    weir_block_unref(block);
    return add_to_tail(self, bytes, n);
}

static weir_poll socket_writer_copy(struct weir_socket *self, weir_cx *cx, const void *bytes,
                                    size_t n)
{
    bool old = self->queued && self->tail_left;
    if (!has_queue(self))
        return socket_writer_fail_memory(cx, n);
    size_t taken = old ? add_to_tail(self, bytes, n) : add_tail(self, bytes, n);
    if (!taken && !self->queued->n) {
        weir_op_send_free(self->driver, self->queued);
        self->queued = NULL;
    }
    if (!taken)
        return socket_writer_fail_memory(cx, n);
    socket_writer_go_on(self);
    return (weir_poll){(uint32_t)taken, WEIR_READY};
}

/* As much as the kernel takes of it now; 0: none, and the driver has to wait for it. */
static int64_t send_plain(const struct weir_socket *self, const void *bytes, size_t n)
{
    const weir_sys *sys = self->driver->sys;
    struct iovec part = {(void *)(uintptr_t)bytes, n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    int64_t taken;
    do
        taken = sys->sendmsg(sys, self->fd, &message, 0);
    while (taken == -EINTR);
    return taken == -EAGAIN ? 0 : taken;
}

static weir_poll socket_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct weir_socket *self = socket_writer_of(writer);
    weir_poll got = socket_writer_has_room(self, cx);
    if (got.state != WEIR_READY)
        return got;
    int64_t sent =
        n >= SOCKET_WRITER_LARGE_BYTES && !self->sending ? send_plain(self, bytes, n) : 0;
    if (sent < 0) {
        self->broken = (int32_t)sent;
        return weir_socket_fail(self, cx, self->broken, "send", self->sent);
    }
    if (!sent)
        return socket_writer_copy(self, cx, bytes, n);
    self->sent += (uint64_t)sent;
    return (weir_poll){(uint32_t)sent, WEIR_READY};
}

/* ---- blocks ---- */

/* What has to wait anyway, and would keep much memory for little, is copied. */
static bool is_small(const struct weir_socket *self, const weir_block *block, size_t n)
{
    return self->sending && n < block->size / 4;
}

static weir_poll socket_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                  const void *bytes, size_t n)
{
    struct weir_socket *self = socket_writer_of(writer);
    weir_poll got = socket_writer_has_room(self, cx);
    if (got.state != WEIR_READY)
        return got;
    if (is_small(self, block, n) || (self->queued && self->queued->n == WEIR_SEND_PARTS))
        return socket_writer_copy(self, cx, bytes, n);
    if (!has_queue(self))
        return socket_writer_fail_memory(cx, n);
    weir_op_send_add(self->queued, block, bytes, n);
    self->tail_left = 0;
    socket_writer_go_on(self);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

/* ---- moves ---- */

bool weir_socket_send(struct weir_socket *self, weir_block *block)
{
    if (!has_queue(self))
        return false;
    weir_op_send_add(self->queued, block, block->data, block->size);
    self->tail_left = 0;
    socket_writer_go_on(self);
    return true;
}

/* Blocks go on by themselves, what stands in a pipe does not. */
static weir_poll socket_poll_flush(weir_writer *writer, weir_cx *cx)
{
    struct weir_socket *self = socket_writer_of(writer);
    return self->move ? drained(self, cx) : (weir_poll){0, WEIR_READY};
}

static weir_poll socket_poll_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    struct weir_socket *self = socket_writer_of(writer);
    weir_poll got = socket_writer_usable(self, cx);
    return got.state == WEIR_READY ? weir_socket_move(self, cx, from) : got;
}

static const char *socket_moves_by(const weir_writer *writer, weir_raw_kind from)
{
    static const char *const ways[] = {[WEIR_RAW_FILE] = "sendfile",
                                       [WEIR_RAW_PIPE] = "splice",
                                       [WEIR_RAW_SOCKET] = "splice through a pipe of 1 MiB"};
    const struct weir_socket *self = socket_writer_of(writer);
    bool refused = self->given || (self->move && self->move->refused);
    return refused || from > WEIR_RAW_SOCKET ? NULL : ways[from];
}

/* ---- readiness ---- */

/* A copy opens it before it asks for the first byte: who cannot be reached is told at once. */
static weir_poll socket_poll_open(weir_writer *writer, weir_cx *cx)
{
    return socket_writer_usable(socket_writer_of(writer), cx);
}

/* What a try found full is waited for: to call it READY, as what is queued would have it, would
 * make whoever tries go round for ever. */
static weir_poll socket_wait_stuffed(struct weir_socket *self, weir_cx *cx)
{
    self->stuffed = false;
    if (self->sending || !weir_socket_has_move(self))
        return self->sending ? weir_wait(cx, &self->writable, WEIR_WAIT_IO) : weir_wait_turn(cx);
    return weir_socket_wait_for_room(self, cx);
}

static weir_poll socket_poll_room(weir_writer *writer, weir_cx *cx)
{
    struct weir_socket *self = socket_writer_of(writer);
    weir_poll got = socket_writer_has_room(self, cx);
    if (got.state == WEIR_READY && self->stuffed)
        got = socket_wait_stuffed(self, cx);
    return (weir_poll){0, got.state == WEIR_PENDING ? WEIR_PENDING : WEIR_READY};
}

static int64_t socket_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    struct weir_socket *self = socket_writer_of(writer);
    if (self->broken)
        return self->broken;
    if (self->fd < 0)
        return WEIR_WOULD_BLOCK;
    weir_driver_look(self->driver);
    int64_t sent = self->sending || weir_socket_piped(self) ? 0 : send_plain(self, bytes, n);
    if (sent > 0)
        self->sent += (uint64_t)sent;
    else if (sent)
        self->broken = (int32_t)sent;
    self->stuffed = !sent;
    return sent ? sent : WEIR_WOULD_BLOCK;
}

static size_t socket_unsent(const weir_writer *writer)
{
    return unsent(socket_writer_of(writer));
}

/* ---- closing and giving up ---- */

static weir_poll socket_writer_fail_cut(const struct weir_socket *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_STOPPED, "stopped before the input was over: the peer sees a reset");
    weir_format(cx->error.place, sizeof cx->error.place, "%s", weir_socket_peer(self));
    cx->error.byte = self->sent;
    return (weir_poll){0, WEIR_ERROR};
}

/* Nothing was shut here: what is not connected any more was reset. */
static int shut_error(const struct weir_socket *self, int error)
{
    if (error != -ENOTCONN)
        return error;
    return self->over < 0 ? self->over : -ECONNRESET;
}

static weir_poll socket_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct weir_socket *self = socket_writer_of(writer);
    weir_poll got = drained(self, cx);
    if (got.state != WEIR_READY)
        return got;
    if (self->sending)
        return weir_wait(cx, &self->writable, WEIR_WAIT_IO);
    if (writer->stage.cut)
        return socket_writer_fail_cut(self, cx);
    int error = shut_error(self, weir_driver_shutdown(self->driver, self->fd));
    if (error)
        return weir_socket_fail(self, cx, error, "shut down", self->sent);
    self->shut = true;
    return (weir_poll){0, WEIR_END};
}

/* The peer sees a reset now, also where the reader lives on: it would wait for the rest, and we for
 * an answer. Only TCP can; where it cannot the reset comes when the reader goes. */
static void reset_now(struct weir_socket *self)
{
    const weir_sys *sys = self->driver->sys;
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    if (self->fd < 0 || self->reader_gone || self->peer.family == AF_UNIX || self->over < 0 ||
        !weir_driver_is_ours(self->driver) || sys->connect(sys, self->fd, &none, sizeof none))
        return;
    self->over = self->over ? self->over : -ECONNRESET;
    weir_op_stop(self->driver, &self->recv.op);
    weir_waker_slot_wake(&self->readable);
}

/* What the kernel works on is stopped, what waits is not sent. */
void weir_socket_give_up(struct weir_socket *self)
{
    self->reset = true;
    if (self->queued)
        weir_op_send_free(self->driver, self->queued);
    self->queued = NULL;
    if (self->sending)
        weir_op_stop(self->driver, &self->sending->op);
    if (self->driver && !self->driver->gone)
        reset_now(self);
}

static void socket_writer_fini(weir_writer *writer)
{
    struct weir_socket *self = socket_writer_of(writer);
    self->writer_gone = true;
    self->reset |= writer->stage.ending;
    weir_waker_slot_clear(&self->writable);
    weir_socket_look_if_wanted(self);
    bool lost = unsent(self);
    weir_socket_move_end(self);
    if (self->shut || self->parked)
        return;
    if (writer->stage.ending || self->broken || lost) {
        weir_socket_give_up(self);
        return;
    }
    self->shut = true; /* where it is not connected yet: then */
    if (self->fd >= 0)
        weir_driver_shutdown(self->driver, self->fd);
}

static size_t socket_writer_memory_max(const weir_writer *writer)
{
    (void)writer;
    size_t sends = 2 * sizeof(weir_op_send);
    return sends + WEIR_UNSENT_BYTES_MAX +
           2 * (size_t)(WEIR_POOL_BLOCK_BYTES + WEIR_POOL_HEAD_BYTES);
}

static const void *socket_writer_half_of(const weir_writer *writer)
{
    return socket_writer_of(writer);
}

static const weir_writer_ops socket_writer_ops = {
    .size = sizeof socket_writer_ops,
    .name = "socket",
    .poll_write = socket_poll_write,
    .poll_flush = socket_poll_flush,
    .poll_close = socket_poll_close,
    .fini = socket_writer_fini,
    .memory_max = socket_writer_memory_max,
    .poll_open = socket_poll_open,
    .poll_move = socket_poll_move,
    .poll_give = socket_poll_give,
    .poll_room = socket_poll_room,
    .try_write = socket_try_write,
    .unsent = socket_unsent,
    .half_of = socket_writer_half_of,
    .moves_by = socket_moves_by,
};

weir_writer *weir_socket_writer(struct weir_socket *self, weir_arena *arena)
{
    weir_writer *writer = weir_writer_in(arena, sizeof(struct socket_writer), &socket_writer_ops);
    WEIR_CONTAINER(writer, struct socket_writer, writer)->socket = self;
    return writer;
}
