/* What the first write took is put into the state before the second one is waited for. */
#include <weir.h>

struct pair {
    weir_writer *first, *second;
    char bytes[64];
    int64_t n;
};

static weir_poll write_pair(struct pair *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    weir_co_poll(co, got, weir_poll_write(self->first, co->cx, self->bytes, 64));
    if (got.state != WEIR_READY)
        weir_co_stop(co);
    self->n = -(int64_t)got.n;
    weir_co_poll(co, got, weir_poll_write(self->second, co->cx, self->bytes, 64));
    if (got.state != WEIR_READY)
        weir_co_stop(co);
    self->n += got.n;
    weir_co_return(co, out, self->n);
    weir_co_end(co);
}
WEIR_CO_FN(write_pair_fn, write_pair, struct pair, int64_t)

weir_stream *pair_write(const struct pair *pair)
{
    return weir_co_future(&write_pair_fn, pair);
}
