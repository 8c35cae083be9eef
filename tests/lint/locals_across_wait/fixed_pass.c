/* The end is looked for first, and the error is passed on last. */
#include <weir.h>

struct sum {
    weir_stream *numbers;
    int64_t number, sum;
};

static weir_poll add_up(struct sum *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->numbers, &self->number);
        if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_ERROR)
            weir_co_pass(co);
        else
            self->sum += self->number;
    }
    weir_co_return(co, out, self->sum);
    weir_co_end(co);
}
WEIR_CO_FN(add_up_fn, add_up, struct sum, int64_t)

weir_stream *sum_of(weir_stream *numbers)
{
    return weir_co_future(&add_up_fn, &(struct sum){numbers, 0, 0});
}
