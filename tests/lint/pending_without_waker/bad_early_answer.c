/* One of the two ways out that are PENDING forgot the waker. */

#include "weir.h"

struct gate {
    weir_waker_slot waiter;
    bool paused, open;
};

weir_poll gate_poll(struct gate *self, weir_cx *cx)
{
    if (self->paused)
        return (weir_poll){.n = 0, .state = WEIR_PENDING}; // lint: pending_without_waker 9-15
    if (!self->open)
        return weir_wait(cx, &self->waiter, WEIR_WAIT_PEER);
    return (weir_poll){1, WEIR_READY};
}
