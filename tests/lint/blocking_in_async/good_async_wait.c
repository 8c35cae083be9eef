/* The waits of the library have names like those of the C library, and none blocks a thread. */
#include <stdio.h>

#include <weir.h>

struct heartbeat {
    weir_writer *out;
    weir_semaphore *places;
};

static bool beat(struct heartbeat *self, uint64_t *n, weir_error *error)
{
    weir_semaphore_permit place;
    if (weir_await(weir_semaphore_acquire(self->places, 1), &place, error) != WEIR_READY)
        return false;
    for (*n = 0; *n < 100; ++*n) {
        if (weir_await_write(self->out, ".", 1, error) != WEIR_READY)
            break;
        if (weir_await(weir_sleep(1000000000), NULL, error) == WEIR_ERROR || !weir_pause())
            break;
    }
    weir_semaphore_permit_drop(&place);
    return *n == 100;
}
WEIR_FIBER_FN(beat_fn, beat, struct heartbeat, uint64_t)

weir_stream *heartbeat_start(weir_writer *out, weir_semaphore *places)
{
    return weir_fiber(&beat_fn, &(struct heartbeat){out, places}, NULL);
}
