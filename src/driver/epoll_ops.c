/* Sockets of ours on epoll. They never wait, so a call is tried first where epoll's last word was
 * that it would succeed; the others wait for the next edge. */

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

#include "driver/epoll.h"

/* Bounded: a listener that is stormed leaves the others their turn. */
enum { ACCEPTS_AT_ONCE = 64 };

static void epoll_ops_finish(struct epoll *self, weir_op *op, weir_got got)
{
    self->waiting_n--;
    weir_op_finish(&self->driver, op, got);
}

static weir_op **epoll_ops_slot_of(struct watched *watched, const weir_op *op)
{
    bool out = op->kind == WEIR_OP_SEND || op->kind == WEIR_OP_CONNECT ||
               (op->kind == WEIR_OP_POLL && op->events & POLLOUT);
    return out ? &watched->out : &watched->in;
}

/* What is done comes out of its slot first: `done` may start the next one. */
static void finish_of(struct epoll *self, struct watched *watched, weir_op *op, weir_got got)
{
    *epoll_ops_slot_of(watched, op) = NULL;
    epoll_ops_finish(self, op, got);
}

/* ---- calls ---- */

static weir_block *block_for(struct epoll *self, weir_op_recv *recv)
{
    weir_block *into = recv->into;
    recv->into = NULL;
    return into ? into : weir_driver_block(&self->driver);
}

/* A short read mostly has emptied it, but not at an urgent mark, nor in front of descriptors that
 * are passed: only a call that found nothing says so, since no edge would follow. */
static void note_read(struct watched *watched, weir_op *op, int64_t n, size_t room)
{
    if (n == -EAGAIN)
        watched->readable = false;
    op->hot = n > 0 && (size_t)n == room;
}

static void try_recv(struct epoll *self, struct watched *watched)
{
    weir_op *op = watched->in;
    const weir_sys *sys = self->driver.sys;
    weir_block *block = block_for(self, WEIR_CONTAINER(op, weir_op_recv, op));
    size_t room = block ? block->size - block->head : 0;
    int64_t n;
    do
        n = block ? sys->recv(sys, op->fd, block->data + block->head, room, 0) : -ENOMEM;
    while (n == -EINTR);
    note_read(watched, op, n, room);
    if (n <= 0) {
        weir_block_unref(block);
        block = NULL;
    }
    if (n != -EAGAIN)
        finish_of(self, watched, op, (weir_got){.result = (int32_t)n, .block = block});
}

/* `done` may stop it, start it again, or close the descriptor: what is there is looked for anew. */
static void try_accept(struct epoll *self, int fd)
{
    const weir_sys *sys = self->driver.sys;
    for (int tries = 0; tries < ACCEPTS_AT_ONCE; tries++) {
        struct watched *watched = &self->watched[fd];
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
            finish_of(self, watched, op, (weir_got){.result = near});
    }
    /* More may be there, and no edge will tell. */
    struct watched *watched = &self->watched[fd];
    if (watched->in && watched->in->kind == WEIR_OP_ACCEPT)
        finish_of(self, watched, watched->in, (weir_got){.result = -EAGAIN});
}

static void try_send(struct epoll *self, struct watched *watched)
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
        finish_of(self, watched, op, (weir_got){.result = n < 0 ? (int32_t)n : 0});
}

static void try_connect(struct epoll *self, struct watched *watched)
{
    weir_op *op = watched->out;
    const weir_sys *sys = self->driver.sys;
    int error = 0;
    uint32_t n = sizeof error;
    int asked = sys->get_option(sys, op->fd, SOL_SOCKET, SO_ERROR, &error, &n);
    finish_of(self, watched, op, (weir_got){.result = asked < 0 ? asked : -error});
}

/* What epoll said may be old: a splice, a plain call has been there since. */
static void try_poll(struct epoll *self, struct watched *watched, weir_op *op)
{
    const weir_sys *sys = self->driver.sys;
    struct pollfd ask = {.fd = op->fd, .events = (short)op->events};
    int n;
    do
        n = sys->poll(sys, &ask, 1, 0);
    while (n == -EINTR); /* no other edge would come for what is there */
    if (n > 0)
        finish_of(self, watched, op, (weir_got){.result = ask.revents});
    else if (n < 0)
        finish_of(self, watched, op, (weir_got){.result = n});
    else if (op->events & POLLOUT)
        watched->writable = false;
    else
        watched->readable = false;
}

static void try_in(struct epoll *self, int fd)
{
    struct watched *watched = &self->watched[fd];
    weir_op *op = watched->in;
    if (!op)
        return;
    if (op->kind == WEIR_OP_POLL)
        try_poll(self, watched, op);
    else if (op->kind == WEIR_OP_ACCEPT)
        try_accept(self, fd);
    else
        try_recv(self, watched);
}

static void try_out(struct epoll *self, int fd)
{
    struct watched *watched = &self->watched[fd];
    weir_op *op = watched->out;
    if (!op)
        return;
    if (op->kind == WEIR_OP_POLL)
        try_poll(self, watched, op);
    else if (op->kind == WEIR_OP_CONNECT)
        try_connect(self, watched);
    else
        try_send(self, watched);
}

/* ---- starting and stopping ---- */

/* Registered for everything, once. It is taken to be ready until a call says otherwise, so that no
 * edge that came before is missed; but for a connection that is being made. */
static int adopt(struct epoll *self, const weir_op *op)
{
    if (op->fd < 0 || !weir_epoll_has_place(self, op->fd))
        return op->fd < 0 ? -EBADF : -ENOMEM;
    struct watched *watched = &self->watched[op->fd];
    if (watched->ours)
        return 0;
    const weir_sys *sys = self->driver.sys;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = op->fd};
    event.events |= op->kind == WEIR_OP_ACCEPT ? 0 : (uint32_t)EPOLLOUT;
    int error = sys->epoll_ctl(sys, self->fd, EPOLL_CTL_ADD, op->fd, &event);
    if (error == -EEXIST)
        error = sys->epoll_ctl(sys, self->fd, EPOLL_CTL_MOD, op->fd, &event);
    if (error)
        return error;
    watched->ours = true;
    watched->registered = watched->hung_up = false;
    watched->in = watched->out = NULL;
    watched->writable = watched->readable = op->kind != WEIR_OP_CONNECT;
    return 0;
}

static int epoll_ops_connect_now(const struct epoll *self, const weir_op *op)
{
    const weir_op_connect *connect = WEIR_CONTAINER(op, weir_op_connect, op);
    const weir_sys *sys = self->driver.sys;
    return sys->connect(sys, op->fd, (const struct sockaddr *)&connect->to, connect->n);
}

/* A connection is registered when it is on its way: before that epoll calls it hung up. */
static bool epoll_ops_begin(struct epoll *self, weir_op *op, int *error)
{
    bool connects = op->kind == WEIR_OP_CONNECT;
    *error = connects ? epoll_ops_connect_now(self, op) : 0;
    if (connects && *error != -EINPROGRESS && *error != -EINTR)
        return false;
    *error = adopt(self, op);
    return !*error;
}

void weir_epoll_start(weir_driver *driver, weir_op *op)
{
    struct epoll *self = epoll_of(driver);
    int result;
    self->waiting_n++;
    if (!epoll_ops_begin(self, op, &result)) {
        epoll_ops_finish(self, op, (weir_got){.result = result});
        return;
    }
    struct watched *watched = &self->watched[op->fd];
    bool asks = op->kind == WEIR_OP_POLL;
    *epoll_ops_slot_of(watched, op) = op;
    if (watched->in == op && (watched->readable || asks))
        try_in(self, op->fd);
    else if (watched->out == op && (watched->writable || asks))
        try_out(self, op->fd);
}

void weir_epoll_stop(weir_driver *driver, weir_op *op)
{
    struct epoll *self = epoll_of(driver);
    struct watched *watched = &self->watched[op->fd];
    if (op->kind == WEIR_OP_RECV) {
        weir_op_recv *recv = WEIR_CONTAINER(op, weir_op_recv, op);
        weir_block_unref(recv->into);
        recv->into = NULL;
    }
    finish_of(self, watched, op, (weir_got){.result = -ECANCELED});
}

/* Closing takes it out of the set, if nobody else has it; the fork of a program may. */
void weir_epoll_forget(weir_driver *driver, int fd)
{
    struct epoll *self = epoll_of(driver);
    if (fd < 0 || (size_t)fd >= self->watched_n || !self->watched[fd].ours)
        return;
    self->watched[fd].ours = false;
    struct epoll_event none = {.events = 0};
    if (weir_driver_is_ours(driver))
        driver->sys->epoll_ctl(driver->sys, self->fd, EPOLL_CTL_DEL, fd, &none);
}

void weir_epoll_deliver(struct epoll *self, int fd, uint32_t events)
{
    struct watched *watched = &self->watched[fd];
    bool over = events & (EPOLLHUP | EPOLLERR);
    watched->hung_up |= over || events & EPOLLRDHUP;
    watched->readable |= over || events & (EPOLLIN | EPOLLRDHUP);
    watched->writable |= over || events & EPOLLOUT;
    if (watched->writable)
        try_out(self, fd);
    if (self->watched[fd].ours && self->watched[fd].readable)
        try_in(self, fd);
}
