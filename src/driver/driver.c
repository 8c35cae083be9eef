/* What all drivers share: how operations begin and end, timers, and the wait around theirs. */

#include "driver/driver.h"

#include <errno.h>

#include "weir/alloc.h"

/* ---- the timers of stages, which count as outstanding too ---- */

static weir_driver *driver_of(weir_timers *clock)
{
    return (weir_driver *)(void *)((char *)clock - offsetof(weir_driver, clock));
}

static uint64_t clock_now_ns(weir_timers *clock)
{
    const weir_sys *sys = driver_of(clock)->sys;
    return sys->now_ns(sys);
}

static void clock_add(weir_timers *clock, weir_timer *timer)
{
    weir_driver *driver = driver_of(clock);
    timer->order = driver->orders++;
    driver->outstanding++;
    weir_timer_heap_add(&driver->moments, timer);
}

static void clock_remove(weir_timers *clock, weir_timer *timer)
{
    driver_of(clock)->outstanding--;
    weir_timer_heap_remove(&driver_of(clock)->moments, timer);
}

static const weir_timers_ops clock_ops = {sizeof clock_ops, clock_now_ns, clock_add, clock_remove};

/* ---- operations ---- */

void weir_driver_begin(weir_driver *driver, const weir_driver_ops *ops,
                       const weir_driver_config *config)
{
    driver->ops = ops;
    driver->sys = weir_sys_whole(&driver->whole, config->sys);
    driver->forks = weir_forks();
    driver->interrupt_fd = config->interrupt_fd;
    driver->clock.ops = &clock_ops;
    driver->holders = 1;
}

bool weir_driver_is_ours(const weir_driver *driver)
{
    return driver->forks == weir_forks();
}

bool weir_driver_may_read(const weir_driver *driver)
{
    return driver->abandoned_bytes < WEIR_ABANDONED_BYTES_MAX;
}

static size_t driver_bytes_of(const weir_io *io)
{
    return io->kind == WEIR_IO_READ ? io->n : 0;
}

/* It is off the driver's books. */
static void strike_out(weir_io *io)
{
    weir_driver *driver = io->driver;
    driver->outstanding--;
    if (io->release) {
        driver->abandoned--;
        driver->abandoned_bytes -= driver_bytes_of(io);
    }
    io->driver = NULL;
}

void weir_io_submit(weir_driver *driver, weir_io *io)
{
    io->state = WEIR_IO_QUEUED;
    io->driver = driver;
    io->release = NULL;
    io->cancelled = false;
    io->order = driver->orders++;
    driver->outstanding++;
    if (io->kind == WEIR_IO_TIMER) {
        io->due_ns = io->deadline_ns;
        weir_io_heap_add(&driver->timers, io);
        return;
    }
    driver->ops->submit(driver, io);
}

void weir_io_finish(weir_io *io, int64_t result)
{
    weir_driver *driver = io->driver;
    void (*release)(weir_io * io) = io->release;
    if (driver->overwrite)
        result = driver->overwrite(driver->overwrite_arg, io, result);
    strike_out(io);
    io->result = result;
    io->state = WEIR_IO_DONE;
    if (release) {
        release(io);
        return;
    }
    weir_waker_slot_wake(&io->waiter);
}

void weir_io_lose(weir_io *io)
{
    strike_out(io);
    io->state = WEIR_IO_FLYING;
}

static void driver_cancel(weir_io *io)
{
    if (io->cancelled)
        return;
    io->cancelled = true;
    if (io->kind == WEIR_IO_TIMER) {
        weir_io_heap_remove(&io->driver->timers, io);
        weir_io_finish(io, -ECANCELED);
        return;
    }
    io->driver->ops->cancel(io->driver, io);
}

void weir_io_abandon(weir_io *io, void (*release)(weir_io *io))
{
    weir_waker_slot_clear(&io->waiter);
    if (!weir_io_busy(io)) {
        release(io);
        return;
    }
    if (!io->driver)
        return; /* it was lost: its memory is the kernel's for ever */
    io->release = release;
    io->driver->abandoned++;
    io->driver->abandoned_bytes += driver_bytes_of(io);
    driver_cancel(io);
}

uint64_t weir_driver_due_ns(const weir_driver *driver)
{
    uint64_t io = driver->timers ? driver->timers->due_ns : WEIR_FOREVER;
    uint64_t moment = driver->moments ? driver->moments->due_ns : WEIR_FOREVER;
    return io < moment ? io : moment;
}

static bool has_timers(const weir_driver *driver)
{
    return driver->timers || driver->moments;
}

/* How long the driver may sleep so that the first timer is not missed. */
static uint64_t until_timer(const weir_driver *driver, uint64_t timeout_ns)
{
    if (!has_timers(driver) || !timeout_ns)
        return timeout_ns;
    uint64_t now = driver->sys->now_ns(driver->sys), due = weir_driver_due_ns(driver);
    uint64_t left = due > now ? due - now : 0;
    return left < timeout_ns ? left : timeout_ns;
}

uint64_t weir_driver_timeout_ns(const weir_driver *driver)
{
    return until_timer(driver, WEIR_FOREVER);
}

/* A stage's is the first of all. */
static bool is_moment_first(const weir_driver *driver)
{
    const weir_timer *moment = driver->moments;
    const weir_io *io = driver->timers;
    if (!moment || !io)
        return moment;
    return moment->due_ns != io->due_ns ? moment->due_ns < io->due_ns : moment->order < io->order;
}

static void fire_first(weir_driver *driver)
{
    if (is_moment_first(driver)) {
        weir_timer *timer = driver->moments;
        clock_remove(&driver->clock, timer);
        weir_timer_fire(timer);
        return;
    }
    weir_io *io = driver->timers;
    weir_io_heap_remove(&driver->timers, io);
    weir_io_finish(io, 0);
}

static void fire_timers(weir_driver *driver)
{
    if (!has_timers(driver))
        return;
    uint64_t now = driver->sys->now_ns(driver->sys);
    while (has_timers(driver) && weir_driver_due_ns(driver) <= now)
        fire_first(driver);
}

int weir_driver_wait(weir_driver *driver, uint64_t timeout_ns)
{
    int error = driver->ops->wait(driver, until_timer(driver, timeout_ns));
    fire_timers(driver);
    return error;
}

static void drop_sends(weir_driver *driver)
{
    for (weir_op_send *send; (send = driver->sends);) {
        driver->sends = (weir_op_send *)send->op.next;
        weir_release(send, sizeof *send);
    }
}

void weir_driver_drop(weir_driver *driver)
{
    if (!driver)
        return;
    while (driver->timers)
        driver_cancel(driver->timers);
    for (weir_timer *timer; (timer = driver->moments);) {
        weir_waker_slot_wake(&timer->waiter); /* another runtime may go on with it */
        weir_timer_stop(timer);
    }
    driver->gone = true;
    driver->ops->fini(driver);
    drop_sends(driver);
    weir_driver_pipes_drop(driver);
    if (driver->blocks)
        weir_block_pool_drop(driver->blocks);
    driver->blocks = NULL;
    weir_driver_let_go(driver);
}

void weir_driver_hold(weir_driver *driver)
{
    __atomic_fetch_add(&driver->holders, 1, __ATOMIC_RELAXED);
}

void weir_driver_let_go(weir_driver *driver)
{
    if (__atomic_fetch_sub(&driver->holders, 1, __ATOMIC_ACQ_REL) == 1)
        driver->ops->release(driver);
}

int weir_driver_shutdown(weir_driver *driver, int fd)
{
    return weir_driver_is_ours(driver) ? driver->sys->shutdown(driver->sys, fd, SHUT_WR) : 0;
}

void weir_driver_close(weir_driver *driver, int fd)
{
    if (!driver->gone && driver->ops->forget)
        driver->ops->forget(driver, fd);
    driver->sys->close(driver->sys, fd);
}

void weir_driver_linger_not(const weir_driver *driver, int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    if (weir_driver_is_ours(driver))
        driver->sys->set_option(driver->sys, fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void weir_driver_reset(weir_driver *driver, int fd)
{
    weir_driver_linger_not(driver, fd);
    weir_driver_close(driver, fd);
}

void weir_driver_look(weir_driver *driver)
{
    if (!driver->gone && driver->ops->look)
        driver->ops->look(driver);
}

static bool has_pool(weir_driver *driver)
{
    if (!driver->blocks)
        driver->blocks = weir_block_pool_new();
    return driver->blocks;
}

weir_block *weir_driver_block(weir_driver *driver)
{
    return has_pool(driver) ? weir_block_pool_take(driver->blocks) : NULL;
}

weir_block *weir_driver_large_block(weir_driver *driver, size_t bytes)
{
    return has_pool(driver) ? weir_block_pool_large(driver->blocks, bytes) : NULL;
}

size_t weir_driver_held_blocks(const weir_driver *driver)
{
    return driver->blocks ? driver->blocks->held - 1 - driver->blocks_lent : 0;
}

size_t weir_driver_held_bytes(const weir_driver *driver)
{
    const size_t each = WEIR_POOL_HEAD_BYTES + WEIR_POOL_BLOCK_BYTES;
    return driver->blocks ? driver->blocks->held_bytes - driver->blocks_lent * each : 0;
}
