/* PENDING as one of two answers, and by a constant: nobody will wake the task. */

#include "weir.h"

static const weir_poll nothing_yet = {0, WEIR_PENDING};

weir_poll poll_ready(int ready, weir_cx *cx)
{
    (void)cx;
    // lint-next: pending_without_waker 5-11
    return ready ? (weir_poll){1, WEIR_READY} : (weir_poll){0, WEIR_PENDING};
}

weir_poll poll_full(int full, weir_cx *cx)
{
    (void)cx;
    if (!full)
        return nothing_yet; // lint: pending_without_waker 9-15
    return (weir_poll){1, WEIR_READY};
}
