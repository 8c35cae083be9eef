/* What tests over the simulated network share: hosts, a runtime on each. */
#ifndef WEIR_TESTS_NET_WORLD_H
#define WEIR_TESTS_NET_WORLD_H

#include "../driver/hosts.h"
#include "net.h"
#include "doubles.h"
#include "driver/sim_watch.h"

enum { WORLD_HOSTS = 3 };

static struct {
    weir_world *world;
    weir_host *hosts[WORLD_HOSTS];
    weir_rt *rts[WORLD_HOSTS];
} sim;

static uint32_t sim_faults; /* per million, of the runtimes that are made next */

/* 10.0.0.1, 10.0.0.2 ... */
static inline void sim_begin(uint64_t seed, unsigned hosts)
{
    static const char *const addresses[WORLD_HOSTS] = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};
    memset(&sim, 0, sizeof sim);
    sim.world = weir_world_new(seed);
    assert_non_null(sim.world);
    for (unsigned i = 0; i < hosts; i++) {
        sim.hosts[i] = weir_world_host(sim.world, addresses[i]);
        weir_error error;
        sim.rts[i] = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .host = sim.hosts[i],
                                                  .faults_per_million = sim_faults),
                                 &error);
        assert_non_null(sim.rts[i]);
    }
}

/* Nothing is left behind. */
static inline void sim_end(void)
{
    for (unsigned i = 0; i < WORLD_HOSTS; i++)
        weir_rt_drop(sim.rts[i]);
    for (unsigned i = 0; i < WORLD_HOSTS; i++)
        assert_true(!sim.hosts[i] || !weir_host_fds(sim.hosts[i]));
    assert_int_equal(weir_world_connections(sim.world), 0);
    weir_world_drop(sim.world);
}

/* For so long. */
static inline void sim_run(uint64_t ns)
{
    weir_world_run(sim.world, weir_world_now_ns(sim.world) + ns);
}

#endif
