/* The lines of sixty-four orders are counted at once, and what they come to is a stream. */
#include <stdio.h>

#include <weir.h>

typedef struct WEIR_MUST_PAR_SPAWN("orders are independent") order {
    char path[64];
} order;

static bool lines_of(order one, uint64_t *n, void *arg, weir_error *error)
{
    (void)arg;
    *n = 0;
    weir_for_try (weir_line, line, weir_lines(weir_file_reader(one.path), 4096), *error)
        *n += line.size != 0;
    return error->code == WEIR_OK;
}
WEIR_PAR_MAP_FN(lines_of_fn, lines_of, order, uint64_t)

weir_stream *count_orders(weir_stream *orders)
{
    return weir_par_map(orders, &lines_of_fn, NULL, 64, NULL);
}
