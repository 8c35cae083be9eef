/* The epoll driver: for files a read is done when it is submitted, for everything else once epoll
 * says that it would not wait. O_NONBLOCK is never touched: descriptors may be shared. */

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

#include "driver/epoll.h"
#include "weir/alloc.h"

enum { EPOLL_EVENTS_AT_ONCE = 64 };
#define EPOLL_SLEEP_MAX_NS 3600000000000ull
#define NS_PER_MS 1000000ull

bool weir_epoll_has_place(struct epoll *self, int fd)
{
    size_t n = self->watched_n;
    if ((size_t)fd < n)
        return true;
    while (n <= (size_t)fd)
        n = n ? n * 2 : 16;
    size_t old_bytes = self->watched_n * sizeof *self->watched;
    struct watched *grown = weir_resize(self->watched, old_bytes, n * sizeof *grown);
    if (!grown)
        return false;
    for (size_t i = self->watched_n; i < n; i++)
        grown[i] = (struct watched){0};
    self->watched = grown;
    self->watched_n = n;
    return true;
}

static uint32_t epoll_wanted_by(const weir_io *io)
{
    if (io->kind == WEIR_IO_READ)
        return EPOLLIN;
    return (io->events & POLLIN ? EPOLLIN : 0) | (io->events & POLLOUT ? EPOLLOUT : 0) |
           (io->events & POLLRDHUP ? EPOLLRDHUP : 0);
}

static int epoll_arm(struct epoll *self, int fd)
{
    struct watched *watched = &self->watched[fd];
    struct epoll_event event = {.events = EPOLLONESHOT, .data.fd = fd};
    for (const weir_io *io = watched->waiting.first; io; io = io->next)
        event.events |= epoll_wanted_by(io);
    const weir_sys *sys = self->driver.sys;
    int op = watched->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int failed = sys->epoll_ctl(sys, self->fd, op, fd, &event);
    if (failed == (watched->registered ? -ENOENT : -EEXIST)) {
        /* the number was closed and given to another file */
        op = watched->registered ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
        failed = sys->epoll_ctl(sys, self->fd, op, fd, &event);
    }
    watched->registered = !failed;
    return failed;
}

/* What is to be done once the descriptor is ready. */
static int64_t epoll_perform(weir_driver *driver, const weir_io *io, unsigned found)
{
    const weir_sys *sys = driver->sys;
    if (io->kind == WEIR_IO_POLL)
        return found;
    if (io->offset != WEIR_IO_HERE)
        return sys->pread(sys, io->fd, io->out, io->n, io->offset);
    return sys->read(sys, io->fd, io->out, io->n);
}

/* As poll(): 0: it would wait; a negative errno: who knows. */
static int ask_now(const weir_driver *driver, const weir_io *io, unsigned *found)
{
    const weir_sys *sys = driver->sys;
    unsigned events = io->kind == WEIR_IO_READ ? POLLIN : io->events;
    struct pollfd ask = {.fd = io->fd, .events = (short)events};
    int n = sys->poll(sys, &ask, 1, 0);
    *found = n > 0 ? (unsigned)ask.revents : 0;
    return n;
}

static void epoll_submit(weir_driver *driver, weir_io *io)
{
    struct epoll *self = epoll_of(driver);
    bool file = io->kind == WEIR_IO_READ && io->offset != WEIR_IO_HERE;
    unsigned found = POLLIN;
    if (file || ask_now(driver, io, &found) > 0) {
        weir_io_finish(io, epoll_perform(driver, io, found));
        return;
    }
    if (io->fd < 0 || !weir_epoll_has_place(self, io->fd)) {
        weir_io_finish(io, io->fd < 0 ? -EBADF : -ENOMEM);
        return;
    }
    weir_io_list_add(&self->watched[io->fd].waiting, io);
    int error = epoll_arm(self, io->fd);
    if (error) {
        weir_io_list_remove(&self->watched[io->fd].waiting, io);
        bool always = error == -EPERM; /* files that epoll does not know never wait */
        weir_io_finish(io, always ? epoll_perform(driver, io, io->events) : error);
        return;
    }
    io->state = WEIR_IO_FLYING;
    self->waiting_n++;
}

static void epoll_take_out(struct epoll *self, weir_io *io)
{
    weir_io_list_remove(&self->watched[io->fd].waiting, io);
    self->waiting_n--;
}

static void epoll_cancel(weir_driver *driver, weir_io *io)
{
    epoll_take_out(epoll_of(driver), io);
    weir_io_finish(io, -ECANCELED);
}

static unsigned poll_bits(uint32_t events)
{
    return (events & EPOLLIN ? POLLIN : 0) | (events & EPOLLOUT ? POLLOUT : 0) |
           (events & EPOLLERR ? POLLERR : 0) | (events & EPOLLHUP ? POLLHUP : 0) |
           (events & EPOLLRDHUP ? POLLRDHUP : 0);
}

static void epoll_deliver(struct epoll *self, int fd, uint32_t events)
{
    if (self->watched[fd].ours) {
        weir_epoll_deliver(self, fd, events);
        return;
    }
    struct weir_io_list waiting = self->watched[fd].waiting;
    for (weir_io *io = waiting.first, *next; io; io = next) {
        next = io->next;
        if (!(events & (epoll_wanted_by(io) | EPOLLERR | EPOLLHUP)))
            continue;
        /* Another read may have taken what was there, or the event be about a file that had this
         * number before: a read would stop the thread. Where nobody may ask it is believed. */
        unsigned found;
        if (io->kind == WEIR_IO_READ && !ask_now(&self->driver, io, &found))
            continue;
        epoll_take_out(self, io);
        weir_io_finish(io, epoll_perform(&self->driver, io, poll_bits(events)));
    }
    weir_io *left = self->watched[fd].waiting.first;
    int error = left ? epoll_arm(self, fd) : 0;
    for (weir_io *next; error && left; left = next) {
        next = left->next;
        epoll_take_out(self, left);
        weir_io_finish(left, error);
    }
}

static int epoll_sleep_for(struct epoll *self, struct epoll_event *events, uint64_t timeout_ns)
{
    const weir_sys *sys = self->driver.sys;
    timeout_ns = timeout_ns < EPOLL_SLEEP_MAX_NS ? timeout_ns : EPOLL_SLEEP_MAX_NS;
    if (!self->coarse) {
        int n = sys->epoll_pwait2(sys, self->fd, events, EPOLL_EVENTS_AT_ONCE, timeout_ns);
        if (!weir_is_refused(n))
            return n;
        self->coarse = true;
    }
    int timeout_ms = (int)((timeout_ns + NS_PER_MS - 1) / NS_PER_MS);
    return sys->epoll_wait(sys, self->fd, events, EPOLL_EVENTS_AT_ONCE, timeout_ms);
}

static int epoll_driver_wait(weir_driver *driver, uint64_t timeout_ns)
{
    struct epoll *self = epoll_of(driver);
    struct epoll_event events[EPOLL_EVENTS_AT_ONCE];
    if (!timeout_ns && !self->waiting_n && !self->lent)
        return 0;
    self->lent = false;
    int n = epoll_sleep_for(self, events, timeout_ns);
    for (int i = 0; i < n; i++) {
        if (events[i].data.fd == driver->interrupt_fd)
            weir_interrupt_clear(driver->interrupt_fd);
        else
            epoll_deliver(self, events[i].data.fd, events[i].events);
    }
    return n < 0 && n != -EINTR ? n : 0;
}

static int epoll_lend(weir_driver *driver)
{
    struct epoll *self = epoll_of(driver);
    self->lent = true;
    return self->fd;
}

/* In the child of a fork too: nothing here asks the kernel for more than closing. */
static void epoll_fini(weir_driver *driver)
{
    struct epoll *self = epoll_of(driver);
    for (size_t fd = 0; fd < self->watched_n; fd++)
        while (self->watched[fd].waiting.first)
            epoll_cancel(driver, self->watched[fd].waiting.first);
    for (size_t fd = 0; fd < self->watched_n; fd++) {
        if (self->watched[fd].in)
            weir_epoll_stop(driver, self->watched[fd].in);
        if (self->watched[fd].out)
            weir_epoll_stop(driver, self->watched[fd].out);
    }
    driver->sys->close(driver->sys, self->fd);
    weir_release(self->watched, self->watched_n * sizeof *self->watched);
}

static void epoll_release(weir_driver *driver)
{
    weir_release(epoll_of(driver), sizeof(struct epoll));
}

static const weir_driver_ops epoll_ops = {
    .name = "epoll",
    .overlaps = false,
    .submit = epoll_submit,
    .cancel = epoll_cancel,
    .wait = epoll_driver_wait,
    .lend = epoll_lend,
    .fini = epoll_fini,
    .release = epoll_release,
    .start = weir_epoll_start,
    .stop = weir_epoll_stop,
    .forget = weir_epoll_forget,
};

/* Everything it will need, once. The interrupt descriptor may be readable already. */
static struct weir_refusal epoll_try_all(struct epoll *self)
{
    const weir_sys *sys = self->driver.sys;
    int interrupt_fd = self->driver.interrupt_fd;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = interrupt_fd};
    struct epoll_event events[EPOLL_EVENTS_AT_ONCE];
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
    struct epoll *self = weir_allocate(sizeof *self);
    if (!self) {
        *why = (struct weir_refusal){"allocate", -ENOMEM};
        return NULL;
    }
    *self = (struct epoll){.fd = -1};
    weir_driver_begin(&self->driver, &epoll_ops, config);
    *why = epoll_try_all(self);
    if (why->error) {
        if (self->fd >= 0)
            self->driver.sys->close(self->driver.sys, self->fd);
        weir_release(self, sizeof *self);
        return NULL;
    }
    return &self->driver;
}
