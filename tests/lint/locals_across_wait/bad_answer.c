/* The answer of one wait is kept over the next one: how many bytes the first write took. */
#include <weir.h>

struct pair {
    weir_writer *first, *second;
    char bytes[64];
    int64_t n;
};

static weir_poll write_pair(struct pair *self, weir_co *co, int64_t *out)
{
    weir_poll got, first;
    weir_co_begin(co);
    weir_co_poll(co, first, weir_poll_write(self->first, co->cx, self->bytes, 64));
    if (first.state != WEIR_READY)
        weir_co_stop(co);
    weir_co_poll(co, got, weir_poll_write(self->second, co->cx, self->bytes, 64));
    if (got.state != WEIR_READY)
        weir_co_stop(co);
    self->n = (int64_t)got.n - (int64_t)first.n; // lint: locals_across_wait 41-46
    weir_co_return(co, out, self->n);
    weir_co_end(co);
}
WEIR_CO_FN(write_pair_fn, write_pair, struct pair, int64_t)

weir_stream *pair_write(const struct pair *pair)
{
    return weir_co_future(&write_pair_fn, pair);
}
