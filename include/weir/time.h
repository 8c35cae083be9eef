/* weir/time.h: time as futures. They wait on the timers of the runtime that polls them; in a
 * simulation those are the simulated clock's. */
#ifndef WEIR_TIME_H
#define WEIR_TIME_H

#include "weir/base.h"

WEIR_BEGIN_C

/* Ends after this time, never before it. The clock begins at the first poll, not here. A runtime
 * that is told to stop (weir_rt_stop) does not cut it short: it is work under way, not input.
 * Shape: a future of unit. 0: ready at once. Sleeps that are dropped leave nothing behind.
 * Units: nanoseconds of the monotonic clock; sums past its end mean for ever.
 * Errors: ARGUMENT where no runtime polls it.
 *
 * Example:
 *     p(weir_sleep(10 * MS)); // -> done
 */
WEIR_NEW weir_stream *weir_sleep(uint64_t ns);

/* What time it is: by the executor that was set, if it has a clock (weir/executor.h), else by that
 * of the runtime on this thread, which its sleeps go by. 0: there is none, and none can be made.
 * Units: nanoseconds; only differences mean something.
 *
 * Example:
 *     uint64_t before = weir_now_ns();
 *     p(weir_sleep(10 * MS)); // -> done
 *     p(yes(weir_now_ns() - before >= 10 * MS)); // -> yes
 */
WEIR_API uint64_t weir_now_ns(void);

WEIR_END_C

#endif
