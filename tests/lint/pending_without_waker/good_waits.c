/* Every way to say PENDING that the library has. */

#include "weir.h"

struct clocked {
    weir_waker_slot waiter;
    weir_waker_cell other_thread;
    weir_timer timer;
    int state;
};

weir_poll clocked_poll(struct clocked *self, weir_cx *cx)
{
    switch (self->state) {
    case 0:
        return weir_wait(cx, &self->waiter, WEIR_WAIT_PEER);
    case 1:
        return weir_wait_cell(cx, &self->other_thread, WEIR_WAIT_PEER);
    case 2:
        return weir_wait_turn(cx);
    case 3:
        return weir_wait_never(cx);
    case 4:
        if (weir_timer_poll(cx, &self->timer).state == WEIR_PENDING)
            return (weir_poll){0, WEIR_PENDING};
        break;
    default:
        break;
    }
    return (weir_poll){1, WEIR_READY};
}
