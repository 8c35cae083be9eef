/* How many processors a program really has: what it may use, what its control group leaves it, and
 * what threads that only count get together when somebody asks. */
#ifndef WEIR_INSPECT_MACHINE_H
#define WEIR_INSPECT_MACHINE_H

#include "inspect/model.h"
#include "weir/sys.h"

enum { WEIR_MACHINE_PRESSURE_MAX = 20, WEIR_MACHINE_CALIBRATION_NS = 100000000 };

/* Where that is read. */
struct weir_machine_paths {
    const char *cgroup;   /* /proc/self/cgroup */
    const char *v2, *v1;  /* /sys/fs/cgroup, /sys/fs/cgroup/cpu */
    const char *pressure; /* /proc/pressure/cpu */
};
extern const struct weir_machine_paths weir_machine_paths;

struct weir_machine {
    unsigned cores;  /* on which this process may run */
    double quota;    /* cores that its control group has, or one above that; 0: as it likes */
    double pressure; /* % of the last 10 s in which somebody waited for one; negative: not known */
    double calibrated; /* cores that as many threads got together; 0: not measured */
    double spread;     /* by which part of it its rounds differed */
    double spawn_ns;   /* that a task costs more than a call; 0: not measured */
};

/* Again and again: what was calibrated stays. */
void weir_machine_read(const weir_sys *sys, const struct weir_machine_paths *paths,
                       struct weir_machine *machine);

/* Counts on as many threads as there are cores, for WEIR_MACHINE_CALIBRATION_NS and no longer.
 * False: no threads. Not for a thread that has other things to do. */
bool weir_machine_calibrate(const weir_sys *sys, struct weir_machine *machine);

/* Some milliseconds, on a runtime of its own that nobody is told of. Of what it finds only spawn_ns
 * changes. */
void weir_machine_measure_spawn(const weir_sys *sys, struct weir_machine *machine);

/* Cores, and where that is from: "calibration", "cgroup" or "affinity". */
double weir_machine_usable(const struct weir_machine *machine);
const char *weir_machine_from(const struct weir_machine *machine);

/* Whether that may be relied on: no pressure, and what was calibrated is what it should be. */
bool weir_machine_is_known(const struct weir_machine *machine);

/* As the advice wants it. A runtime that was not told how many workers it has gets those of
 * parallel stages, one for each core, when it first wants them. */
void weir_model_set_machine(struct weir_model *model, const struct weir_machine *machine);
void weir_model_set_workers(struct weir_model *model, const weir_rt *rt,
                            const struct weir_machine *machine);

#endif
