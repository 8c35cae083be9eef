/* As much as a task may have with its one local variable, and not a byte more. */

#include "weir.h"

struct block {
    unsigned char bytes[16384 - sizeof(weir_reader *) - sizeof(size_t)];
    weir_reader *in;
};

static bool fill(struct block *self, uint64_t *out, weir_error *error)
{
    size_t n;
    if (weir_await_read(self->in, self->bytes, sizeof self->bytes, &n, error) != WEIR_READY)
        return false;
    *out = n;
    return true;
}
WEIR_FIBER_FN(fill_fn, fill, struct block, uint64_t)

weir_stream *block_fill(struct block *state)
{
    return weir_fiber(&fill_fn, state, NULL);
}
