/* In a weir_co_for the time of a turn's beginning is kept over its wait, and given to a helper. */
#include <weir.h>

struct copy {
    weir_stream *numbers;
    weir_writer *out;
    weir_stream *slot;
    int64_t number;
    uint64_t slowest_ns;
    size_t written;
};

static void note(struct copy *self, uint64_t began_ns)
{
    uint64_t ns = weir_now_ns() - began_ns;
    if (ns > self->slowest_ns)
        self->slowest_ns = ns;
}

static weir_poll copy_numbers(struct copy *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    uint64_t began_ns;
    weir_co_begin(co);
    weir_co_for (co, self->number, self->slot, self->numbers) {
        began_ns = weir_now_ns();
        self->written = 0;
        weir_co_poll(co, got,
                     weir_poll_write_i64_le(self->out, co->cx, self->number, &self->written));
        if (got.state == WEIR_ERROR)
            weir_co_pass(co);
        note(self, began_ns); // lint: locals_across_wait 20-28
    }
    weir_co_return(co, out, (int64_t)self->slowest_ns);
    weir_co_end(co);
}
WEIR_CO_FN(copy_numbers_fn, copy_numbers, struct copy, int64_t)

weir_stream *numbers_copy(weir_stream *numbers, weir_writer *out)
{
    return weir_co_future(&copy_numbers_fn, &(struct copy){.numbers = numbers, .out = out});
}
