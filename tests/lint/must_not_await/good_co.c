/* Between two waits of a function without a stack the lock is taken and given back. */
#include <weir.h>

struct totals {
    weir_lock lock;
    int64_t sum, n;
};

struct add {
    struct totals *totals;
    weir_stream *numbers;
    int64_t number, last;
};

static weir_poll add_all(struct add *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->numbers, &self->number);
        if (got.state != WEIR_READY)
            break;
        weir_locked (&self->totals->lock)
            self->totals->sum += self->number;
        weir_co_wait_turn(co);
        weir_lock_take(&self->totals->lock);
        self->last = self->totals->n++;
        weir_lock_give(&self->totals->lock);
    }
    weir_co_return(co, out, self->last);
    weir_co_end(co);
}
WEIR_CO_FN(add_all_fn, add_all, struct add, int64_t)

weir_stream *add_numbers(struct totals *totals, weir_stream *numbers)
{
    return weir_co_future(&add_all_fn, &(struct add){totals, numbers, 0, 0});
}
