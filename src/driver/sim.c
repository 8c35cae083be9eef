/* The sim driver: operations finish after a drawn time on a clock that jumps, so their order is
 * the seed's. What they do is done for real, at that moment, through system calls that may fail. */

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "driver/sim_driver.h"
#include "weir/alloc.h"
#include "weir/implement.h"

enum { DELAY_NS = 100000, LATE_ONE_IN = 16, LATE_FACTOR = 32, LOOK_AGAIN_NS = 1000000 };

uint64_t weir_sim_delay_ns(struct sim *self)
{
    uint64_t delay = 1 + weir_sim_draw(&self->world, DELAY_NS);
    return weir_sim_draw(&self->world, LATE_ONE_IN) ? delay : delay * LATE_FACTOR;
}

static void schedule(struct sim *self, weir_io *io, uint64_t delay_ns)
{
    io->due_ns = self->world.now_ns + delay_ns;
    weir_io_heap_add(&self->flying, io);
}

static void sim_submit(weir_driver *driver, weir_io *io)
{
    io->state = WEIR_IO_FLYING;
    schedule(sim_of(driver), io, weir_sim_delay_ns(sim_of(driver)));
}

/* It goes on for a while, as it would in a kernel. */
static void sim_cancel(weir_driver *driver, weir_io *io)
{
    struct sim *self = sim_of(driver);
    weir_io_heap_remove(&self->flying, io);
    schedule(self, io, weir_sim_delay_ns(self));
}

/* What the descriptor is ready for; waits a moment of real time before it says: nothing. */
static unsigned look(const struct sim *self, const weir_io *io)
{
    short events = (short)(io->kind == WEIR_IO_READ ? POLLIN : io->events);
    struct pollfd ask[2] = {{.fd = io->fd, .events = events},
                            {.fd = self->driver.interrupt_fd, .events = POLLIN}};
    const weir_sys *real = self->world.real;
    int found = real->poll(real, ask, 2, 0);
    if (!found)
        found = real->poll(real, ask, 2, LOOK_AGAIN_NS / 1000000);
    if (ask[1].revents)
        weir_interrupt_clear(self->driver.interrupt_fd);
    return found > 0 ? (unsigned)ask[0].revents : 0;
}

static void perform(struct sim *self, weir_io *io)
{
    const weir_sys *sys = self->driver.sys;
    if (io->cancelled) {
        if (io->kind == WEIR_IO_READ)
            memset(io->out, 0xdd, io->n); /* until now the buffer was the kernel's */
        weir_io_finish(io, -ECANCELED);
        return;
    }
    if (io->kind == WEIR_IO_READ && io->offset != WEIR_IO_HERE) {
        weir_io_finish(io, sys->pread(sys, io->fd, io->out, io->n, io->offset));
        return;
    }
    unsigned found = io->fd < 0 ? POLLNVAL : look(self, io);
    if (!found)
        schedule(self, io, LOOK_AGAIN_NS);
    else if (io->kind == WEIR_IO_READ)
        weir_io_finish(io, sys->read(sys, io->fd, io->out, io->n));
    else
        weir_io_finish(io, found);
}

static int sim_wait(weir_driver *driver, uint64_t timeout_ns)
{
    struct sim *self = sim_of(driver);
    uint64_t *now = &self->world.now_ns;
    uint64_t limit = timeout_ns < WEIR_FOREVER - *now ? *now + timeout_ns : WEIR_FOREVER;
    if (weir_sim_turn(self, limit))
        return 0;
    if (!self->flying || self->flying->due_ns > limit) {
        *now = limit == WEIR_FOREVER ? *now : limit;
        return 0;
    }
    if (self->flying->due_ns > *now)
        *now = self->flying->due_ns;
    for (weir_io *io; (io = self->flying) && io->due_ns <= *now;) {
        weir_io_heap_remove(&self->flying, io);
        perform(self, io);
    }
    return 0;
}

/* Its time passes in `wait` alone. */
static int sim_lend(weir_driver *driver)
{
    (void)driver;
    return -ENOTSUP;
}

static void sim_fini(weir_driver *driver)
{
    struct sim *self = sim_of(driver);
    for (weir_io *io; (io = self->flying);) {
        weir_io_heap_remove(&self->flying, io);
        io->cancelled = true;
        perform(self, io);
    }
    weir_sim_stop_all(self);
}

static void sim_release(weir_driver *driver)
{
    weir_release(sim_of(driver), sizeof(struct sim));
}

static const weir_driver_ops sim_ops = {
    .name = "sim",
    .overlaps = true,
    .submit = sim_submit,
    .cancel = sim_cancel,
    .wait = sim_wait,
    .lend = sim_lend,
    .fini = sim_fini,
    .release = sim_release,
    .start = weir_sim_start,
    .stop = weir_sim_stop,
};

weir_driver *weir_driver_sim(const weir_driver_config *config, struct weir_refusal *why)
{
    struct sim *self = weir_allocate(sizeof *self);
    if (!self) {
        *why = (struct weir_refusal){"allocate", -ENOMEM};
        return NULL;
    }
    *self = (struct sim){.flying = NULL};
    weir_driver_begin(&self->driver, &sim_ops, config);
    weir_sim_sys_init(&self->world, self->driver.sys, config->seed, config->faults_per_million);
    self->driver.sys = &self->world.sys;
    return &self->driver;
}
