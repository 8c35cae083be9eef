/* The descriptor that ends a driver's wait from outside: an eventfd. */

#ifndef WEIR_HAVE_KQUEUE

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver/driver.h"

int weir_interrupt_open(const weir_sys *sys)
{
    weir_sys whole;
    sys = weir_sys_whole(&whole, sys);
    return sys->eventfd(sys, EFD_CLOEXEC | EFD_NONBLOCK);
}

void weir_interrupt_raise(int fd)
{
    int saved = errno; /* a signal handler must leave it as it was */
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written; /* EAGAIN: it is raised already */
    errno = saved;
}

void weir_interrupt_clear(int fd)
{
    uint64_t count;
    ssize_t got = read(fd, &count, sizeof count);
    (void)got; /* EAGAIN: it was not raised */
}

void weir_interrupt_close(int fd, unsigned forks)
{
    (void)forks; /* every child has it */
    close(fd);
}

#endif
