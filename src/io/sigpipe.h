/* Writing to a pipe whose reader is gone must be an error, not the end of the process. The signal
 * is held back around such a write, and only there: tasks run with the thread's own mask, and so do
 * the processes they start. */
#ifndef WEIR_IO_SIGPIPE_H
#define WEIR_IO_SIGPIPE_H

#include <signal.h>

#include "weir/sys.h"

struct weir_sigpipe {
    const weir_sys *sys;
    bool held; /* by us: it was not blocked before */
    bool ours; /* none was pending before */
};

/* Holds SIGPIPE back on this thread. The process's handlers are not touched. */
void weir_sigpipe_hold(struct weir_sigpipe *guard, const weir_sys *sys);

/* raised: a write failed with EPIPE; the signal that came with it is taken away. One that was
 * pending before stays. */
void weir_sigpipe_let(const struct weir_sigpipe *guard, bool raised);

#endif
