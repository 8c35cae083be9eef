/* A writer over a ring that is full waits for room in it. */

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
    if (left == 0)
        return weir_wait(cx, &self->room, WEIR_WAIT_ROOM);
    n = n < left ? n : left;
    memcpy(self->bytes + self->used, bytes, n);
    self->used += n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}
