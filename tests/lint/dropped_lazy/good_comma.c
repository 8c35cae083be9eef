/* What stands behind a comma, or is one of two, is what the whole is: here somebody takes it. */

#include <stdio.h>

#include "weir.h"

WEIR_ITEM(int64_t) weir_stream *audit(const char *what);

weir_stream *close_door(bool locked)
{
    return puts("closed"), locked ? audit("locked") : audit("open");
}

void forget(bool locked)
{
    weir_stream *first;
    for (first = audit("first"); first; weir_drop(first), first = NULL)
        puts("first");
    weir_drop((puts("then"), locked ? audit("locked") : audit("open")));
}
