/* The goto stands in the outer loop, its label in the inner one; both are in a fiber. */
#include <weir.h>

struct report {
    weir_writer *out;
    int64_t rows, columns;
};

static bool print_report(struct report *self, int64_t *cells, weir_error *error)
{
    *cells = 0;
    weir_for_await_indexed (y, int64_t, row, weir_range(0, self->rows)) {
        if (y == 0 && row == 0)
            goto separator; // lint: goto_into_loop 13-17
        weir_for_try (int64_t, column, weir_range(0, self->columns), *error) {
            ++*cells;
            if (column == 0)
                continue;
        separator:
            if (weir_await_write(self->out, ";", 1, error) != WEIR_READY)
                return false;
        }
    }
    return true;
}
WEIR_FIBER_FN(print_report_fn, print_report, struct report, int64_t)

weir_stream *report_print(struct report *report)
{
    return weir_fiber(&print_report_fn, report, NULL);
}
