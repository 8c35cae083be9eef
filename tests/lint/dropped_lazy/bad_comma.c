/* One of two, the last of several, a step of a loop: nobody looks at what they make. */

#include <stdio.h>

#include "weir.h"

WEIR_ITEM(int64_t) weir_stream *audit(const char *what);

void close_door(bool locked)
{
    locked ? audit("locked") : audit("open"); // lint: dropped_lazy 14-19, dropped_lazy 32-37
}

void report(weir_writer *log, int n)
{
    for (int i = 0; i < n; i++, weir_flush(log)) // lint: dropped_lazy 33-43
        printf("%d\n", i);
    puts("done"), audit("done"); // lint: dropped_lazy 19-24
}
