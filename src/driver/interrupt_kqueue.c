/* The descriptor that ends a driver's wait from outside, where there is kqueue: one of its own,
 * with an event that is raised by hand. It is readable while that is so, for poll() and other
 * queues. */

#ifdef WEIR_HAVE_KQUEUE

#include <errno.h>
#include <sys/event.h>
#include <time.h>
#include <unistd.h>

#include "driver/driver.h"

static struct kevent interrupt_event(unsigned flags, unsigned fflags)
{
    return (struct kevent){.filter = EVFILT_USER, .flags = (unsigned short)flags, .fflags = fflags};
}

int weir_interrupt_open(const weir_sys *sys)
{
    weir_sys whole;
    sys = weir_sys_whole(&whole, sys);
    int fd = sys->kqueue(sys);
    if (fd < 0)
        return fd;
    struct kevent made = interrupt_event(EV_ADD | EV_CLEAR, 0);
    int error = sys->kevent(sys, fd, &made, 1, NULL, 0, 0);
    if (error < 0)
        sys->close(sys, fd);
    return error < 0 ? error : fd;
}

/* A bare system call on these systems, so a signal handler may make it. */
void weir_interrupt_raise(int fd)
{
    int saved = errno;
    struct kevent raised = interrupt_event(0, NOTE_TRIGGER);
    (void)kevent(fd, &raised, 1, NULL, 0, NULL);
    errno = saved;
}

void weir_interrupt_clear(int fd)
{
    struct kevent told;
    const struct timespec now = {0};
    (void)kevent(fd, NULL, 0, &told, 1, &now);
}

/* The child of a fork has not got it: there its number may be another file's. */
void weir_interrupt_close(int fd, unsigned forks)
{
    if (forks == weir_forks())
        close(fd);
}

#endif
