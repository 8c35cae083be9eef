/* Waited for on one of two ways only: on the other it is given up, or goes on. */

#include "weir.h"

void refresh(weir_stream *lines, bool late, weir_error *error)
{
    weir_stream *task = weir_spawn(weir_drain(lines));
    if (!late)
        (void)!weir_await(task, NULL, error);
    else
        weir_drop(task);
}

bool refresh_unless(weir_stream *lines, bool late, weir_error *error)
{
    weir_stream *task = weir_spawn(weir_drain(lines));
    if (!late && weir_await(task, NULL, error) == WEIR_READY)
        return true;
    return false;
}
