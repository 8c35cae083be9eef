/* An empty mailbox answers PENDING and keeps no waker: who posts has nobody to wake. */

#include "weir.h"

struct mailbox {
    weir_stream stream;
    weir_waker_slot reader;
    int64_t letter;
    bool full;
};

weir_poll mailbox_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct mailbox *self = WEIR_SELF(struct mailbox, stream);
    (void)cx, (void)demand;
    if (!self->full)
        return (weir_poll){0, WEIR_PENDING}; // lint: pending_without_waker 9-15
    self->full = false;
    *(int64_t *)out = self->letter;
    return WEIR_POLL_ONE;
}

void mailbox_post(struct mailbox *self, int64_t letter)
{
    self->letter = letter;
    self->full = true;
    weir_waker_slot_wake(&self->reader);
}
