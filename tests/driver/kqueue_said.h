/* A kevent() that is scripted: what a kqueue driver said in its last call, and what it hears. That
 * of tests/kqueue/ stands behind it, for what is no script. */
#ifndef WEIR_TESTS_KQUEUE_SAID_H
#define WEIR_TESTS_KQUEUE_SAID_H

#include "../driver/rig.h"
#include "driver/driver.h"

#include <sys/event.h>
#include <sys/socket.h>

enum { MOST = 64 };

static struct {
    weir_sys sys;
    unsigned calls;
    struct kevent changes[MOST], events[MOST];
    int changes_n, events_n;
    uint64_t timeout_ns;
    int error;    /* the call's; 0: none */
    bool through; /* it is no script */
} said;

static inline int said_kevent(const weir_sys *sys, int queue, const struct kevent *changes,
                              int changes_n, struct kevent *events, int events_n,
                              uint64_t timeout_ns)
{
    said.calls++;
    said.changes_n = changes_n;
    said.timeout_ns = timeout_ns;
    memcpy(said.changes, changes, (size_t)changes_n * sizeof *changes);
    if (said.through)
        return sys->base->kevent(sys->base, queue, changes, changes_n, events, events_n,
                                 timeout_ns);
    if (said.error)
        return said.error;
    int n = said.events_n;
    assert_true(n <= events_n);
    memcpy(events, said.events, (size_t)n * sizeof *events);
    said.events_n = 0;
    return n;
}

static inline void hears(int fd, int filter, unsigned flags, int64_t data)
{
    said.events[said.events_n++] = (struct kevent){.ident = (uintptr_t)fd,
                                                   .filter = (short)filter,
                                                   .flags = (unsigned short)flags,
                                                   .data = data};
}

static inline bool is_change(int i, int fd, int filter, unsigned flags)
{
    const struct kevent *change = &said.changes[i];
    return i < said.changes_n && (int)change->ident == fd && change->filter == filter &&
           change->flags == flags;
}

static inline weir_driver *begin(void)
{
    memset(&said, 0, sizeof said);
    weir_sys_wrap(&said.sys, NULL);
    int fd = weir_interrupt_open(NULL);
    said.sys.kevent = said_kevent;
    said.through = true;
    struct weir_refusal why = {NULL, 0};
    weir_driver *driver =
        weir_driver_kqueue(&(weir_driver_config){.sys = &said.sys, .interrupt_fd = fd}, &why);
    assert_non_null(driver);
    assert_string_equal(driver->ops->name, "kqueue");
    assert_int_equal(said.changes_n, 1);
    assert_true(is_change(0, fd, EVFILT_READ, EV_ADD));
    said.calls = 0;
    said.through = false;
    return driver;
}

static inline void end(weir_driver *driver)
{
    int fd = driver->interrupt_fd;
    said.through = true;
    weir_driver_drop(driver);
    weir_interrupt_close(fd, weir_forks());
}

/* A wait in which nothing else is heard; how many changes went with it. */
static inline int told(weir_driver *driver, uint64_t timeout_ns)
{
    said.changes_n = -1;
    assert_int_equal(weir_driver_wait(driver, timeout_ns), 0);
    return said.changes_n;
}

static inline void make_pair(int ends[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
}

/* A pair whose first end takes no more. */
static inline void make_full_pair(int ends[2])
{
    static const char bytes[1 << 16];
    make_pair(ends);
    while (write(ends[0], bytes, sizeof bytes) > 0)
        ;
}

static inline void close_pair(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

#endif
