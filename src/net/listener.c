/* What listens: its sockets, and the ring of what they accepted. There is one count for all of
 * them, so that more sockets do not mean more connections. */

#include "net/listener.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "net/peers.h"
#include "weir/alloc.h"
#include "weir/net.h"

/* So many connections in a row that failed by themselves: it may be us. */
enum { FORGOTTEN_ROW_MAX = 64 };

/* ---- what was accepted ---- */

struct weir_arrival weir_listener_take(struct weir_listener *self)
{
    struct weir_arrival next = self->ready[self->first];
    self->first = (self->first + 1) % self->room;
    self->n--;
    return next;
}

/* It is stopped at WEIR_ACCEPT_AHEAD; what one wait brings besides is kept too, since the kernel
 * has told those peers that they are connected. False: no memory. */
static bool listener_has_room(struct weir_listener *self)
{
    if (self->n < self->room)
        return true;
    uint32_t room = self->room ? self->room * 2 : WEIR_ACCEPT_AHEAD;
    struct weir_arrival *ready = weir_allocate(room * sizeof *ready);
    if (!ready)
        return false;
    uint32_t n = self->n, old = self->room;
    for (uint32_t i = 0; i < n; i++)
        ready[i] = self->ready[(self->first + i) % old];
    weir_release(self->ready, old * sizeof *ready);
    self->ready = ready;
    self->first = 0;
    self->room = room;
    return true;
}

static void reset(struct weir_listener *self, struct weir_arrival arrival)
{
    weir_driver_reset(self->driver, arrival.fd);
    weir_peers_leave(arrival.count);
}

/* False: its address has as many as it may. */
static bool is_counted(struct weir_listener *self, struct weir_arrival *arrival)
{
    if (!self->peers ||
        weir_peers_enter(self->peers, self->driver->sys, arrival->fd, &arrival->count))
        return true;
    if (self->refused)
        __atomic_fetch_add(self->refused, 1, __ATOMIC_RELAXED);
    return false;
}

static void listener_keep(struct weir_listener *self, int fd)
{
    struct weir_arrival arrival = {.fd = fd};
    if (!self->dropped && is_counted(self, &arrival) && listener_has_room(self))
        self->ready[(self->first + self->n++) % self->room] = arrival;
    else
        reset(self, arrival);
}

static void reset_ready(struct weir_listener *self)
{
    while (self->n)
        reset(self, weir_listener_take(self));
    weir_release(self->ready, self->room * sizeof *self->ready);
    self->ready = NULL;
    self->room = 0;
}

/* ---- how it lives ---- */

static void close_doors(struct weir_listener *self)
{
    for (uint32_t i = 0; i < self->doors_n; i++) {
        if (self->doors[i].accept.fd >= 0)
            weir_driver_close(self->driver, self->doors[i].accept.fd);
        self->doors[i].accept.fd = -1;
    }
}

static size_t bytes_with(uint32_t doors)
{
    return sizeof(struct weir_listener) + doors * sizeof(struct weir_door);
}

static void listener_let_go(struct weir_listener *self)
{
    if (--self->holders)
        return;
    weir_driver *driver = self->driver;
    close_doors(self);
    weir_peers_drop(self->peers);
    if (self->spare >= 0)
        driver->sys->close(driver->sys, self->spare);
    weir_release(self, bytes_with(self->doors_n));
    weir_driver_let_go(driver);
}

/* ---- accepting ---- */

bool weir_accept_is_forgotten(int error)
{
    switch (-error) {
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

static bool listener_is_nothing(int error)
{
    return error == -ECANCELED || error == -EAGAIN || error == -EINTR;
}

/* Where none ever comes through (a filter that refuses accept), asking on and on would be all that
 * is done: it is told, as a lack of descriptors is. */
static void listener_forget(struct weir_listener *self, int error)
{
    self->forgotten++;
    self->row += self->row < FORGOTTEN_ROW_MAX;
    if (self->row == FORGOTTEN_ROW_MAX)
        self->error = error;
}

void weir_listener_pause(struct weir_listener *self)
{
    for (uint32_t i = 0; i < self->doors_n; i++)
        weir_op_stop(self->driver, &self->doors[i].accept);
}

static void accept_done(weir_op *op, weir_got got)
{
    struct weir_listener *self = WEIR_CONTAINER(op, struct weir_door, accept)->listener;
    self->row = got.result >= 0 ? 0 : self->row;
    if (got.result >= 0)
        listener_keep(self, got.result);
    else if (weir_accept_is_forgotten(got.result))
        listener_forget(self, got.result);
    else if (!listener_is_nothing(got.result))
        self->error = got.result;
    weir_waker_slot_wake(&self->waiter);
    if (self->n >= WEIR_ACCEPT_AHEAD)
        weir_listener_pause(self);
    if (!got.more)
        listener_let_go(self);
}

static int spare_of(const weir_sys *sys)
{
    return sys->eventfd(sys, EFD_CLOEXEC);
}

/* An operation may be done before it has started. */
void weir_listener_start(struct weir_listener *self)
{
    const weir_sys *sys = self->driver->sys;
    self->spare = self->spare >= 0 ? self->spare : spare_of(sys); /* there was none left */
    for (uint32_t i = 0; i < self->doors_n && self->n < WEIR_ACCEPT_AHEAD; i++) {
        if (self->doors[i].accept.busy)
            continue;
        self->holders++;
        weir_op_start(self->driver, &self->doors[i].accept);
    }
}

bool weir_listener_is_busy(const struct weir_listener *self)
{
    bool busy = false;
    for (uint32_t i = 0; i < self->doors_n; i++)
        busy |= self->doors[i].accept.busy;
    return busy;
}

void weir_listener_turn_one_away(struct weir_listener *self)
{
    const weir_sys *sys = self->driver->sys;
    int fd = -1;
    if (self->spare < 0)
        return;
    sys->close(sys, self->spare);
    for (uint32_t i = 0; i < self->doors_n && fd < 0; i++)
        fd = sys->accept(sys, self->doors[i].accept.fd, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        weir_driver_reset(self->driver, fd);
    self->spare = spare_of(sys);
}

/* ---- the end ---- */

/* Those who come meanwhile are no more than the backlog held: it ends. */
static void let_rest_in(struct weir_listener *self, const struct weir_door *door)
{
    const weir_sys *sys = self->driver->sys;
    int fd = 0;
    for (uint32_t i = 0; i <= self->backlog; i++) {
        fd = sys->accept(sys, door->accept.fd, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            listener_keep(self, fd);
        else if (fd != -EINTR && !weir_accept_is_forgotten(fd))
            return;
    }
}

/* Operations have to be over first: what they have in hand is accepted already. */
bool weir_listener_close(struct weir_listener *self)
{
    if (!self->closing)
        weir_listener_pause(self);
    self->closing = true;
    if (weir_listener_is_busy(self))
        return false;
    for (uint32_t i = 0; i < self->doors_n; i++)
        if (self->doors[i].accept.fd >= 0)
            let_rest_in(self, &self->doors[i]);
    close_doors(self);
    return true;
}

void weir_listener_drop(struct weir_listener *self)
{
    self->dropped = true;
    weir_waker_slot_clear(&self->waiter);
    reset_ready(self);
    weir_listener_pause(self);
    listener_let_go(self);
}

/* ---- making ---- */

struct weir_listener *weir_listener_new(weir_driver *driver, const int *fds, uint32_t n,
                                        uint32_t backlog)
{
    struct weir_listener *self = weir_allocate(bytes_with(n));
    if (!self)
        return NULL;
    weir_driver_hold(driver);
    *self = (struct weir_listener){.driver = driver,
                                   .spare = spare_of(driver->sys),
                                   .backlog = backlog,
                                   .holders = 1,
                                   .doors_n = n};
    for (uint32_t i = 0; i < n; i++)
        self->doors[i] = (struct weir_door){
            .accept = {.done = accept_done, .fd = fds[i], .kind = WEIR_OP_ACCEPT},
            .listener = self};
    return self;
}
