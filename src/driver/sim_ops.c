/* Sockets of the sim driver: real ones, looked at after a drawn while, in an order that is drawn.
 */

#include <errno.h>
#include <poll.h>

#include "driver/sim_driver.h"

enum { LOOK_AGAIN_MS = 1 };

static void add(struct sim *self, weir_op *op)
{
    if (!self->ops)
        self->look_ns = self->world.now_ns + weir_sim_delay_ns(self);
    op->next = self->ops;
    self->ops = op;
}

static bool take_out(struct sim *self, const weir_op *op)
{
    for (weir_op **at = &self->ops; *at; at = &(*at)->next) {
        if (*at != op)
            continue;
        *at = op->next;
        return true;
    }
    return false;
}

static void finish(struct sim *self, weir_op *op, weir_got got)
{
    take_out(self, op);
    weir_op_finish(&self->driver, op, got);
}

static bool waits(int64_t result)
{
    return result == -EAGAIN || result == -EINTR;
}

static bool recv_now(struct sim *self, weir_op *op)
{
    const weir_sys *sys = self->driver.sys;
    weir_op_recv *recv = WEIR_CONTAINER(op, weir_op_recv, op);
    weir_block *block = recv->into ? recv->into : weir_driver_block(&self->driver);
    size_t room = block ? block->size - block->head : 0;
    int64_t n = block ? sys->recv(sys, op->fd, block->data + block->head, room, 0) : -ENOMEM;
    if (waits(n)) {
        if (!recv->into)
            weir_block_unref(block);
        return false;
    }
    recv->into = NULL;
    if (n <= 0) {
        weir_block_unref(block);
        block = NULL;
    }
    finish(self, op, (weir_got){.result = (int32_t)n, .block = block});
    return true;
}

static bool send_now(struct sim *self, weir_op *op)
{
    const weir_sys *sys = self->driver.sys;
    weir_op_send *send = WEIR_CONTAINER(op, weir_op_send, op);
    int64_t n = sys->sendmsg(sys, op->fd, &send->message, 0);
    if (waits(n) || (n >= 0 && weir_op_send_advance(send, (size_t)n)))
        return false;
    finish(self, op, (weir_got){.result = n < 0 ? (int32_t)n : 0});
    return true;
}

static bool accept_now(struct sim *self, weir_op *op)
{
    const weir_sys *sys = self->driver.sys;
    int near = sys->accept(sys, op->fd, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (waits(near))
        return false;
    if (near < 0)
        finish(self, op, (weir_got){.result = near});
    else
        weir_op_finish(&self->driver, op, (weir_got){.result = near, .more = true});
    return true;
}

static bool connect_now(struct sim *self, weir_op *op)
{
    const weir_sys *sys = self->driver.sys;
    int error = 0;
    uint32_t n = sizeof error;
    int asked = sys->get_option(sys, op->fd, SOL_SOCKET, SO_ERROR, &error, &n);
    finish(self, op, (weir_got){.result = asked < 0 ? asked : -error});
    return true;
}

static short wanted_by(const weir_op *op)
{
    if (op->kind == WEIR_OP_POLL)
        return (short)op->events;
    return op->kind == WEIR_OP_SEND || op->kind == WEIR_OP_CONNECT ? POLLOUT : POLLIN;
}

/* What the socket is ready for is done, at last. */
static bool try(struct sim *self, weir_op *op)
{
    const weir_sys *real = self->world.real;
    struct pollfd ask = {.fd = op->fd, .events = wanted_by(op)};
    if (real->poll(real, &ask, 1, 0) <= 0)
        return false;
    switch ((weir_op_kind)op->kind) {
    case WEIR_OP_RECV:
        return recv_now(self, op);
    case WEIR_OP_SEND:
        return send_now(self, op);
    case WEIR_OP_ACCEPT:
        return accept_now(self, op);
    case WEIR_OP_CONNECT:
        return connect_now(self, op);
    case WEIR_OP_POLL:
        break;
    }
    finish(self, op, (weir_got){.result = ask.revents});
    return true;
}

void weir_sim_start(weir_driver *driver, weir_op *op)
{
    struct sim *self = sim_of(driver);
    const weir_op_connect *connect = WEIR_CONTAINER(op, weir_op_connect, op);
    int error = 0;
    if (op->kind == WEIR_OP_CONNECT)
        error = driver->sys->connect(driver->sys, op->fd, (const struct sockaddr *)&connect->to,
                                     connect->n);
    if (error && error != -EINPROGRESS && error != -EINTR)
        weir_op_finish(driver, op, (weir_got){.result = error});
    else
        add(self, op);
}

void weir_sim_stop(weir_driver *driver, weir_op *op)
{
    if (op->kind == WEIR_OP_RECV) {
        weir_op_recv *recv = WEIR_CONTAINER(op, weir_op_recv, op);
        weir_block_unref(recv->into);
        recv->into = NULL;
    }
    finish(sim_of(driver), op, (weir_got){.result = -ECANCELED});
}

void weir_sim_stop_all(struct sim *self)
{
    while (self->ops)
        weir_sim_stop(&self->driver, self->ops);
}

/* One that is ready, beginning anywhere. */
static bool try_one(struct sim *self)
{
    size_t n = 0;
    for (const weir_op *op = self->ops; op; op = op->next)
        n++;
    size_t first = weir_sim_draw(&self->world, n), i = 0;
    for (int round = 0; round < 2; round++, i = 0)
        for (weir_op *op = self->ops, *next; op; op = next, i++) {
            next = op->next;
            if ((i >= first) == !round && try(self, op))
                return true;
        }
    return false;
}

/* Real peers need real time: where nothing else is due it waits a moment for them. */
bool weir_sim_turn(struct sim *self, uint64_t limit_ns)
{
    uint64_t other_ns = self->flying ? self->flying->due_ns : WEIR_FOREVER;
    if (!self->ops || self->look_ns > other_ns || self->look_ns > limit_ns)
        return false;
    if (self->look_ns > self->world.now_ns)
        self->world.now_ns = self->look_ns;
    self->look_ns = self->world.now_ns + weir_sim_delay_ns(self);
    const weir_sys *real = self->world.real;
    struct pollfd interrupt = {.fd = self->driver.interrupt_fd, .events = POLLIN};
    if (!try_one(self) && real->poll(real, &interrupt, 1, LOOK_AGAIN_MS) > 0)
        weir_interrupt_clear(self->driver.interrupt_fd);
    return true;
}
