/* sendfile from a file into a connection, splice from a pipe, and from another connection through a
 * pipe. A move that fails has moved nothing: what is wrong with the file is found by the read that
 * comes next. What is wrong with a connection the kernel says only once, so it is kept. */

#include "net/socket_move.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "io/peer_error.h"
#include "io/sigpipe.h"
#include "weir/alloc.h"

enum { SOCKET_MOVE_BYTES_MAX = 256 << 10 }; /* in one call: others have their turn */

/* ---- waiting ---- */

static bool is_trouble(weir_got got)
{
    return got.result < 0 && got.result != -ECANCELED && got.result != -EINTR;
}

static void room_done(weir_op *op, weir_got got)
{
    struct weir_socket_move *move = WEIR_CONTAINER(op, struct weir_socket_move, room);
    struct weir_socket *self = move->socket;
    move->refused |= is_trouble(got);
    weir_waker_slot_wake(&self->writable);
    weir_socket_let_go(self);
}

static void more_done(weir_op *op, weir_got got)
{
    struct weir_socket_move *move = WEIR_CONTAINER(op, struct weir_socket_move, more);
    struct weir_socket *self = move->socket;
    move->over |= is_trouble(got);
    move->over |= got.result > 0 && got.result & (POLLRDHUP | POLLHUP | POLLERR);
    weir_waker_slot_wake(&self->readable);
    weir_socket_let_go(self);
}

bool weir_socket_has_move(struct weir_socket *self)
{
    if (self->move)
        return true;
    self->move = weir_allocate(sizeof *self->move);
    if (!self->move)
        return false;
    *self->move = (struct weir_socket_move){
        .socket = self,
        .room = {.done = room_done, .kind = WEIR_OP_POLL, .events = POLLOUT},
        .more = {.done = more_done, .kind = WEIR_OP_POLL, .events = POLLIN | POLLRDHUP}};
    return true;
}

/* It may have room by now; then it is tried again, in the next turn. */
weir_poll weir_socket_wait_for_room(struct weir_socket *self, weir_cx *cx)
{
    weir_op *room = &self->move->room;
    if (!room->busy) {
        room->fd = self->fd;
        weir_socket_hold(self);
        weir_op_start(self->driver, room); /* may be done before it returns */
    }
    return room->busy ? weir_wait(cx, &self->writable, WEIR_WAIT_IO) : weir_wait_turn(cx);
}

void weir_socket_stop_room(const struct weir_socket *self)
{
    if (self->move)
        weir_op_stop(self->driver, &self->move->room);
}

void weir_socket_stop_more(const struct weir_socket *self)
{
    if (self->move)
        weir_op_stop(self->driver, &self->move->more);
}

/* ---- the pipe ---- */

static bool has_pipe(struct weir_socket *self)
{
    struct weir_socket_move *move = self->move;
    if (!move->has_pipe)
        move->has_pipe = !weir_driver_pipe_take(self->driver, move->pipe);
    return move->has_pipe;
}

static void give_pipe_back(struct weir_socket *self)
{
    struct weir_socket_move *move = self->move;
    if (move->has_pipe)
        weir_driver_pipe_give(self->driver, move->pipe, !move->piped);
    move->has_pipe = false;
    move->piped = 0;
}

void weir_socket_move_end(struct weir_socket *self)
{
    if (!self->move)
        return;
    weir_socket_stop_room(self);
    give_pipe_back(self);
}

void weir_socket_move_drop(struct weir_socket *self)
{
    weir_release(self->move, self->move ? sizeof *self->move : 0);
}

/* ---- moving ---- */

static int64_t move_held(const struct weir_socket *self, const weir_raw *from, size_t n)
{
    const weir_sys *sys = self->driver->sys;
    struct weir_sigpipe guard;
    weir_sigpipe_hold(&guard, sys);
    int64_t done = from->kind == WEIR_RAW_FILE
                       ? sys->sendfile(sys, self->fd, from->fd, from->offset, n)
                       : sys->splice(sys, from->fd, WEIR_RAW_HERE, self->fd, n);
    weir_sigpipe_let(&guard, done == -EPIPE);
    return done;
}

/* The kernel, asked for more than there was, may keep the last bytes for more to come: 200 ms. */
static void socket_move_push(const struct weir_socket *self)
{
    const weir_sys *sys = self->driver->sys;
    int yes = 1;
    if (self->peer.family != AF_UNIX)
        sys->set_option(sys, self->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static weir_poll fail_broken(struct weir_socket *self, weir_cx *cx, int64_t error)
{
    self->broken = (int32_t)error;
    return weir_socket_fail(self, cx, self->broken, "send", self->sent);
}

static weir_poll socket_move_nothing_moved(struct weir_socket *self, weir_cx *cx, int64_t done)
{
    if (done == -EAGAIN)
        return weir_socket_wait_for_room(self, cx);
    if (done == -EINTR)
        return weir_wait_turn(cx);
    if (weir_is_peer_error(done))
        return fail_broken(self, cx, done);
    socket_move_push(self);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll move_direct(struct weir_socket *self, weir_cx *cx, const weir_raw *from)
{
    if (self->move->room.busy)
        return weir_wait(cx, &self->writable, WEIR_WAIT_IO);
    int64_t done = move_held(self, from, SOCKET_MOVE_BYTES_MAX);
    if (done <= 0)
        return socket_move_nothing_moved(self, cx, done);
    self->sent += (uint64_t)done;
    return (weir_poll){(uint32_t)done, WEIR_READY};
}

/* ---- through the pipe ---- */

static size_t read_pipe(const struct weir_socket *self, unsigned char *out)
{
    const weir_sys *sys = self->driver->sys;
    const struct weir_socket_move *move = self->move;
    size_t n = 0;
    while (n < move->piped) {
        int64_t got = sys->read(sys, move->pipe[0], out + n, move->piped - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    return n;
}

/* The kernel takes nothing out of a pipe for this connection: what stands there is sent as usual.
 */
static weir_poll rescue(struct weir_socket *self, weir_cx *cx)
{
    struct weir_socket_move *move = self->move;
    weir_block *block = weir_block_new(0, move->piped);
    bool whole = block && read_pipe(self, block->data) == move->piped;
    bool sends = whole && weir_socket_send(self, block);
    weir_block_unref(block);
    move->refused = true;
    if (!sends)
        return fail_broken(self, cx, -ENOMEM);
    move->piped = 0;
    give_pipe_back(self);
    return (weir_poll){0, WEIR_READY};
}

/* READY: it is empty. */
static weir_poll empty_pipe(struct weir_socket *self, weir_cx *cx)
{
    struct weir_socket_move *move = self->move;
    weir_raw pipe = {.kind = WEIR_RAW_PIPE, .fd = move->pipe[0]};
    if (move->piped && move->room.busy)
        return weir_wait(cx, &self->writable, WEIR_WAIT_IO);
    while (move->piped) {
        int64_t done = move_held(self, &pipe, move->piped);
        if (done == -EAGAIN || done == -EINTR)
            return done == -EAGAIN ? weir_socket_wait_for_room(self, cx) : weir_wait_turn(cx);
        if (done <= 0)
            return weir_is_peer_error(done) ? fail_broken(self, cx, done) : rescue(self, cx);
        move->piped -= (uint32_t)done;
        self->sent += (uint64_t)done;
    }
    return (weir_poll){0, WEIR_READY};
}

weir_poll weir_socket_drain(struct weir_socket *self, weir_cx *cx)
{
    if (!self->move || !self->move->has_pipe)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = empty_pipe(self, cx);
    if (got.state == WEIR_READY)
        give_pipe_back(self);
    return got;
}

static int64_t fill_pipe(struct weir_socket *self, const weir_raw *from)
{
    const weir_sys *sys = self->driver->sys;
    struct weir_socket_move *move = self->move;
    size_t room = WEIR_PIPE_BYTES - move->piped; /* where pages are shared it would hold more */
    int64_t done = room ? sys->splice(sys, from->fd, WEIR_RAW_HERE, move->pipe[1], room) : -EAGAIN;
    if (done > 0)
        move->piped += (uint32_t)done;
    else if (weir_is_peer_error(done) && from->failed)
        *from->failed = (int32_t)done;
    return done;
}

/* Where the source is dry and the pipe empty, nobody holds it. */
static weir_poll move_through_pipe(struct weir_socket *self, weir_cx *cx, const weir_raw *from)
{
    if (!has_pipe(self))
        return (weir_poll){0, WEIR_READY};
    weir_poll out = empty_pipe(self, cx);
    if (out.state == WEIR_ERROR || self->move->refused)
        return out;
    int64_t in = fill_pipe(self, from);
    if (in > 0 && out.state == WEIR_READY)
        out = empty_pipe(self, cx);
    if (in > 0)
        return out.state == WEIR_ERROR ? out : (weir_poll){(uint32_t)in, WEIR_READY};
    if (in == -EINTR)
        return weir_wait_turn(cx);
    if (out.state == WEIR_READY)
        give_pipe_back(self);
    return in == -EAGAIN ? out : (weir_poll){0, WEIR_READY};
}

weir_poll weir_socket_move(struct weir_socket *self, weir_cx *cx, const weir_raw *from)
{
    if (self->given || !weir_socket_has_move(self) || self->move->refused)
        return (weir_poll){0, WEIR_READY};
    if (self->sending)
        return weir_wait(cx, &self->writable, WEIR_WAIT_IO);
    if (from->kind == WEIR_RAW_SOCKET)
        return move_through_pipe(self, cx, from);
    weir_poll got = weir_socket_drain(self, cx);
    return got.state == WEIR_READY ? move_direct(self, cx, from) : got;
}
