/* The fiber reads what is in hand, in the reader's own block. */

#include "weir.h"

struct pair {
    weir_reader *in;
    weir_writer *out;
};

static bool relay(struct pair *self, uint64_t *bytes, weir_error *error)
{
    size_t n;
    *bytes = 0;
    while (weir_await_fill(self->in, 1, error) == WEIR_READY) {
        const unsigned char *bytes_in_hand = weir_peek(self->in, &n);
        if (weir_await_write(self->out, bytes_in_hand, n, error) != WEIR_READY)
            return false;
        weir_consume(self->in, n);
        *bytes += n;
    }
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(relay_fn, relay, struct pair, uint64_t)

weir_stream *relay_start(struct pair *state)
{
    return weir_fiber(&relay_fn, state, NULL);
}
