/* A fiber has a stack of its own: its variables outlive each wait. */
#include <weir.h>

struct squares {
    int64_t n;
    weir_writer *log;
};

static bool squares(struct squares *self, weir_error *error)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < self->n; i++) {
        int64_t square = i * i;
        if (weir_await(weir_write_i64_be(self->log, square), NULL, error) == WEIR_ERROR)
            return false;
        sum += square;
        if (!weir_yield(int64_t, sum))
            return true;
    }
    return true;
}
WEIR_GENERATOR_FN(squares_fn, squares, struct squares, int64_t)

weir_stream *sums_of_squares(int64_t n, weir_writer *log)
{
    return weir_generator(&squares_fn, &(struct squares){n, log}, NULL);
}
