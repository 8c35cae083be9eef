/* What an inspector costs: the same work without one, with one, and while somebody is attached, in
 * turn. A run is short, so that the least of many is one that nobody disturbed. How much more it is
 * says the median of what each round says: what the machine's memory does changes within seconds,
 * by a quarter, and one that was lucky once would be the measure of the others.
 *
 *   inspected [ROUNDS]   work, nanoseconds of CPU a piece without, with, and attached, the least of
 *                        each; how many times as much as without it was with, and attached; tabs
 *                        between
 */
#include <stdio.h>

#include "inspect_work.h"
#include "measure.h"

/* The first turns of a place are timed poll by poll: they do not count. */
enum { MODES = 3, FIRST_RUNS = 70, ROUNDS_MAX = 10000 };

static weir_rt *new_runtime(uint32_t demand, int mode)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.demand_max = demand, .workers = 1), &error);
    if (!rt || (mode > 0 && !weir_inspect_start(rt, &error)))
        give_up("a runtime", error.message);
    if (mode > 1)
        weir_inspect_attach(rt, true);
    return rt;
}

/* ---- measuring ---- */

struct work {
    const char *name;
    void (*run)(weir_rt *rt);
    uint32_t demand;
    double pieces;
};

static const struct work works[] = {{"chain4, demand 1: an item", work_chain4, 1, WORK_ITEMS},
                                    {"chain4, demand 8: an item", work_chain4, 8, WORK_ITEMS},
                                    {"chain4, demand 64: an item", work_chain4, 64, WORK_ITEMS},
                                    {"file copy: a KiB", work_file_copy, 0, WORK_COPIED / 1024},
                                    {"echo of 64 bytes: a request", work_echo, 0, WORK_REQUESTS}};

static double once(const struct work *work, weir_rt *rt)
{
    double start = cpu_ns();
    work->run(rt);
    return (cpu_ns() - start) / work->pieces;
}

/* One after the other; each comes behind each other. */
static void take_round(const struct work *work, weir_rt *const rt[MODES], unsigned round,
                       double took[MODES])
{
    for (unsigned turn = 0; turn < MODES; turn++) {
        unsigned mode = (round % 2 ? MODES - turn : round + turn) % MODES;
        took[mode] = once(work, rt[mode]);
    }
}

static void measure(const struct work *work, unsigned rounds)
{
    static double times[MODES][ROUNDS_MAX];
    double least[MODES] = {1e18, 1e18, 1e18}, took[MODES];
    weir_rt *rt[MODES];
    for (int mode = 0; mode < MODES; mode++) {
        rt[mode] = new_runtime(work->demand, mode);
        for (int i = 0; i < FIRST_RUNS; i++)
            work->run(rt[mode]);
    }
    for (unsigned round = 0; round < rounds; round++) {
        take_round(work, rt, round, took);
        for (int mode = 0; mode < MODES; mode++) {
            least[mode] = lesser(least[mode], took[mode]);
            times[mode][round] = took[mode] / took[0];
        }
    }
    printf("%s\t%.3f\t%.3f\t%.3f\t%.4f\t%.4f\n", work->name, least[0], least[1], least[2],
           median(times[1], rounds), median(times[2], rounds));
    fflush(stdout);
    for (int mode = 0; mode < MODES; mode++)
        weir_rt_drop(rt[mode]);
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 200;
    rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
    work_file_make();
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        measure(&works[i], rounds);
    work_file_remove();
    return 0;
}
