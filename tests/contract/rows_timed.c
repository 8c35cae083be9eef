/* The rows of what waits for time. Time passes when a run has nothing else to do: a wait of a
 * source takes none. */

#include "given.h"

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

ROW(sleep, weir_sleep(5))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(sleep, 0, FUTURE, "() $"),
};
const struct rows rows_timed = {rows, sizeof rows / sizeof *rows};
