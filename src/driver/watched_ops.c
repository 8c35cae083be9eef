/* Sockets of ours, of drivers that are told what is ready. They never wait, so a call is tried
 * first where the kernel's last word was that it would succeed; the others wait for the next edge.
 */

#include <errno.h>

#include "driver/watched.h"

/* Bounded: a listener that is stormed leaves the others their turn. */
enum { EDGE_ACCEPTS_AT_ONCE = 64 };

static void edge_finish(struct weir_watcher *self, weir_op *op, weir_got got)
{
    self->waiting_n--;
    weir_op_finish(&self->driver, op, got);
}

static weir_op **edge_slot(struct weir_watched *watched, const weir_op *op)
{
    bool out = op->kind == WEIR_OP_SEND || op->kind == WEIR_OP_CONNECT ||
               (op->kind == WEIR_OP_POLL && op->events & POLLOUT);
    return out ? &watched->out : &watched->in;
}

/* What is done comes out of its slot first: `done` may start the next one. */
static void edge_finish_of(struct weir_watcher *self, struct weir_watched *watched, weir_op *op,
                           weir_got got)
{
    *edge_slot(watched, op) = NULL;
    edge_finish(self, op, got);
}

/* ---- calls ---- */

static weir_block *edge_block_for(struct weir_watcher *self, weir_op_recv *recv)
{
    weir_block *into = recv->into;
    recv->into = NULL;
    return into ? into : weir_driver_block(&self->driver);
}

/* A short read mostly has emptied it, but not at an urgent mark, nor in front of descriptors that
 * are passed: only a call that found nothing says so, since no edge would follow. */
static void edge_note_read(struct weir_watched *watched, weir_op *op, int64_t n, size_t room)
{
    if (n == -EAGAIN)
        watched->readable = false;
    op->hot = n > 0 && (size_t)n == room;
}

static void edge_try_recv(struct weir_watcher *self, struct weir_watched *watched)
{
    weir_op *op = watched->in;
    const weir_sys *sys = self->driver.sys;
    weir_block *block = edge_block_for(self, WEIR_CONTAINER(op, weir_op_recv, op));
    size_t room = block ? block->size - block->head : 0;
    int64_t n;
    do
        n = block ? sys->recv(sys, op->fd, block->data + block->head, room, 0) : -ENOMEM;
    while (n == -EINTR);
    edge_note_read(watched, op, n, room);
    if (n <= 0) {
        weir_block_unref(block);
        block = NULL;
    }
    if (n != -EAGAIN)
        edge_finish_of(self, watched, op, (weir_got){.result = (int32_t)n, .block = block});
}

/* `done` may stop it, start it again, or close the descriptor: what is there is looked for anew. */
static void edge_try_accept(struct weir_watcher *self, int fd)
{
    const weir_sys *sys = self->driver.sys;
    for (int tries = 0; tries < EDGE_ACCEPTS_AT_ONCE; tries++) {
        struct weir_watched *watched = &self->watched[fd];
        weir_op *op = watched->in;
        if (!op || op->kind != WEIR_OP_ACCEPT)
            return;
        int near = sys->accept(sys, fd, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (near == -EAGAIN) {
            watched->readable = false;
            return;
        }
        if (near == -EINTR)
            continue;
        if (near >= 0)
            weir_op_finish(&self->driver, op, (weir_got){.result = near, .more = true});
        else
            edge_finish_of(self, watched, op, (weir_got){.result = near});
    }
    /* More may be there, and no edge will tell. */
    struct weir_watched *watched = &self->watched[fd];
    if (watched->in && watched->in->kind == WEIR_OP_ACCEPT)
        edge_finish_of(self, watched, watched->in, (weir_got){.result = -EAGAIN});
}

static void edge_try_send(struct weir_watcher *self, struct weir_watched *watched)
{
    weir_op *op = watched->out;
    weir_op_send *send = WEIR_CONTAINER(op, weir_op_send, op);
    const weir_sys *sys = self->driver.sys;
    int64_t n;
    do
        n = sys->sendmsg(sys, op->fd, &send->message, 0);
    while (n == -EINTR || (n >= 0 && weir_op_send_advance(send, (size_t)n)));
    if (n == -EAGAIN)
        watched->writable = false;
    else
        edge_finish_of(self, watched, op, (weir_got){.result = n < 0 ? (int32_t)n : 0});
}

static void edge_try_connect(struct weir_watcher *self, struct weir_watched *watched)
{
    weir_op *op = watched->out;
    const weir_sys *sys = self->driver.sys;
    int error = 0;
    uint32_t n = sizeof error;
    int asked = sys->get_option(sys, op->fd, SOL_SOCKET, SO_ERROR, &error, &n);
    edge_finish_of(self, watched, op, (weir_got){.result = asked < 0 ? asked : -error});
}

/* What the kernel said may be old: a splice, a plain call has been there since. That a peer sends
 * no more stays true, and not every poll() knows of it. */
static int edge_ask_now(const weir_sys *sys, const struct weir_watched *watched, const weir_op *op)
{
    struct pollfd ask = {.fd = op->fd, .events = (short)(op->events & WEIR_POLL_KNOWS)};
    int n;
    do
        n = sys->poll(sys, &ask, 1, 0);
    while (n == -EINTR); /* no other edge would come for what is there */
    return n <= 0 ? n : ask.revents | (watched->hung_up ? (int)(op->events & POLLRDHUP) : 0);
}

static void edge_try_poll(struct weir_watcher *self, struct weir_watched *watched, weir_op *op)
{
    int found = edge_ask_now(self->driver.sys, watched, op);
    if (found)
        edge_finish_of(self, watched, op, (weir_got){.result = found});
    else if (op->events & POLLOUT)
        watched->writable = false;
    else
        watched->readable = false;
}

static void edge_try_in(struct weir_watcher *self, int fd)
{
    struct weir_watched *watched = &self->watched[fd];
    weir_op *op = watched->in;
    if (!op)
        return;
    if (op->kind == WEIR_OP_POLL)
        edge_try_poll(self, watched, op);
    else if (op->kind == WEIR_OP_ACCEPT)
        edge_try_accept(self, fd);
    else
        edge_try_recv(self, watched);
}

static void edge_try_out(struct weir_watcher *self, int fd)
{
    struct weir_watched *watched = &self->watched[fd];
    weir_op *op = watched->out;
    if (!op)
        return;
    if (op->kind == WEIR_OP_POLL)
        edge_try_poll(self, watched, op);
    else if (op->kind == WEIR_OP_CONNECT)
        edge_try_connect(self, watched);
    else
        edge_try_send(self, watched);
}

/* ---- starting and stopping ---- */

/* It is taken to be ready until a call says otherwise, so that no edge that came before is missed;
 * but for a connection that is being made. */
static int edge_adopt(struct weir_watcher *self, const weir_op *op)
{
    if (op->fd < 0 || !weir_watcher_has_place(self, op->fd))
        return op->fd < 0 ? -EBADF : -ENOMEM;
    if (self->watched[op->fd].ours)
        return 0;
    int error = self->ops->adopt(self, op);
    if (error)
        return error;
    struct weir_watched *watched = &self->watched[op->fd];
    watched->ours = true;
    watched->hung_up = false;
    watched->writable = watched->readable = op->kind != WEIR_OP_CONNECT;
    return 0;
}

static int edge_connect_now(const weir_sys *sys, const weir_op *op)
{
    const weir_op_connect *connect = WEIR_CONTAINER(op, weir_op_connect, op);
    return sys->connect(sys, op->fd, (const struct sockaddr *)&connect->to, connect->n);
}

/* A connection is registered when it is on its way: before that it is called hung up. */
static bool edge_begin(struct weir_watcher *self, weir_op *op, int *error)
{
    bool connects = op->kind == WEIR_OP_CONNECT;
    *error = connects ? edge_connect_now(self->driver.sys, op) : 0;
    if (connects && *error != -EINPROGRESS && *error != -EINTR)
        return false;
    *error = edge_adopt(self, op);
    return !*error;
}

void weir_watcher_start(weir_driver *driver, weir_op *op)
{
    struct weir_watcher *self = weir_watcher_of(driver);
    int result;
    self->waiting_n++;
    if (!edge_begin(self, op, &result)) {
        edge_finish(self, op, (weir_got){.result = result});
        return;
    }
    struct weir_watched *watched = &self->watched[op->fd];
    bool asks = op->kind == WEIR_OP_POLL;
    *edge_slot(watched, op) = op;
    if (watched->in == op && (watched->readable || asks))
        edge_try_in(self, op->fd);
    else if (watched->out == op && (watched->writable || asks))
        edge_try_out(self, op->fd);
}

static void edge_end(struct weir_watcher *self, weir_op *op, int result)
{
    edge_finish_of(self, &self->watched[op->fd], op, (weir_got){.result = result});
}

void weir_watcher_stop(weir_driver *driver, weir_op *op)
{
    edge_end(weir_watcher_of(driver), op, -ECANCELED);
}

bool weir_watcher_forget(struct weir_watcher *self, int fd)
{
    if (fd < 0 || (size_t)fd >= self->watched_n || !self->watched[fd].ours)
        return false;
    self->watched[fd].ours = false;
    return true;
}

void weir_watcher_edge(struct weir_watcher *self, int fd, unsigned found)
{
    struct weir_watched *watched = &self->watched[fd];
    bool over = found & (POLLHUP | POLLERR);
    watched->hung_up |= over || found & POLLRDHUP;
    watched->readable |= over || found & (POLLIN | POLLRDHUP);
    watched->writable |= over || found & POLLOUT;
    if (watched->writable)
        edge_try_out(self, fd);
    if (self->watched[fd].ours && self->watched[fd].readable)
        edge_try_in(self, fd);
}

/* `done` may start the next one, which is adopted anew. */
void weir_watcher_disown(struct weir_watcher *self, int fd, int error)
{
    weir_op *in = self->watched[fd].in, *out = self->watched[fd].out;
    self->watched[fd].ours = false;
    if (in)
        edge_end(self, in, error);
    if (out && self->watched[fd].out == out)
        edge_end(self, out, error);
}
