/* The waker is stored before the constant is answered, or another stream has it. */

#include "weir.h"

static const weir_poll nothing_yet = {0, WEIR_PENDING};

weir_poll poll_full(int full, weir_waker_slot *waiter, weir_cx *cx)
{
    if (full)
        return (weir_poll){1, WEIR_READY};
    weir_waker_slot_store(waiter, cx->waker);
    return nothing_yet;
}

weir_poll poll_one(weir_stream *source, weir_cx *cx, int64_t *out)
{
    weir_poll got = weir_poll_next(source, cx, out, 1);
    return got.state == WEIR_PENDING ? nothing_yet : got;
}
