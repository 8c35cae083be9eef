/* weir/sim.h: what work costs in a simulation (the driver "sim" of weir/run.h), where time passes
 * only as it is told to. For tests and figures:
 *
 *     static int64_t square(int64_t n, void *arg) { weir_sim_work(1000); return n * n; }
 *
 * says that square() takes a microsecond. Eight workers then square eight numbers in one, whatever
 * they run on: efficiency and scaling are judged on that clock, and are the same on every machine.
 */
#ifndef WEIR_SIM_H
#define WEIR_SIM_H

#include "weir/base.h"

WEIR_BEGIN_C

/* What a simulated worker pays for taking a task from another one, and for being woken by one when
 * it had nothing to do; and for each look at its clock. */
enum { WEIR_SIM_STEAL_NS = 500, WEIR_SIM_WAKE_NS = 2000, WEIR_SIM_LOOK_NS = 100 };

/* Charges so much work to the simulated worker on which this runs: its clock goes on by that at
 * once, it has no other turn before the others have come to that time, and what the task comes to
 * in this turn is told only then. The others have their turns meanwhile. On any other driver, or on
 * a thread that has no runtime: does nothing.
 * Units: nanoseconds. Source: turmoil and madsim simulate one thread a host; FoundationDB's
 * simulator charges nothing for work.
 *
 * Example:
 *     p(weir_sleep(MS)); // -> done
 *     uint64_t before = weir_now_ns();
 *     weir_sim_work(MS);
 *     p(yes(weir_now_ns() - before >= MS)); // -> yes
 */
WEIR_API void weir_sim_work(uint64_t ns);

WEIR_END_C

#endif
