/* The descriptor that ends a driver's wait from outside: an eventfd. */

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver/driver.h"

int weir_interrupt_open(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
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

void weir_interrupt_close(int fd)
{
    close(fd);
}
