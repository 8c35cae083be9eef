/* A table of system calls that counts them and refuses some: what sandboxes, old kernels and rings
 * that break do to a driver. */
#ifndef WEIR_TESTS_WORLD_H
#define WEIR_TESTS_WORLD_H

#include "../driver/rig.h"
#include "driver/driver.h"

#include <poll.h>
#include <sys/epoll.h>

static struct {
    weir_sys sys;
    unsigned submits, waits, pwait2s, ctls;
    int submit_error, wait_error, pwait2_error, setup_error; /* 0: none */
    bool never_back; /* the ring takes operations, and gives none back */
} world;

static inline int world_setup(const weir_sys *sys, struct io_uring *ring, unsigned entries,
                              unsigned flags)
{
    if (world.setup_error)
        return world.setup_error;
    return sys->base->ring_setup(sys->base, ring, entries, flags);
}

static inline int world_submit(const weir_sys *sys, struct io_uring *ring)
{
    world.submits++;
    return world.submit_error ? world.submit_error : sys->base->ring_submit(sys->base, ring);
}

static inline int world_look(const weir_sys *sys, struct io_uring *ring)
{
    world.submits++;
    return world.submit_error ? world.submit_error : sys->base->ring_look(sys->base, ring);
}

static inline int world_wait(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns)
{
    world.waits++;
    if (world.never_back)
        return -ETIME;
    if (world.wait_error)
        return world.wait_error;
    return sys->base->ring_wait(sys->base, ring, timeout_ns);
}

static inline int world_pwait2(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                               uint64_t timeout_ns)
{
    world.pwait2s++;
    if (world.pwait2_error)
        return world.pwait2_error;
    return sys->base->epoll_pwait2(sys->base, epoll, events, n, timeout_ns);
}

static inline int world_ctl(const weir_sys *sys, int epoll, int op, int fd,
                            struct epoll_event *event)
{
    world.ctls++;
    return sys->base->epoll_ctl(sys->base, epoll, op, fd, event);
}

static inline void world_begin(void)
{
    memset(&world, 0, sizeof world);
    weir_sys_wrap(&world.sys, NULL);
    world.sys.ring_setup = world_setup;
    world.sys.ring_submit = world_submit;
    world.sys.ring_look = world_look;
    world.sys.ring_wait = world_wait;
    world.sys.epoll_pwait2 = world_pwait2;
    world.sys.epoll_ctl = world_ctl;
}

static inline weir_rt *world_rt(const char *driver, weir_error *error)
{
    return weir_rt_new(&(weir_rt_options){.driver = driver, .sys = &world.sys}, error);
}

static inline bool has_ring(void)
{
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "uring"}, NULL);
    weir_rt_drop(rt);
    return rt;
}

#define NEEDS_RING()                                                                               \
    if (!has_ring())                                                                               \
    skip()

static unsigned released;

static inline void count_release(weir_io *io)
{
    (void)io;
    released++;
}

static inline void wait_for(weir_driver *driver, const weir_io *io)
{
    for (int i = 0; i < 1000 && weir_io_busy(io); i++)
        assert_int_equal(weir_driver_wait(driver, 1000000), 0);
    assert_int_equal(io->state, WEIR_IO_DONE);
}

static inline void fly(weir_driver *driver, weir_io *io, int fd)
{
    *io = (weir_io){.kind = WEIR_IO_POLL, .fd = fd, .events = POLLIN};
    weir_io_submit(driver, io);
    assert_int_equal(weir_driver_wait(driver, 0), 0);
    assert_int_equal(io->state, WEIR_IO_FLYING);
}

#endif
