/* The sim driver: operations finish after a drawn time on a clock that jumps, so their order is
 * the seed's. What they do is done for real, at that moment, through system calls that may fail. */

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "driver/sim_driver.h"
#include "weir/alloc.h"
#include "weir/implement.h"

enum {
    SIM_DELAY_NS = 100000,
    SIM_LATE_ONE_IN = 16,
    SIM_LATE_FACTOR = 32,
    SIM_LOOK_AGAIN_NS = 1000000
};

uint64_t weir_sim_delay_ns(struct sim *self)
{
    uint64_t delay = 1 + weir_sim_draw(&self->faults, SIM_DELAY_NS);
    return weir_sim_draw(&self->faults, SIM_LATE_ONE_IN) ? delay : delay * SIM_LATE_FACTOR;
}

static void schedule(struct sim *self, weir_io *io, uint64_t delay_ns)
{
    io->due_ns = weir_sim_now_ns(&self->faults) + delay_ns;
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
static unsigned sim_look(const struct sim *self, const weir_io *io)
{
    short events = (short)(io->kind == WEIR_IO_READ ? POLLIN : io->events);
    struct pollfd ask[2] = {{.fd = io->fd, .events = events},
                            {.fd = self->driver.interrupt_fd, .events = POLLIN}};
    const weir_sys *real = self->faults.real;
    int found = real->poll(real, ask, 2, 0);
    if (!found)
        found = real->poll(real, ask, 2, SIM_LOOK_AGAIN_NS / 1000000);
    if (ask[1].revents)
        weir_interrupt_clear(self->driver.interrupt_fd);
    return found > 0 ? (unsigned)ask[0].revents : 0;
}

static void sim_perform(struct sim *self, weir_io *io)
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
    unsigned found = io->fd < 0 ? POLLNVAL : sim_look(self, io);
    if (!found)
        schedule(self, io, SIM_LOOK_AGAIN_NS);
    else if (io->kind == WEIR_IO_READ)
        weir_io_finish(io, sys->read(sys, io->fd, io->out, io->n));
    else
        weir_io_finish(io, found);
}

/* ---- waiting: whatever comes first, in all of the world ---- */

static uint64_t flying_due_ns(const struct sim *self)
{
    return self->flying ? self->flying->due_ns : WEIR_FOREVER;
}

static bool land_next(struct sim *self)
{
    weir_io *io = self->flying;
    if (!io || io->due_ns > weir_world_now_ns(self->world))
        return false;
    weir_io_heap_remove(&self->flying, io);
    sim_perform(self, io);
    return true;
}

static bool is_busy(const struct sim *self)
{
    const struct weir_turner *turner = &self->driver.turner;
    return turner->is_busy && turner->is_busy(turner->arg);
}

/* Another worker gave it something to do. */
static void sim_wake(struct sim *self)
{
    if (self->faults.apart)
        weir_sim_charge(&self->faults, WEIR_SIM_WAKE_NS);
    self->slept = false;
}

static uint64_t member_due_ns(struct weir_world_member *member)
{
    struct sim *self = WEIR_CONTAINER(member, struct sim, member);
    const struct weir_turner *turner = &self->driver.turner;
    if (!turner->turn || turner->is_entered(turner->arg))
        return WEIR_FOREVER;
    bool busy = is_busy(self);
    if (busy && self->slept)
        sim_wake(self);
    uint64_t timer_ns = weir_driver_due_ns(&self->driver), flying_ns = flying_due_ns(self);
    uint64_t due_ns = busy ? 0 : timer_ns < flying_ns ? timer_ns : flying_ns;
    uint64_t free_ns = weir_sim_now_ns(&self->faults);
    return due_ns > free_ns ? due_ns : free_ns;
}

static void member_turn(struct weir_world_member *member)
{
    struct sim *self = WEIR_CONTAINER(member, struct sim, member);
    self->in_turn = true;
    self->driver.turner.turn(self->driver.turner.arg);
    self->in_turn = false;
    self->slept = !is_busy(self);
}

/* Nothing is left that could happen, ever. */
static int sim_fail_still(const struct sim *self)
{
    return self->host || self->driver.outstanding || !weir_world_is_empty(self->world) ? -EDEADLK
                                                                                       : 0;
}

static void land_all(struct sim *self)
{
    while (land_next(self)) {
    }
}

/* Time goes on to the limit, or until something was done here. */
static int sim_wait_until(struct sim *self, uint64_t limit_ns)
{
    uint64_t done = self->done;
    bool sleeps = limit_ns > weir_world_now_ns(self->world) && !is_busy(self);
    while (self->done == done && !land_next(self)) {
        uint64_t own_ns = flying_due_ns(self), until_ns = own_ns < limit_ns ? own_ns : limit_ns;
        bool went_on = weir_world_go_on(self->world, &self->member, until_ns);
        if (went_on && is_busy(self)) {
            if (sleeps)
                sim_wake(self);
            return 0;
        }
        if (!went_on && until_ns == WEIR_FOREVER)
            return sim_fail_still(self);
        if (!went_on && own_ns > limit_ns)
            return 0;
    }
    land_all(self);
    return 0;
}

static uint64_t sim_busy_ns(const weir_driver *driver)
{
    const struct sim *self = WEIR_CONTAINER(driver, struct sim, driver);
    uint64_t now_ns = weir_world_now_ns(self->world), until_ns = self->faults.busy_until_ns;
    return until_ns > now_ns ? until_ns - now_ns : 0;
}

static void sim_charge(weir_driver *driver, uint64_t ns)
{
    weir_sim_charge(&sim_of(driver)->faults, ns);
}

/* Others have their turns until it is free. */
static void sim_work(struct sim *self, uint64_t until_ns)
{
    while (weir_world_now_ns(self->world) < until_ns)
        weir_world_go_on(self->world, &self->member, until_ns);
}

/* One that works in a turn that the world gives has its next one when it is free. */
static int sim_wait(weir_driver *driver, uint64_t timeout_ns)
{
    struct sim *self = sim_of(driver);
    uint64_t now_ns = weir_sim_now_ns(&self->faults);
    if (self->in_turn && !timeout_ns && now_ns > weir_world_now_ns(self->world)) {
        land_all(self);
        return 0;
    }
    sim_work(self, now_ns);
    if (is_busy(self))
        timeout_ns = 0; /* meanwhile somebody gave it something to do */
    return sim_wait_until(self,
                          timeout_ns < WEIR_FOREVER - now_ns ? now_ns + timeout_ns : WEIR_FOREVER);
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
        sim_perform(self, io);
    }
    weir_sim_stop_all(self);
    weir_world_leave(&self->member);
}

static void sim_release(weir_driver *driver)
{
    struct sim *self = sim_of(driver);
    if (self->owns_world)
        weir_world_drop(self->world);
    weir_release(self, sizeof *self);
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
    .charge = sim_charge,
    .busy_ns = sim_busy_ns,
};

/* The table under the one whose calls fail: a host's, or one of a test over that. */
static const weir_sys *table_of(const struct sim *self)
{
    bool plain = self->driver.sys == &weir_sys_posix;
    return self->host && plain ? weir_host_sys(self->host) : self->driver.sys;
}

static weir_world *world_of(const weir_driver_config *config)
{
    if (config->beside)
        return sim_of(config->beside)->world;
    return config->host ? weir_host_world(config->host) : weir_world_new(config->seed);
}

weir_driver *weir_driver_sim(const weir_driver_config *config, struct weir_refusal *why)
{
    struct sim *self = weir_allocate(sizeof *self);
    weir_host *host = config->host;
    weir_world *world = self ? world_of(config) : NULL;
    if (!self || !world) {
        weir_release(self, sizeof *self);
        *why = (struct weir_refusal){"allocate", -ENOMEM};
        return NULL;
    }
    *self = (struct sim){.world = world, .host = host, .owns_world = !host && !config->beside};
    weir_driver_begin(&self->driver, &sim_ops, config);
    weir_sim_sys_init(&self->faults, table_of(self), world, config->faults_per_million);
    self->driver.sys = &self->faults.sys;
    if (config->beside)
        self->faults.apart = sim_of(config->beside)->faults.apart = true;
    self->member = (struct weir_world_member){.due_ns = member_due_ns, .turn = member_turn};
    weir_world_join(world, &self->member);
    return &self->driver;
}
