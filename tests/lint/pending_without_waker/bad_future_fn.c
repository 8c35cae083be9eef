/* A future over a flag that a callback sets: it says "not yet", and nobody will say "now". */

#include "weir.h"

struct lookup {
    weir_waker_cell waker;
    uint64_t address;
    int done; /* atomic */
};

weir_poll lookup_poll(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct lookup *self = arg;
    (void)cx, (void)demand;
    if (!__atomic_load_n(&self->done, __ATOMIC_ACQUIRE))
        return (weir_poll){0, WEIR_PENDING}; // lint: pending_without_waker 9-15
    *(uint64_t *)out = self->address;
    return (weir_poll){1, WEIR_END};
}

/* On the resolver's thread. */
void lookup_done(struct lookup *self, uint64_t address)
{
    self->address = address;
    __atomic_store_n(&self->done, 1, __ATOMIC_RELEASE);
}

weir_stream *lookup(struct lookup *self)
{
    return weir_future_fn(&weir_type_u64, lookup_poll, self);
}
