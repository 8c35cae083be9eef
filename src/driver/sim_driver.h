/* The sim driver's own, in three files: files, pipes and the wait; sockets; who else stands in the
 * same world. */
#ifndef WEIR_DRIVER_SIM_DRIVER_H
#define WEIR_DRIVER_SIM_DRIVER_H

#include "driver/driver.h"
#include "driver/sim.h"
#include "weir/implement.h"

struct sim {
    weir_driver driver;
    struct weir_sim_sys faults; /* the table in front, whose calls fail */
    weir_world *world;
    weir_host *host; /* whose sockets are the world's; NULL: they are real */
    bool owns_world;
    weir_io *flying;            /* heap by due_ns */
    struct sim_flight *flights; /* operations on sockets, that are not done */
    uint64_t done;              /* how many were */
    bool in_turn;               /* the world gives it one */
    bool slept;                 /* it had nothing to do when the last one was over */
    struct weir_world_member member;
};

static inline struct sim *sim_of(weir_driver *driver)
{
    return WEIR_CONTAINER(driver, struct sim, driver);
}

uint64_t weir_sim_delay_ns(struct sim *self);

void weir_sim_start(weir_driver *driver, weir_op *op);
void weir_sim_stop(weir_driver *driver, weir_op *op);
void weir_sim_stop_all(struct sim *self);

#endif
