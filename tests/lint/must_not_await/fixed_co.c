/* The lock is taken when the number is there. */
#include <weir.h>

struct totals {
    weir_lock lock;
    int64_t sum;
};

struct add {
    struct totals *totals;
    weir_stream *numbers;
    int64_t number;
};

static weir_poll add(struct add *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    weir_co_next(co, got, self->numbers, &self->number);
    if (got.state == WEIR_READY) {
        weir_lock_take(&self->totals->lock);
        self->totals->sum += self->number;
        weir_lock_give(&self->totals->lock);
    }
    weir_co_return(co, out, self->number);
    weir_co_end(co);
}
WEIR_CO_FN(add_fn, add, struct add, int64_t)

weir_stream *add_next(struct totals *totals, weir_stream *numbers)
{
    return weir_co_future(&add_fn, &(struct add){totals, numbers, 0});
}
