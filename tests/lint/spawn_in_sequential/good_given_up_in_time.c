/* The task may outlive who waits for it: it is given up, or let go, after a while. */

#include "weir.h"

bool within(weir_stream *work, uint64_t ns, weir_error *error)
{
    weir_stream *task = weir_spawn(work);
    weir_stream *futures[] = {task, weir_sleep(ns)};
    int first = weir_await_any(futures, 2, NULL, error);
    if (first != 0)
        weir_cancel(task);
    weir_drop(futures[1]);
    weir_drop(task);
    return first == 0 && error->code == WEIR_OK;
}

void let_go(weir_stream *work)
{
    weir_drop(weir_spawn(work));
}
