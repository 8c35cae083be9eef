/* The rows of consumers, and of what consumers' values are made of. */

#include "given.h"

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)a, (void)b;                                                               \
        return expression;                                                                         \
    }

static bool add_below_thirty(struct tracked *sum, struct tracked item, void *arg, weir_error *error)
{
    add(sum, item, arg);
    if (sum->value >= 30)
        weir_error_set(error, WEIR_E_USER, "too much")->number = 30;
    return sum->value < 30;
}
WEIR_TRY_FOLD_FN(try_add_fn, add_below_thirty, struct tracked, struct tracked, .acc = &tracked_type,
                 OF_TRACKED)

static weir_stream *try_folded(weir_stream *source)
{
    struct tracked acc = tracked_make(0);
    return weir_fold(source, &try_add_fn, &acc, NULL);
}

ROW(try_fold, try_folded(a))
ROW(find, weir_find(a, &is_even_fn, NULL))
ROW(find_map, weir_find_map(a, &even_tenfold_fn, NULL))
ROW(position, weir_position(a, &is_even_fn, NULL))
ROW(nth, weir_nth(a, 4))
ROW(nth_none, weir_nth(a, 100))
ROW(last, weir_last(a))
ROW(drain, weir_drain(a))
ROW(reduce, weir_reduce(a, &add_fn, NULL))
ROW(try_reduce, weir_reduce(a, &try_add_fn, NULL))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(try_fold, 1, FUTURE, "!!30"), ROW(find, 1, FUTURE, "2 $"),
    ROW(find_map, 1, FUTURE, "20 $"), ROW(position, 1, FUTURE, "1 $"),
    ROW(nth, 1, FUTURE, "5 $"),       ROW(nth_none, 1, FUTURE, "$"),
    ROW(last, 1, FUTURE, "8 $"),      ROW(drain, 1, FUTURE, "() $"),
    ROW(reduce, 1, FUTURE, "36 $"),   ROW(try_reduce, 1, FUTURE, "!!30"),
};
const struct rows rows_consume = {rows, sizeof rows / sizeof *rows};
