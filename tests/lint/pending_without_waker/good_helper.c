/* A helper stores the waker; the poll function says the word. */

#include "weir.h"

struct slot {
    weir_waker_slot waiter;
    int64_t value;
    bool full;
    void (*arm)(struct slot *self, weir_cx *cx);
};

static void park(struct slot *self, weir_cx *cx)
{
    weir_waker_slot_store(&self->waiter, cx->waker);
    cx->wait_for = WEIR_WAIT_PEER;
}

void watch_descriptor(int fd, weir_waker *waker);

weir_poll slot_poll(struct slot *self, weir_cx *cx, void *out)
{
    if (!self->full) {
        park(self, cx);
        return (weir_poll){0, WEIR_PENDING};
    }
    *(int64_t *)out = self->value;
    return (weir_poll){1, WEIR_READY};
}

weir_poll slot_poll_armed(struct slot *self, weir_cx *cx)
{
    if (self->full)
        return (weir_poll){1, WEIR_READY};
    self->arm(self, cx);
    return (weir_poll){0, WEIR_PENDING};
}

weir_poll slot_poll_fd(int fd, weir_cx *cx)
{
    watch_descriptor(fd, cx->waker);
    return (weir_poll){0, WEIR_PENDING};
}
