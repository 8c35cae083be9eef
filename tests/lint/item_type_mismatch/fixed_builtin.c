/* What a source yields is a type of the language's own, which no header declares. */

#include <stdio.h>

#include "weir.h"

WEIR_ITEM(double)
weir_stream *temperatures(const char *sensor);

WEIR_ITEM(unsigned long long)
weir_stream *ticks(void);

bool print_all(const char *sensor)
{
    weir_error error;
    weir_for_try (double, degrees, temperatures(sensor), error)
        printf("%g\n", degrees);
    if (error.code != WEIR_OK)
        return false;
    weir_for_try (uint64_t, tick, weir_take(ticks(), 9), error)
        printf("%llu\n", (unsigned long long)tick);
    return error.code == WEIR_OK;
}
