/* A writer over a ring that is full: it takes nothing, and is never told of room. */

#include <string.h>

#include "weir.h"

struct ring {
    weir_writer writer;
    weir_waker_slot room;
    unsigned char bytes[1024];
    size_t used;
};

weir_poll ring_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct ring *self = WEIR_CONTAINER(writer, struct ring, writer);
    size_t left = sizeof self->bytes - self->used;
    (void)cx;
    if (left == 0)
        return (weir_poll){0, WEIR_PENDING}; // lint: pending_without_waker 9-15
    n = n < left ? n : left;
    memcpy(self->bytes + self->used, bytes, n);
    self->used += n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}
