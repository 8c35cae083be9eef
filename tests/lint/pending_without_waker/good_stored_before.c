/* Registers first, looks again, answers then: as a cell wants it. */

#include "weir.h"

struct inbox {
    weir_waker_cell reader;
    uint64_t letters; /* atomic */
    uint64_t seen;
};

weir_poll inbox_poll(struct inbox *self, weir_cx *cx, void *out)
{
    uint64_t n = __atomic_load_n(&self->letters, __ATOMIC_ACQUIRE);
    if (n == self->seen) {
        weir_waker_cell_store(&self->reader, cx->waker);
        cx->wait_for = WEIR_WAIT_PEER;
        n = __atomic_load_n(&self->letters, __ATOMIC_ACQUIRE);
    }
    if (n == self->seen)
        return (weir_poll){0, WEIR_PENDING};
    *(uint64_t *)out = self->seen = n;
    return (weir_poll){1, WEIR_READY};
}
