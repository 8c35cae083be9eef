/* Locals of a block between two waits, and one that is used in the very call that waits. */
#include <stdio.h>

#include <weir.h>

struct table {
    weir_stream *numbers;
    weir_writer *out;
    int64_t number, rows;
    char text[32];
    size_t size;
};

static weir_poll print_table(struct table *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->numbers, &self->number);
        if (got.state == WEIR_END)
            break;
        if (got.state == WEIR_ERROR) {
            weir_co_pass(co);
            continue;
        }
        {
            int n = snprintf(self->text, sizeof self->text, "%lld\n", (long long)self->number);
            self->size = (size_t)n;
        }
        weir_co_poll(co, got, weir_poll_write(self->out, co->cx, self->text, self->size));
        if (got.state == WEIR_ERROR)
            weir_co_pass(co);
        self->rows++;
    }
    weir_co_return(co, out, self->rows);
    weir_co_end(co);
}
WEIR_CO_FN(print_table_fn, print_table, struct table, int64_t)

weir_stream *table_print(weir_stream *numbers, weir_writer *out)
{
    return weir_co_future(&print_table_fn, &(struct table){.numbers = numbers, .out = out});
}
