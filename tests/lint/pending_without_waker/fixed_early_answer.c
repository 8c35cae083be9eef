/* Both ways out that are PENDING store the waker. */

#include "weir.h"

struct gate {
    weir_waker_slot waiter;
    bool paused, open;
};

weir_poll gate_poll(struct gate *self, weir_cx *cx)
{
    if (self->paused)
        return weir_wait(cx, &self->waiter, WEIR_WAIT_PEER);
    if (!self->open)
        return weir_wait(cx, &self->waiter, WEIR_WAIT_PEER);
    return (weir_poll){1, WEIR_READY};
}
