/* The rows of weir/set.h that pass lent items on, over lines that are gone at the next poll. */

#include <stdlib.h>

#include "laws.h"

static weir_stream *line_lines(weir_line line, void *arg)
{
    (void)arg;
    return inner_lines(atoll(line.data));
}
WEIR_THEN_FN(line_lines_fn, line_lines, weir_line, weir_line, .detached = true)

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return expression;                                                                         \
    }

ROW(flat_map_unordered, weir_flat_map_unordered(a, &line_lines_fn, NULL, 3))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
        "lent " #name, build_##name, inputs, LENT | flags, gives                                   \
    }

static const struct row rows[] = {
    ROW(flat_map_unordered, 1, ANY_ORDER | OVERTAKES | OWN_ERRORS,
        "'10' '20' '30' '11' '21' '31' '50' '60' '51' '61' '70' '71' $"),
};
const struct rows rows_lent_sets = {rows, sizeof rows / sizeof *rows};
