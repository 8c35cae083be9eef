/* Each of them is waited for. */

#include <stdio.h>

#include "weir.h"

WEIR_ITEM(int64_t) weir_stream *audit(const char *what);

bool close_door(bool locked, weir_error *error)
{
    return weir_await(locked ? audit("locked") : audit("open"), NULL, error) == WEIR_READY;
}

bool report(weir_writer *log, int n, weir_error *error)
{
    for (int i = 0; i < n && weir_await_flush(log, error) == WEIR_READY; i++)
        printf("%d\n", i);
    return puts("done") > 0 && weir_await(audit("done"), NULL, error) == WEIR_READY;
}
