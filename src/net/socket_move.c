/* sendfile from a file into a connection. A move that fails has moved nothing: what is wrong with
 * the file is found by the read that comes next. What is wrong with the connection the kernel says
 * only once, so it is told here. */

#include "net/socket_move.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "io/sigpipe.h"
#include "weir/alloc.h"

enum { MOVE_BYTES_MAX = 256 << 10 }; /* in one call: others have their turn */

/* ---- waiting for room ---- */

static void room_done(weir_op *op, weir_got got)
{
    struct weir_socket_move *move = WEIR_CONTAINER(op, struct weir_socket_move, room);
    struct weir_socket *self = move->socket;
    move->refused |= got.result < 0 && got.result != -ECANCELED && got.result != -EINTR;
    weir_waker_slot_wake(&self->writable);
    weir_socket_let_go(self);
}

static bool has_move(struct weir_socket *self)
{
    if (self->move)
        return true;
    self->move = weir_allocate(sizeof *self->move);
    if (!self->move)
        return false;
    *self->move = (struct weir_socket_move){
        .socket = self, .room = {.done = room_done, .kind = WEIR_OP_POLL, .events = POLLOUT}};
    return true;
}

/* It may have room by now; then it is tried again, in the next turn. */
static weir_poll wait_for_room(struct weir_socket *self, weir_cx *cx)
{
    weir_op *room = &self->move->room;
    if (!room->busy) {
        room->fd = self->fd;
        weir_socket_hold(self);
        weir_op_start(self->driver, room); /* may be done before it returns */
    }
    return room->busy ? weir_wait(cx, &self->writable, WEIR_WAIT_IO) : weir_wait_turn(cx);
}

void weir_socket_move_stop(const struct weir_socket *self)
{
    if (self->move)
        weir_op_stop(self->driver, &self->move->room);
}

void weir_socket_move_drop(struct weir_socket *self)
{
    weir_release(self->move, self->move ? sizeof *self->move : 0);
}

/* ---- moving ---- */

static int64_t sendfile_held(const struct weir_socket *self, const weir_raw *from)
{
    const weir_sys *sys = self->driver->sys;
    struct weir_sigpipe guard;
    weir_sigpipe_hold(&guard, sys);
    int64_t done = sys->sendfile(sys, self->fd, from->fd, from->offset, MOVE_BYTES_MAX);
    weir_sigpipe_let(&guard, done == -EPIPE);
    return done;
}

/* The kernel, asked for more than there was, may keep the last bytes for more to come: 200 ms. */
static void push(const struct weir_socket *self)
{
    const weir_sys *sys = self->driver->sys;
    int yes = 1;
    if (self->family != AF_UNIX)
        sys->set_option(sys, self->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/* False: it may be the file, or that the kernel cannot do it. */
static bool is_of_connection(int64_t error)
{
    return error == -EPIPE || error == -ECONNRESET || error == -ETIMEDOUT ||
           error == -EHOSTUNREACH || error == -ENETUNREACH || error == -ENETDOWN;
}

static weir_poll nothing_moved(struct weir_socket *self, weir_cx *cx, int64_t done)
{
    if (done == -EAGAIN)
        return wait_for_room(self, cx);
    if (done == -EINTR)
        return weir_wait_turn(cx);
    if (is_of_connection(done)) {
        self->broken = (int32_t)done;
        return weir_socket_fail(self, cx, self->broken, "send", self->sent);
    }
    push(self);
    return (weir_poll){0, WEIR_READY};
}

weir_poll weir_socket_move(struct weir_socket *self, weir_cx *cx, const weir_raw *from)
{
    if (from->kind != WEIR_RAW_FILE || self->given || !has_move(self) || self->move->refused)
        return (weir_poll){0, WEIR_READY};
    if (self->sending || self->move->room.busy)
        return weir_wait(cx, &self->writable, WEIR_WAIT_IO);
    int64_t done = sendfile_held(self, from);
    if (done <= 0)
        return nothing_moved(self, cx, done);
    self->sent += (uint64_t)done;
    return (weir_poll){(uint32_t)done, WEIR_READY};
}
