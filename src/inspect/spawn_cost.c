/* What a task costs: the same futures, each in a task of its own, and one after the other. */

#include "inspect/machine.h"
#include "task/drivers.h"
#include "task/runtimes.h"
#include "weir.h"

enum {
    SPAWN_COST_ROUNDS_MIN = 3,
    SPAWN_COST_ROUNDS_MAX = 30,
    FUTURES = 1000,
    SPAWN_COST_AT_ONCE = 16
};

static weir_stream *spawn_cost_again(int64_t n, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &n);
}
WEIR_THEN_FN(again_fn, spawn_cost_again, int64_t, int64_t, .to = &weir_type_i64)

/* 0: it failed. */
static uint64_t took_ns(weir_rt *rt, const weir_sys *sys, bool spawns)
{
    weir_stream *all = weir_range(0, FUTURES);
    uint64_t n = 0, begin_ns = sys->now_ns(sys);
    all = spawns ? weir_par_map(all, &again_fn, NULL, SPAWN_COST_AT_ONCE,
                                &WEIR_PAR_OPTIONS(.local = true))
                 : weir_then(all, &again_fn, NULL);
    bool done = weir_rt_run(rt, weir_count(all), &n, NULL) == WEIR_READY && n == FUTURES;
    return done ? sys->now_ns(sys) - begin_ns : 0;
}

/* Whoever is interrupted takes longer: the shortest counts. On a busy machine that may be all of
 * the first ones, so there are more of them until what does more takes longer. */
static double spawn_cost_ns(weir_rt *rt, const weir_sys *sys)
{
    uint64_t alone_ns = UINT64_MAX, spawned_ns = UINT64_MAX;
    for (unsigned i = 0;
         i < SPAWN_COST_ROUNDS_MAX && (i < SPAWN_COST_ROUNDS_MIN || spawned_ns <= alone_ns); i++) {
        uint64_t one_ns = took_ns(rt, sys, false), other_ns = took_ns(rt, sys, true);
        alone_ns = one_ns < alone_ns ? one_ns : alone_ns;
        spawned_ns = other_ns < spawned_ns ? other_ns : spawned_ns;
    }
    return alone_ns && spawned_ns > alone_ns ? (double)(spawned_ns - alone_ns) / FUTURES : 0;
}

void weir_machine_measure_spawn(const weir_sys *sys, struct weir_machine *machine)
{
    weir_rt_unlisted = true;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = WEIR_DRIVER_PLAIN, .workers = 1), NULL);
    weir_rt_unlisted = false;
    if (!rt)
        return;
    machine->spawn_ns = spawn_cost_ns(rt, sys);
    weir_rt_drop(rt);
}
