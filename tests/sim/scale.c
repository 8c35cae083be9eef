/* How par_map scales, on the simulated clock. */

#include "scale.h"

#include <stdio.h>

#include "scene.h"
#include "weir/sim.h"

static int64_t work(int64_t n, void *arg)
{
    weir_sim_work(*(const uint64_t *)arg);
    return n;
}
WEIR_MAP_FN(work_fn, work, int64_t, int64_t)

/* The batch is what is found on a real clock, where one is to take 50 us, and has 1024 items at
 * most. */
static const struct row {
    const char *name;
    uint64_t ns;
    uint32_t batch;
    int64_t items;
} rows[] = {
    {"20 ns", 20, 1024, 1024 * 1024}, {"1 us", 1000, 32, 32 * 1024}, {"1 ms", 1000000, 1, 2048}};

static double items_a_second(const struct row *row, uint32_t workers)
{
    struct scene scene = {.seed = 1};
    weir_rt *rt = scene_rt(&scene, workers, NULL);
    const weir_sys *sys = weir_rt_sys(rt);
    weir_par_options how = WEIR_PAR_OPTIONS(.batch_max = row->batch);
    uint64_t work_ns = row->ns, count, begin_ns = sys->now_ns(sys);
    weir_stream *all =
        /* weir-lint: allow(unbounded) the items are few */
        weir_par_map(weir_range(0, row->items), &work_fn, &work_ns, WEIR_NO_LIMIT, &how);
    weir_error error;
    if (weir_rt_run(rt, weir_count(all), &count, &error) != WEIR_READY)
        scene_fail("%s", error.message);
    uint64_t took_ns = sys->now_ns(sys) - begin_ns;
    weir_rt_drop(rt);
    return (double)row->items / ((double)took_ns / 1e9);
}

int scale_table(void)
{
    printf("items a virtual second; a steal costs %d ns, a wake %d, a look at the clock %d\n",
           WEIR_SIM_STEAL_NS, WEIR_SIM_WAKE_NS, WEIR_SIM_LOOK_NS);
    printf("%-8s %8s %14s %10s\n", "body", "workers", "items/s", "of ideal");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (uint32_t workers = 1; workers <= 16; workers *= 2) {
            double rate = items_a_second(&rows[i], workers);
            double ideal = workers * 1e9 / (double)rows[i].ns;
            printf("%-8s %8u %14.0f %10.3f\n", rows[i].name, workers, rate, rate / ideal);
        }
    return 0;
}
