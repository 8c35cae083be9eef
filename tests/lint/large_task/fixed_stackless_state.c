/* The window stands outside of the struct that each of them has. */

#include "weir.h"

struct average {
    weir_stream *prices;
    double price, sum;
    double *window;
    uint32_t n, at;
};

static weir_poll average(struct average *self, weir_co *co, double *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->prices, &self->price);
        if (!got.n)
            break;
        self->sum += self->price - self->window[self->at];
        self->window[self->at] = self->price;
        self->at = (self->at + 1) % 131072;
        weir_co_yield(co, out, self->sum / 131072);
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(average_fn, average, struct average, double)

weir_stream *moving_average(struct average *state)
{
    return weir_co_generator(&average_fn, state, NULL);
}
