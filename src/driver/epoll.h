/* The epoll driver's own, in two files: what is borrowed, and the wait; sockets of ours. */
#ifndef WEIR_DRIVER_EPOLL_H
#define WEIR_DRIVER_EPOLL_H

#include "driver/driver.h"
#include "weir/implement.h"

/* What waits for one descriptor. A borrowed one is registered for one event at a time, and stays,
 * disabled. A socket of ours is registered once for all its life, edge-triggered: what epoll said
 * is remembered until a call finds that it is no longer so. */
struct watched {
    struct weir_io_list waiting;
    weir_op *in, *out; /* one operation a direction */
    bool registered;
    bool ours;
    bool readable, writable, hung_up;
};

struct epoll {
    weir_driver driver;
    int fd;
    struct watched *watched; /* by descriptor */
    size_t watched_n;
    size_t waiting_n;
    bool coarse; /* the kernel, or a sandbox, has no epoll_pwait2 */
    bool lent;   /* who waits for its descriptor is told what nobody here waits for, too */
};

static inline struct epoll *epoll_of(weir_driver *driver)
{
    return WEIR_CONTAINER(driver, struct epoll, driver);
}

/* Room for what waits for it; false: no memory. */
bool weir_epoll_has_place(struct epoll *self, int fd);

void weir_epoll_start(weir_driver *driver, weir_op *op);
void weir_epoll_stop(weir_driver *driver, weir_op *op);
void weir_epoll_forget(weir_driver *driver, int fd);
/* Of a socket of ours. */
void weir_epoll_deliver(struct epoll *self, int fd, uint32_t events);

#endif
