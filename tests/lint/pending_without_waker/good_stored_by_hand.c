/* The waker is stored by hand: in a slot, by reference, or woken at once. */

#include "weir.h"

struct task_list {
    weir_waker_slot slot;
    weir_waker *waker;
    bool again;
    size_t n;
};

weir_poll task_list_poll(struct task_list *self, weir_cx *cx)
{
    if (self->n)
        return (weir_poll){1, WEIR_READY};
    if (self->again) {
        weir_waker_wake(cx->waker);
        return (weir_poll){0, WEIR_PENDING};
    }
    weir_waker_slot_store(&self->slot, cx->waker);
    cx->wait_for = WEIR_WAIT_PEER;
    return (weir_poll){0, WEIR_PENDING};
}

weir_poll task_list_poll_ref(struct task_list *self, weir_cx *cx)
{
    if (self->waker)
        weir_waker_unref(self->waker);
    self->waker = cx->waker;
    weir_waker_ref(self->waker);
    return (weir_poll){0, WEIR_PENDING};
}
