/* The counter stands in the state. */
#include <weir.h>

struct squares {
    int64_t n, i;
};

static weir_poll squares(struct squares *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    self->i = 0;
    while (self->i < self->n) {
        weir_co_yield(co, out, self->i * self->i);
        self->i++;
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(squares_fn, squares, struct squares, int64_t)

weir_stream *squares_below(int64_t n)
{
    return weir_co_generator(&squares_fn, &(struct squares){.n = n}, NULL);
}
