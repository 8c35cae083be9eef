/* What workers do that are killed while they work, and what became of it. */
#ifndef WEIR_TESTS_APPEND_H
#define WEIR_TESTS_APPEND_H

#include <sys/types.h>

#include "weir/stream.h"

/* A process that runs it, in a copy of this one; SIGTERM waits there until it can be heard. 0: that
 * is where one is. */
pid_t append_fork(void);

/* Runs it until the stream ends, or SIGTERM stops it. early: settles as messages arrive and writes
 * whole blocks, as one does who trusts that: it must lose some. PATH.begun is there from the first
 * message on. 0, or 1 after an error that it told. */
int append_all(weir_stream *messages WEIR_TAKES, const char *path, bool early, unsigned work_us);

/* Numbers from 0 to n in the files PATH.0, PATH.1 ... */
struct appended {
    unsigned lost, twice, torn;
};
struct appended append_count(const char *path, unsigned files, unsigned n);

#endif
