/* The simulated outside: a clock that jumps, and system calls that fail and fall short when the
 * seed says so. The calls that do not fail are made for real. */
#ifndef WEIR_DRIVER_SIM_H
#define WEIR_DRIVER_SIM_H

#include "driver/sim_world.h"

struct weir_sim_sys {
    weir_sys sys;         /* first: this is what the program is given */
    const weir_sys *real; /* has all entries */
    weir_world *world;    /* whose clock it is, and whose numbers are drawn */
    uint32_t faults_per_million;
    uint64_t busy_until_ns; /* on the world's clock: who has it works so long */
    uint64_t looked_ns;     /* what it saw when it looked last, at its own expense */
    bool apart; /* others work at the same time: a look at the clock is at its own expense */
};

void weir_sim_sys_init(struct weir_sim_sys *sim, const weir_sys *real, weir_world *world,
                       uint32_t faults_per_million);

/* It works for so much longer; until when. */
uint64_t weir_sim_charge(struct weir_sim_sys *sim, uint64_t ns);
/* What its clock says, without a look. */
uint64_t weir_sim_now_ns(const struct weir_sim_sys *sim);

/* The next number drawn from the seed, below limit (> 0). */
uint64_t weir_sim_draw(struct weir_sim_sys *sim, uint64_t limit);

/* One of the errors the call is documented to give, or 0. */
int weir_sim_fails(struct weir_sim_sys *sim, const int *errors, size_t n);
#define WEIR_SIM_FAILS(sim, ...)                                                                   \
    weir_sim_fails(sim, (const int[]){__VA_ARGS__},                                                \
                   sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

/* The calls of sockets. */
void weir_sim_sys_net(weir_sys *sys);

#endif
