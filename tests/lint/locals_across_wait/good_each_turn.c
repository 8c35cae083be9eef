/* A local of the loop's body, set at the beginning of each turn, whose last statement waits. */
#include <weir.h>

struct collatz {
    int64_t n;
    uint64_t steps;
};

static weir_poll collatz(struct collatz *self, weir_co *co, int64_t *out)
{
    bool odd;
    weir_co_begin(co);
    while (self->n > 1) {
        odd = self->n % 2;
        self->n = odd ? 3 * self->n + 1 : self->n / 2;
        self->steps += odd ? 1 : 2;
        weir_co_yield(co, out, self->n);
    }
    odd = self->steps % 2;
    if (odd)
        weir_co_yield(co, out, -1);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(collatz_fn, collatz, struct collatz, int64_t)

weir_stream *collatz_from(int64_t n)
{
    return weir_co_generator(&collatz_fn, &(struct collatz){n, 0}, NULL);
}
