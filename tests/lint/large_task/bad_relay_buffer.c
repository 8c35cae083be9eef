/* A fiber with a buffer on its stack: a thousand clients have as many stacks of that size. */

#include "weir.h"

struct pair {
    weir_reader *in;
    weir_writer *out;
};

static bool relay(struct pair *self, uint64_t *bytes, weir_error *error) // lint: large_task 13-18
{
    char buffer[65536];
    size_t n;
    *bytes = 0;
    while (weir_await_read(self->in, buffer, sizeof buffer, &n, error) == WEIR_READY) {
        if (weir_await_write(self->out, buffer, n, error) != WEIR_READY)
            return false;
        *bytes += n;
    }
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(relay_fn, relay, struct pair, uint64_t)

weir_stream *relay_start(struct pair *state)
{
    return weir_fiber(&relay_fn, state, NULL);
}
