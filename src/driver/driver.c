/* What all drivers share: how operations begin and end, timers, and the wait around theirs. */

#include "driver/driver.h"

#include <errno.h>

void weir_driver_begin(weir_driver *driver, const weir_driver_ops *ops,
                       const weir_driver_config *config)
{
    driver->ops = ops;
    driver->sys = weir_sys_whole(&driver->whole, config->sys);
    driver->forks = weir_forks();
    driver->interrupt_fd = config->interrupt_fd;
}

bool weir_driver_is_ours(const weir_driver *driver)
{
    return driver->forks == weir_forks();
}

bool weir_driver_may_read(const weir_driver *driver)
{
    return driver->abandoned_bytes < WEIR_ABANDONED_BYTES_MAX;
}

static size_t bytes_of(const weir_io *io)
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
        driver->abandoned_bytes -= bytes_of(io);
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

static void cancel(weir_io *io)
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
    io->driver->abandoned_bytes += bytes_of(io);
    cancel(io);
}

/* How long the driver may sleep so that the first timer is not missed. */
static uint64_t until_timer(const weir_driver *driver, uint64_t timeout_ns)
{
    if (!driver->timers || !timeout_ns)
        return timeout_ns;
    uint64_t now = driver->sys->now_ns(driver->sys), due = driver->timers->due_ns;
    uint64_t left = due > now ? due - now : 0;
    return left < timeout_ns ? left : timeout_ns;
}

uint64_t weir_driver_timeout_ns(const weir_driver *driver)
{
    return until_timer(driver, WEIR_FOREVER);
}

static void fire_timers(weir_driver *driver)
{
    if (!driver->timers)
        return;
    uint64_t now = driver->sys->now_ns(driver->sys);
    while (driver->timers && driver->timers->due_ns <= now) {
        weir_io *io = driver->timers;
        weir_io_heap_remove(&driver->timers, io);
        weir_io_finish(io, 0);
    }
}

int weir_driver_wait(weir_driver *driver, uint64_t timeout_ns)
{
    int error = driver->ops->wait(driver, until_timer(driver, timeout_ns));
    fire_timers(driver);
    return error;
}

void weir_driver_drop(weir_driver *driver)
{
    if (!driver)
        return;
    while (driver->timers)
        cancel(driver->timers);
    driver->ops->fini(driver);
}
