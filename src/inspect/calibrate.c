/* Calibration: how much more all threads count together than one does alone. */

#include "inspect/machine.h"

#include "core/draw.h"
#include "task/threads.h"
#include "weir/alloc.h"

/* Twice: alone, then together. Who is alone may be interrupted; its best slice counts. */
enum { CALIBRATE_ROUNDS = 2, SLICES = 4, COUNTS_A_LOOK = 2000 };
enum { ALONE_NS = WEIR_MACHINE_CALIBRATION_NS / 5, TOGETHER_NS = 3 * ALONE_NS / 2 };
_Static_assert(CALIBRATE_ROUNDS *(ALONE_NS + TOGETHER_NS) <= WEIR_MACHINE_CALIBRATION_NS,
               "it is bounded");

/* ---- one who counts ---- */

struct calibrate_counter {
    const weir_sys *sys;
    pthread_t thread;
    uint64_t until_ns, counted, sum;
};

static void *calibrate_count(void *arg)
{
    struct calibrate_counter *self = arg;
    uint64_t drawing = (uintptr_t)self;
    while (self->sys->now_ns(self->sys) < self->until_ns) {
        for (unsigned i = 0; i < COUNTS_A_LOOK; i++)
            self->sum += weir_draw(&drawing);
        self->counted += COUNTS_A_LOOK;
    }
    return NULL;
}

/* Counts a nanosecond, of the fastest slice. */
static double alone(const weir_sys *sys)
{
    double best = 0;
    for (unsigned i = 0; i < SLICES; i++) {
        uint64_t begin_ns = sys->now_ns(sys);
        struct calibrate_counter one = {.sys = sys, .until_ns = begin_ns + ALONE_NS / SLICES};
        calibrate_count(&one);
        double rate = (double)one.counted / (double)(sys->now_ns(sys) - begin_ns);
        best = rate > best ? rate : best;
    }
    return best;
}

/* ---- all of them ---- */

static size_t calibrate_begin(struct calibrate_counter *counters, size_t n, const weir_sys *sys,
                              uint64_t until_ns)
{
    size_t begun = 1;
    for (size_t i = 0; i < n; i++)
        counters[i] = (struct calibrate_counter){.sys = sys, .until_ns = until_ns};
    while (begun < n &&
           !weir_thread_make(&counters[begun].thread, NULL, calibrate_count, &counters[begun]))
        begun++;
    return begun;
}

/* Counts a nanosecond, of all together; this thread is one of them. */
static double together(struct calibrate_counter *counters, size_t n, const weir_sys *sys)
{
    uint64_t begin_ns = sys->now_ns(sys), counted = 0;
    size_t begun = calibrate_begin(counters, n, sys, begin_ns + TOGETHER_NS);
    calibrate_count(&counters[0]);
    for (size_t i = 1; i < begun; i++)
        pthread_join(counters[i].thread, NULL);
    for (size_t i = 0; i < begun; i++)
        counted += counters[i].counted;
    return begun == n ? (double)counted / (double)TOGETHER_NS : 0;
}

bool weir_machine_calibrate(const weir_sys *sys, struct weir_machine *machine)
{
    size_t n = machine->cores;
    double one = 0, all[CALIBRATE_ROUNDS] = {0};
    struct calibrate_counter *counters = weir_allocate(n * sizeof *counters);
    if (!counters)
        return false;
    for (unsigned i = 0; i < CALIBRATE_ROUNDS; i++) {
        double rate = alone(sys);
        one = rate > one ? rate : one;
        all[i] = together(counters, n, sys);
    }
    weir_release(counters, n * sizeof *counters);
    if (one <= 0 || all[0] <= 0 || all[1] <= 0)
        return false;
    double mean = (all[0] + all[1]) / 2, apart = all[0] > all[1] ? all[0] - mean : all[1] - mean;
    machine->calibrated = mean / one < machine->cores ? mean / one : machine->cores;
    machine->spread = apart / mean;
    weir_machine_measure_spawn(sys, machine);
    return true;
}
