/* A loop of the program's own, which turns the worker between two looks. */

#include "weir.h"

uint64_t turn_until(weir_worker *worker, weir_stream *source, weir_cx *cx, int64_t *out)
{
    uint64_t turns = 0;
    while (weir_poll_next(source, cx, out, 1).state == WEIR_PENDING) {
        turns++;
        if (!weir_worker_turn(worker, 1000000))
            break;
    }
    return turns;
}

bool wait_for(weir_waiter *waiter, weir_reader *in)
{
    while (weir_poll_fill(in, waiter->cx, 1).state == WEIR_PENDING)
        if (!waiter->wait(waiter))
            return false;
    return true;
}
