/* An empty mailbox keeps the waker of who asked. */

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
    (void)demand;
    if (!self->full)
        return weir_wait(cx, &self->reader, WEIR_WAIT_PEER);
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
