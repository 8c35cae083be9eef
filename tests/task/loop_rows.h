/* Every way out of a loop, as rows: the same functions are run on threads and in fibers, over
 * sources that are ready and that make each item wait. */
#ifndef WEIR_TESTS_LOOP_ROWS_H
#define WEIR_TESTS_LOOP_ROWS_H

#include "weir.h"

/* Streams made, polled and dropped, and cleanups run, since loop_rows_run() was called. */
struct loop_counts {
    int made, polled, dropped, cleaned;
};
extern struct loop_counts loop_counts;

/* How many PENDINGs come before each item, and where the source fails; -1: nowhere. */
extern int loop_waits;

/* The items 0 to n - 1, of type int; fails at the item `fail_at`. */
weir_stream *counted_stream(int n, int fail_at);

struct loop_row {
    const char *name;
    int (*run)(void);
    int want;
};
extern const struct loop_row loop_rows[];
extern const size_t loop_rows_n;

/* Runs all rows; the first that answers something else, or does not drop what it made, is written
 * to standard error. */
bool loop_rows_run(const char *where);

#endif
