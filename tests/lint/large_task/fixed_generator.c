/* A generator whose table is shared by all of them. */

#include <string.h>

#include "weir.h"

static bool names(int *round, weir_error *error)
{
    static const char table[3][64] = {"ash", "bay", "cedar"};
    (void)error;
    for (size_t i = 0; i < 3; i++)
        if (!weir_yield(int, table[i][0] + *round))
            break;
    return true;
}
WEIR_GENERATOR_FN(names_fn, names, int, int)

weir_stream *names_of(int *state)
{
    return weir_generator(&names_fn, state, NULL);
}
