/* A generator that has its whole table on its stack. */

#include <string.h>

#include "weir.h"

static bool names(int *round, weir_error *error) // lint: large_task 13-18
{
    char table[512][64];
    (void)error;
    memset(table, 0, sizeof table);
    for (size_t i = 0; i < 512; i++)
        if (!weir_yield(int, table[i][0] + *round))
            break;
    return true;
}
WEIR_GENERATOR_FN(names_fn, names, int, int)

weir_stream *names_of(int *state)
{
    return weir_generator(&names_fn, state, NULL);
}
