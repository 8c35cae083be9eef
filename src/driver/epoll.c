/* The epoll driver: a borrowed descriptor is registered for one event at a time, and stays,
 * disabled; a socket of ours once, for edges of everything. */

#ifndef WEIR_HAVE_KQUEUE

#include <errno.h>
#include <sys/epoll.h>

#include "driver/watched.h"
#include "weir/alloc.h"

enum { EPOLL_AT_ONCE = 64 };
#define EPOLL_SLEEP_MAX_NS 3600000000000ull
#define EPOLL_NS_PER_MS 1000000ull

struct weir_epoll {
    struct weir_watcher watcher;
    int fd;
    bool coarse; /* the kernel, or a sandbox, has no epoll_pwait2 */
    bool lent;   /* who waits for its descriptor is told what nobody here waits for, too */
};

static struct weir_epoll *epoll_of(struct weir_watcher *watcher)
{
    return WEIR_CONTAINER(watcher, struct weir_epoll, watcher);
}

static uint32_t epoll_wanted(unsigned wants)
{
    return (wants & POLLIN ? EPOLLIN : 0) | (wants & POLLOUT ? EPOLLOUT : 0) |
           (wants & POLLRDHUP ? EPOLLRDHUP : 0);
}

static unsigned epoll_found(uint32_t events)
{
    return (events & EPOLLIN ? POLLIN : 0) | (events & EPOLLOUT ? POLLOUT : 0) |
           (events & EPOLLERR ? POLLERR : 0) | (events & EPOLLHUP ? POLLHUP : 0) |
           (events & EPOLLRDHUP ? POLLRDHUP : 0);
}

/* `asked`: it is registered. Files that epoll does not know never wait. */
static int epoll_arm(struct weir_watcher *watcher, const weir_io *armed)
{
    int queue = epoll_of(watcher)->fd, fd = armed->fd;
    struct weir_watched *watched = &watcher->watched[fd];
    struct epoll_event event = {.events = EPOLLONESHOT, .data.fd = fd};
    for (const weir_io *io = watched->waiting.first; io; io = io->next)
        event.events |= epoll_wanted(weir_watcher_wants(io));
    const weir_sys *sys = watcher->driver.sys;
    int op = watched->asked[0] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int failed = sys->epoll_ctl(sys, queue, op, fd, &event);
    if (failed == (watched->asked[0] ? -ENOENT : -EEXIST)) {
        /* the number was closed and given to another file */
        op = watched->asked[0] ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
        failed = sys->epoll_ctl(sys, queue, op, fd, &event);
    }
    watched->asked[0] = !failed;
    return failed == -EPERM ? WEIR_NEVER_WAITS : failed;
}

static int epoll_adopt(struct weir_watcher *watcher, const weir_op *op)
{
    const weir_sys *sys = watcher->driver.sys;
    int queue = epoll_of(watcher)->fd;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = op->fd};
    event.events |= op->kind == WEIR_OP_ACCEPT ? 0 : (uint32_t)EPOLLOUT;
    int error = sys->epoll_ctl(sys, queue, EPOLL_CTL_ADD, op->fd, &event);
    if (error == -EEXIST)
        error = sys->epoll_ctl(sys, queue, EPOLL_CTL_MOD, op->fd, &event);
    if (!error)
        watcher->watched[op->fd].asked[0] = false;
    return error;
}

/* Closing takes it out of the set, if nobody else has it; the fork of a program may. */
static void epoll_forget(weir_driver *driver, int fd)
{
    struct weir_watcher *watcher = weir_watcher_of(driver);
    struct epoll_event none = {.events = 0};
    if (weir_watcher_forget(watcher, fd) && weir_driver_is_ours(driver))
        driver->sys->epoll_ctl(driver->sys, epoll_of(watcher)->fd, EPOLL_CTL_DEL, fd, &none);
}

static void epoll_deliver(struct weir_watcher *watcher, int fd, uint32_t events)
{
    if (watcher->watched[fd].ours) {
        weir_watcher_edge(watcher, fd, epoll_found(events));
        return;
    }
    weir_watcher_deliver(watcher, fd, epoll_found(events));
    const weir_io *left = watcher->watched[fd].waiting.first;
    int answer = left ? epoll_arm(watcher, left) : 0;
    if (answer)
        weir_watcher_refuse(watcher, fd, WEIR_WATCHED_ALL, answer);
}

static int epoll_sleep_for(struct weir_epoll *self, struct epoll_event *events, uint64_t timeout_ns)
{
    const weir_sys *sys = self->watcher.driver.sys;
    timeout_ns = timeout_ns < EPOLL_SLEEP_MAX_NS ? timeout_ns : EPOLL_SLEEP_MAX_NS;
    if (!self->coarse) {
        int n = sys->epoll_pwait2(sys, self->fd, events, EPOLL_AT_ONCE, timeout_ns);
        if (!weir_is_refused(n))
            return n;
        self->coarse = true;
    }
    int timeout_ms = (int)((timeout_ns + EPOLL_NS_PER_MS - 1) / EPOLL_NS_PER_MS);
    return sys->epoll_wait(sys, self->fd, events, EPOLL_AT_ONCE, timeout_ms);
}

static int epoll_driver_wait(weir_driver *driver, uint64_t timeout_ns)
{
    struct weir_watcher *watcher = weir_watcher_of(driver);
    struct weir_epoll *self = epoll_of(watcher);
    struct epoll_event events[EPOLL_AT_ONCE];
    if (!timeout_ns && !watcher->waiting_n && !self->lent)
        return 0;
    self->lent = false;
    int n = epoll_sleep_for(self, events, timeout_ns);
    for (int i = 0; i < n; i++) {
        if (events[i].data.fd == driver->interrupt_fd)
            weir_interrupt_clear(driver->interrupt_fd);
        else
            epoll_deliver(watcher, events[i].data.fd, events[i].events);
    }
    return n < 0 && n != -EINTR ? n : 0;
}

static int epoll_lend(weir_driver *driver)
{
    struct weir_epoll *self = epoll_of(weir_watcher_of(driver));
    self->lent = true;
    return self->fd;
}

/* In the child of a fork too: nothing here asks the kernel for more than closing. */
static void epoll_fini(weir_driver *driver)
{
    struct weir_watcher *watcher = weir_watcher_of(driver);
    weir_watcher_fini(watcher);
    driver->sys->close(driver->sys, epoll_of(watcher)->fd);
}

static void epoll_release(weir_driver *driver)
{
    weir_release(epoll_of(weir_watcher_of(driver)), sizeof(struct weir_epoll));
}

static const weir_driver_ops epoll_ops = {
    .name = "epoll",
    .overlaps = false,
    .submit = weir_watcher_submit,
    .cancel = weir_watcher_cancel,
    .wait = epoll_driver_wait,
    .lend = epoll_lend,
    .fini = epoll_fini,
    .release = epoll_release,
    .start = weir_watcher_start,
    .stop = weir_watcher_stop,
    .forget = epoll_forget,
};

static const struct weir_watcher_ops epoll_watcher_ops = {epoll_arm, epoll_adopt};

/* Everything it will need, once. The interrupt descriptor may be readable already. */
static struct weir_refusal epoll_try_all(struct weir_epoll *self)
{
    const weir_sys *sys = self->watcher.driver.sys;
    int interrupt_fd = self->watcher.driver.interrupt_fd;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = interrupt_fd};
    struct epoll_event events[EPOLL_AT_ONCE];
    self->fd = sys->epoll_create(sys, EPOLL_CLOEXEC);
    if (self->fd < 0)
        return (struct weir_refusal){"epoll_create1", self->fd};
    int error = sys->epoll_ctl(sys, self->fd, EPOLL_CTL_ADD, interrupt_fd, &event);
    if (error)
        return (struct weir_refusal){"epoll_ctl", error};
    int n = epoll_sleep_for(self, events, 0);
    if (n < 0 && n != -EINTR)
        return (struct weir_refusal){self->coarse ? "epoll_wait" : "epoll_pwait2", n};
    return (struct weir_refusal){NULL, 0};
}

weir_driver *weir_driver_epoll(const weir_driver_config *config, struct weir_refusal *why)
{
    struct weir_epoll *self = weir_allocate(sizeof *self);
    if (!self) {
        *why = (struct weir_refusal){"allocate", -ENOMEM};
        return NULL;
    }
    *self = (struct weir_epoll){.watcher.ops = &epoll_watcher_ops, .fd = -1};
    weir_driver *driver = &self->watcher.driver;
    weir_driver_begin(driver, &epoll_ops, config);
    *why = epoll_try_all(self);
    if (!why->error)
        return driver;
    if (self->fd >= 0)
        driver->sys->close(driver->sys, self->fd);
    weir_release(self, sizeof *self);
    return NULL;
}

#endif
