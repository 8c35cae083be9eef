/* The sim driver's own, in two files: files, pipes and the wait; sockets. */
#ifndef WEIR_DRIVER_SIM_DRIVER_H
#define WEIR_DRIVER_SIM_DRIVER_H

#include "driver/driver.h"
#include "driver/sim.h"
#include "weir/implement.h"

struct sim {
    weir_driver driver;
    struct weir_sim_sys world;
    weir_io *flying;  /* heap by due_ns */
    weir_op *ops;     /* on sockets, that are not done */
    uint64_t look_ns; /* when these are looked at next */
};

static inline struct sim *sim_of(weir_driver *driver)
{
    return WEIR_CONTAINER(driver, struct sim, driver);
}

uint64_t weir_sim_delay_ns(struct sim *self);

void weir_sim_start(weir_driver *driver, weir_op *op);
void weir_sim_stop(weir_driver *driver, weir_op *op);
void weir_sim_stop_all(struct sim *self);
/* Operations on sockets whose time comes first, up to the limit. False: there is none. */
bool weir_sim_turn(struct sim *self, uint64_t limit_ns);

#endif
