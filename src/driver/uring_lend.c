/* The ring's descriptor for somebody else's loop. The ring's own does not tell of what the kernel
 * holds back until it is asked; an eventfd that the kernel raises then does, but for one thing: it
 * does not raise an eventfd because of another eventfd, or once and late. So what is lent is an
 * epoll set: that eventfd, the one that interrupts, and what other descriptors are waited for. */

#include "driver/driver.h"

#ifdef WEIR_HAVE_URING
#include <poll.h>
#include <sys/epoll.h>

#include "driver/uring.h"

enum { URING_LEND_EVENTS_AT_ONCE = 16 };

static int uring_lend_add(const struct uring *self, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events};
    const weir_sys *sys = self->driver.sys;
    return sys->epoll_ctl(sys, self->lent_fd, EPOLL_CTL_ADD, fd, &event);
}

static void uring_lend_watch(const struct uring *self, const weir_io *io)
{
    uint32_t events = io->kind == WEIR_IO_POLL ? io->events : POLLIN;
    struct epoll_event event = {.events = events | EPOLLONESHOT};
    const weir_sys *sys = self->driver.sys;
    if (io->kind == WEIR_IO_READ && io->offset != WEIR_IO_HERE)
        return; /* of a file */
    if (sys->epoll_ctl(sys, self->lent_fd, EPOLL_CTL_MOD, io->fd, &event) == -ENOENT)
        uring_lend_add(self, io->fd, event.events); /* EPERM: a file, which the ring tells of */
}

void weir_uring_watch(const struct uring *self, const weir_io *io)
{
    if (self->lent_fd >= 0)
        uring_lend_watch(self, io);
}

/* What it told of is about to be looked at. Nothing is read from the ring's eventfd: each time that
 * it is raised is told once. */
void weir_uring_told(const struct uring *self)
{
    const weir_sys *sys = self->driver.sys;
    struct epoll_event events[URING_LEND_EVENTS_AT_ONCE];
    if (self->lent_fd >= 0)
        sys->epoll_wait(sys, self->lent_fd, events, URING_LEND_EVENTS_AT_ONCE, 0);
}

void weir_uring_unlend(struct uring *self)
{
    const weir_sys *sys = self->driver.sys;
    if (self->lent_fd >= 0)
        sys->close(sys, self->lent_fd);
    if (self->told_fd >= 0)
        weir_interrupt_close(self->told_fd, self->driver.forks);
    self->lent_fd = self->told_fd = -1;
}

static int uring_lend_open_all(struct uring *self)
{
    const weir_sys *sys = self->driver.sys;
    self->lent_fd = sys->epoll_create(sys, EPOLL_CLOEXEC);
    if (self->lent_fd < 0)
        return self->lent_fd;
    self->told_fd = weir_interrupt_open(sys);
    if (self->told_fd < 0)
        return self->told_fd;
    int error = sys->ring_eventfd(sys, &self->ring, self->told_fd);
    if (!error)
        error = uring_lend_add(self, self->told_fd, EPOLLIN | EPOLLET);
    return error ? error : uring_lend_add(self, self->driver.interrupt_fd, EPOLLIN);
}

int weir_uring_open_lent(struct uring *self)
{
    if (self->lent_fd >= 0)
        return 0;
    int error = uring_lend_open_all(self);
    if (error) {
        weir_uring_unlend(self);
        return error;
    }
    for (const weir_io *io = self->flying.first; io; io = io->next)
        uring_lend_watch(self, io);
    return 0;
}
#else
typedef int weir_no_ring; /* a file is not empty */
#endif
