/* The counter of a loop whose turns wait is one of the function's own. */
#include <weir.h>

struct squares {
    int64_t n;
};

static weir_poll squares(struct squares *self, weir_co *co, int64_t *out)
{
    int64_t i;
    weir_co_begin(co);
    i = 0;
    while (i < self->n) {
        weir_co_yield(co, out, i * i);
        i++; // lint: locals_across_wait 9-10
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(squares_fn, squares, struct squares, int64_t)

weir_stream *squares_below(int64_t n)
{
    return weir_co_generator(&squares_fn, &(struct squares){n}, NULL);
}
