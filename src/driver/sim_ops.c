/* Sockets of the sim driver. It draws which driver it is, operation by operation: done before
 * `start` returns, or later; stopped in time, or too late, when bytes may come after it; accepts
 * that go on, and some that do not. Real sockets are looked at again and again, those of the world
 * call. */

#include <errno.h>
#include <poll.h>

#include "driver/sim_driver.h"
#include "driver/sim_inside.h"

enum {
    SIM_OPS_LOOK_AGAIN_NS = 1000000,
    AT_ONCE_ONE_IN = 2,
    SIM_OPS_LATE_ONE_IN = 2,
    ACCEPT_ENDS_ONE_IN = 8
};
enum { NO_BLOCK_ONE_IN = 32, DEAD_BYTES = 512 };

/* An operation under way. Either it is due at some time, or it waits for its socket. */
struct sim_flight {
    struct world_event event; /* first */
    struct weir_world_watch watch;
    struct sim *sim;
    weir_op *op;
    struct sim_flight *next, **link;
};

static bool is_real(const struct sim_flight *flight)
{
    return !flight->sim->host || !weir_world_has_fd(flight->op->fd);
}

static void be_due(struct sim_flight *flight, uint64_t delay_ns)
{
    weir_world *world = flight->sim->world;
    weir_world_event_set(world, &flight->event, weir_world_due(world, delay_ns));
}

static void land(struct sim_flight *flight)
{
    weir_world *world = flight->sim->world;
    weir_world_event_clear(world, &flight->event);
    weir_world_unwatch(&flight->watch);
    *flight->link = flight->next;
    if (flight->next)
        flight->next->link = flight->link;
    weir_world_release(world, flight, sizeof *flight);
}

/* One that goes on is the owner's to stop meanwhile. */
static void sim_ops_finish(struct sim_flight *flight, weir_got got)
{
    struct sim *sim = flight->sim;
    weir_op *op = flight->op;
    sim->done++;
    if (got.more)
        be_due(flight, weir_sim_draw(&sim->faults, 2) ? 0 : weir_sim_delay_ns(sim));
    else
        land(flight);
    weir_op_finish(&sim->driver, op, got);
}

static bool sim_ops_waits(int64_t result)
{
    return result == -EAGAIN || result == -EINTR;
}

/* ---- what is done when a socket is ready; false: it was not ---- */

/* What nobody held is unlike anything that was received: its beginning, where most reads end. */
static weir_block *sim_ops_take_block(struct sim *self, weir_op_recv *recv)
{
    if (recv->into)
        return recv->into;
    weir_block *block = weir_driver_block(&self->driver);
    if (block)
        memset(block->data + block->head, 0xdd, DEAD_BYTES);
    return block;
}

static bool recv_now(struct sim_flight *flight)
{
    struct sim *self = flight->sim;
    weir_op *op = flight->op;
    const weir_sys *sys = self->driver.sys;
    weir_op_recv *recv = WEIR_CONTAINER(op, weir_op_recv, op);
    weir_block *block = sim_ops_take_block(self, recv);
    size_t room = block ? block->size - block->head : 0;
    int64_t n = block ? sys->recv(sys, op->fd, block->data + block->head, room, 0) : -ENOMEM;
    if (sim_ops_waits(n)) {
        if (!recv->into)
            weir_block_unref(block);
        return false;
    }
    recv->into = NULL;
    op->hot = weir_sim_draw(&self->faults, 2);
    if (n <= 0) {
        weir_block_unref(block);
        block = NULL;
    }
    sim_ops_finish(flight, (weir_got){.result = (int32_t)n, .block = block});
    return true;
}

static bool sim_ops_send_now(struct sim_flight *flight)
{
    weir_op *op = flight->op;
    const weir_sys *sys = flight->sim->driver.sys;
    weir_op_send *send = WEIR_CONTAINER(op, weir_op_send, op);
    int64_t n = sys->sendmsg(sys, op->fd, &send->message, 0);
    if (sim_ops_waits(n) || (n >= 0 && weir_op_send_advance(send, (size_t)n)))
        return false;
    sim_ops_finish(flight, (weir_got){.result = n < 0 ? (int32_t)n : 0});
    return true;
}

static bool accept_now(struct sim_flight *flight)
{
    weir_op *op = flight->op;
    struct sim *self = flight->sim;
    const weir_sys *sys = self->driver.sys;
    int near = sys->accept(sys, op->fd, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (sim_ops_waits(near))
        return false;
    bool more = near >= 0 && !op->stopped && weir_sim_draw(&self->faults, ACCEPT_ENDS_ONE_IN);
    sim_ops_finish(flight, (weir_got){.result = near, .more = more});
    return true;
}

static bool sim_ops_connect_now(struct sim_flight *flight)
{
    const weir_sys *sys = flight->sim->driver.sys;
    int error = 0;
    uint32_t n = sizeof error;
    int asked = sys->get_option(sys, flight->op->fd, SOL_SOCKET, SO_ERROR, &error, &n);
    sim_ops_finish(flight, (weir_got){.result = asked < 0 ? asked : -error});
    return true;
}

static short sim_ops_wanted_by(const weir_op *op)
{
    if (op->kind == WEIR_OP_POLL)
        return (short)op->events;
    return op->kind == WEIR_OP_SEND || op->kind == WEIR_OP_CONNECT ? POLLOUT : POLLIN;
}

static bool try_now(struct sim_flight *flight)
{
    const weir_op *op = flight->op;
    const weir_sys *real = flight->sim->faults.real;
    struct pollfd ask = {.fd = op->fd, .events = sim_ops_wanted_by(op)};
    if (real->poll(real, &ask, 1, 0) <= 0)
        return false;
    switch ((weir_op_kind)op->kind) {
    case WEIR_OP_RECV:
        return recv_now(flight);
    case WEIR_OP_SEND:
        return sim_ops_send_now(flight);
    case WEIR_OP_ACCEPT:
        return accept_now(flight);
    case WEIR_OP_CONNECT:
        return sim_ops_connect_now(flight);
    case WEIR_OP_POLL:
        break;
    }
    sim_ops_finish(flight, (weir_got){.result = ask.revents});
    return true;
}

/* ---- waiting ---- */

static void socket_is_ready(struct weir_world_watch *watch)
{
    struct sim_flight *flight = WEIR_CONTAINER(watch, struct sim_flight, watch);
    be_due(flight, weir_sim_draw(&flight->sim->faults, 2) ? 0 : weir_sim_delay_ns(flight->sim));
}

/* A real peer needs real time: where nothing else is due, a moment passes. */
static void look_again(struct sim_flight *flight)
{
    struct sim *self = flight->sim;
    const weir_sys *real = self->faults.real;
    struct pollfd ask[2] = {{.fd = flight->op->fd, .events = sim_ops_wanted_by(flight->op)},
                            {.fd = self->driver.interrupt_fd, .events = POLLIN}};
    bool alone =
        weir_world_due_ns(self->world) > weir_world_due(self->world, SIM_OPS_LOOK_AGAIN_NS);
    real->poll(real, ask, 2, alone ? SIM_OPS_LOOK_AGAIN_NS / 1000000 : 0);
    if (ask[1].revents)
        weir_interrupt_clear(self->driver.interrupt_fd);
    be_due(flight, SIM_OPS_LOOK_AGAIN_NS);
}

static void sim_ops_wait_for(struct sim_flight *flight)
{
    if (is_real(flight)) {
        look_again(flight);
        return;
    }
    flight->watch.events = (unsigned)sim_ops_wanted_by(flight->op);
    weir_world_watch(flight->sim->host, flight->op->fd, &flight->watch);
}

/* Of one that was stopped too late: what is there comes, and then it is over. */
static void end_stopped(struct sim_flight *flight)
{
    if (weir_sim_draw(&flight->sim->faults, 2) && try_now(flight))
        return;
    sim_ops_finish(flight, (weir_got){.result = -ECANCELED});
}

static void flight_is_due(struct world_event *event)
{
    struct sim_flight *flight = (struct sim_flight *)event;
    struct weir_sim_sys *faults = &flight->sim->faults;
    bool no_block = flight->op->kind == WEIR_OP_RECV && weir_sim_draw(faults, NO_BLOCK_ONE_IN) == 0;
    if (flight->op->stopped)
        end_stopped(flight);
    else if (no_block)
        be_due(flight, weir_sim_delay_ns(flight->sim)); /* it is issued again */
    else if (!try_now(flight))
        sim_ops_wait_for(flight);
}

/* ---- starting and stopping ---- */

/* 0, or why it failed. */
static int begin_connect(weir_driver *driver, const weir_op *op)
{
    const weir_op_connect *connect = WEIR_CONTAINER(op, weir_op_connect, op);
    const struct sockaddr *to = (const struct sockaddr *)&connect->to;
    int error = driver->sys->connect(driver->sys, op->fd, to, connect->n);
    return error == -EINPROGRESS || error == -EINTR ? 0 : error;
}

void weir_sim_start(weir_driver *driver, weir_op *op)
{
    struct sim *self = sim_of(driver);
    struct sim_flight *flight = weir_world_allocate(self->world, sizeof *flight);
    int error = !flight ? -ENOMEM : op->kind == WEIR_OP_CONNECT ? begin_connect(driver, op) : 0;
    if (error) {
        weir_world_release(self->world, flight, sizeof *flight);
        weir_op_finish(driver, op, (weir_got){.result = error});
        return;
    }
    *flight = (struct sim_flight){.event.fire = flight_is_due,
                                  .watch.found = socket_is_ready,
                                  .sim = self,
                                  .op = op,
                                  .next = self->flights,
                                  .link = &self->flights};
    if (flight->next)
        flight->next->link = &flight->next;
    self->flights = flight;
    op->next = (weir_op *)(void *)flight;
    if (weir_sim_draw(&self->faults, AT_ONCE_ONE_IN) == 0 && try_now(flight))
        return;
    be_due(flight, weir_sim_delay_ns(self));
}

void weir_sim_stop(weir_driver *driver, weir_op *op)
{
    struct sim_flight *flight = (struct sim_flight *)(void *)op->next;
    struct sim *self = sim_of(driver);
    if (!driver->gone && weir_sim_draw(&self->faults, SIM_OPS_LATE_ONE_IN) == 0) {
        weir_world_unwatch(&flight->watch);
        be_due(flight, weir_sim_delay_ns(self));
        return;
    }
    sim_ops_finish(flight, (weir_got){.result = -ECANCELED});
}

void weir_sim_stop_all(struct sim *self)
{
    while (self->flights) {
        weir_op *op = self->flights->op;
        op->stopped = true;
        weir_sim_stop(&self->driver, op);
    }
}
