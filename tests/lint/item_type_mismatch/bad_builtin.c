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
    weir_for_try (int64_t, degrees, temperatures(sensor), error) // lint: item_type_mismatch 5-17
        printf("%lld\n", (long long)degrees);
    if (error.code != WEIR_OK)
        return false;
    weir_for_try (double, tick, weir_take(ticks(), 9), error) // lint: item_type_mismatch 5-17
        printf("%g\n", tick);
    return error.code == WEIR_OK;
}
