/* Writing to a pipe whose reader is gone must be an error, not the end of the process. */
#ifndef WEIR_TASK_SIGPIPE_H
#define WEIR_TASK_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

struct weir_sigpipe {
    sigset_t old;
    bool was_pending;
};

/* Holds SIGPIPE back on this thread, and takes away the one that came meanwhile. The process's
 * handlers are not touched. */
void weir_sigpipe_hold(struct weir_sigpipe *guard);
void weir_sigpipe_let(const struct weir_sigpipe *guard);

#endif
