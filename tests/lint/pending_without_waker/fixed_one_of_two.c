/* Whoever answers PENDING has stored the waker, or is asked again at once. */

#include "weir.h"

weir_poll poll_ready(int ready, weir_waker_slot *waiter, weir_cx *cx)
{
    return ready ? (weir_poll){1, WEIR_READY} : weir_wait(cx, waiter, WEIR_WAIT_PEER);
}

weir_poll poll_full(int full, weir_cx *cx)
{
    if (!full)
        return weir_wait_turn(cx);
    return (weir_poll){1, WEIR_READY};
}
