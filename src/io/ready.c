/* Waiting until a descriptor is ready: one operation in a block of its own, which goes when the
 * driver is done with it. */

#include "io/ready.h"

#include <errno.h>
#include <poll.h>

#include "weir/alloc.h"

int weir_ready_now(const weir_sys *sys, int fd, unsigned events)
{
    struct pollfd ask = {.fd = fd, .events = (short)events};
    return sys->poll(sys, &ask, 1, 0);
}

bool weir_ready_asked(const struct weir_ready *self)
{
    return self->io && self->io->state != WEIR_IO_IDLE;
}

/* Cancelled: by a runtime that was dropped; here is another one. */
static int ready_outcome(int64_t result)
{
    return result < 0 && result != -ECANCELED && result != -EINTR ? (int)result : 1;
}

static int ready_wait_for(weir_io *io, weir_cx *cx)
{
    if (io->state == WEIR_IO_IDLE)
        weir_io_submit(weir_cx_driver(cx), io);
    if (weir_io_busy(io)) {
        weir_wait(cx, &io->waiter, io->kind == WEIR_IO_TIMER ? WEIR_WAIT_TIMER : WEIR_WAIT_IO);
        return 0;
    }
    io->state = WEIR_IO_IDLE;
    return ready_outcome(io->result);
}

static bool ready_make(struct weir_ready *self)
{
    if (self->io)
        return true;
    self->io = weir_allocate(sizeof *self->io);
    if (self->io)
        *self->io = (weir_io){.state = WEIR_IO_IDLE};
    return self->io;
}

int weir_ready_wait(struct weir_ready *self, weir_cx *cx, int fd, unsigned events)
{
    if (!ready_make(self))
        return -ENOMEM;
    if (self->io->state == WEIR_IO_IDLE)
        *self->io =
            (weir_io){.waiter = self->io->waiter, .kind = WEIR_IO_POLL, .fd = fd, .events = events};
    return ready_wait_for(self->io, cx);
}

int weir_ready_pause(struct weir_ready *self, weir_cx *cx, uint64_t pause_ns)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    if (!ready_make(self))
        return -ENOMEM;
    if (self->io->state == WEIR_IO_IDLE)
        *self->io = (weir_io){.waiter = self->io->waiter,
                              .kind = WEIR_IO_TIMER,
                              .deadline_ns = sys->now_ns(sys) + pause_ns};
    return ready_wait_for(self->io, cx);
}

static void io_release(weir_io *io)
{
    weir_release(io, sizeof *io);
}

void weir_ready_fini(struct weir_ready *self)
{
    if (self->io)
        weir_io_abandon(self->io, io_release);
}
