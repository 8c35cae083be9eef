/* Who waits for a socket of the simulated network to be ready. */
#ifndef WEIR_DRIVER_SIM_WATCH_H
#define WEIR_DRIVER_SIM_WATCH_H

#include "driver/sim_world.h"

/* `found` is called once, when one of the events is there (POLLERR, POLLHUP and POLLNVAL always
 * count), from inside of the world: it notes it, and does nothing to sockets. */
struct weir_world_watch {
    unsigned events;
    void (*found)(struct weir_world_watch *watch);
    struct weir_world_watch *next, **link; /* link NULL: it watches nothing */
};

/* What is ready now; 0: nothing. */
unsigned weir_world_ready(const weir_host *host, int fd, unsigned events);
/* Calls `found` at once, if something is ready. The socket's closing finds POLLNVAL. */
void weir_world_watch(const weir_host *host, int fd, struct weir_world_watch *watch);
void weir_world_unwatch(struct weir_world_watch *watch);

#endif
