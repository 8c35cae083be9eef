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

/* Equal where the tens are: 1 to 8 are one kind, and what comes of them is the first or the last.
 */
static int by_tens(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    return (int)(a.value / 10 - b.value / 10);
}
WEIR_COMPARE_FN(by_tens_fn, by_tens, struct tracked, OF_TRACKED)

static int64_t last_bits(struct tracked item, void *arg)
{
    (void)arg;
    return item.value % 4;
}
WEIR_KEY_FN(last_bits_fn, last_bits, struct tracked, int64_t, OF_TRACKED)

/* 101 stands where 1 does. */
static int by_last_digits(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    return (int)(a.value % 100 - b.value % 100);
}
WEIR_COMPARE_FN(by_last_digits_fn, by_last_digits, struct tracked, OF_TRACKED)

static weir_stream *values(weir_stream *source)
{
    return weir_map(source, &to_number_fn, NULL);
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
ROW(min, weir_min(values(a)))
ROW(max, weir_max(values(a)))
ROW(min_by, weir_min_by(a, &by_tens_fn, NULL))
ROW(max_by, weir_max_by(a, &by_tens_fn, NULL))
ROW(min_by_key, weir_min_by_key(a, &last_bits_fn, NULL))
ROW(max_by_key, weir_max_by_key(a, &last_bits_fn, NULL))
ROW(sum, weir_sum(values(a)))
ROW(product, weir_product(values(a)))
ROW(cmp, weir_cmp(a, b, &by_last_digits_fn, NULL))
ROW(partial_cmp, weir_partial_cmp(a, b, &by_last_digits_fn, NULL))
ROW(eq, weir_eq(a, b, &by_last_digits_fn, NULL))
ROW(ne, weir_ne(a, b, &by_last_digits_fn, NULL))
ROW(lt, weir_lt(a, b, &by_last_digits_fn, NULL))
ROW(le, weir_le(a, b, &by_last_digits_fn, NULL))
ROW(gt, weir_gt(a, b, &by_last_digits_fn, NULL))
ROW(ge, weir_ge(a, b, &by_last_digits_fn, NULL))
ROW(cmp_numbers, weir_cmp(values(a), values(b), NULL, NULL))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
#name, build_##name, inputs, flags, gives                                                  \
    }

static const struct row rows[] = {
    ROW(try_fold, 1, FUTURE, "!!30"),    ROW(find, 1, FUTURE, "2 $"),
    ROW(find_map, 1, FUTURE, "20 $"),    ROW(position, 1, FUTURE, "1 $"),
    ROW(nth, 1, FUTURE, "5 $"),          ROW(nth_none, 1, FUTURE, "$"),
    ROW(last, 1, FUTURE, "8 $"),         ROW(drain, 1, FUTURE, "() $"),
    ROW(reduce, 1, FUTURE, "36 $"),      ROW(try_reduce, 1, FUTURE, "!!30"),
    ROW(min, 1, FUTURE, "1 $"),          ROW(max, 1, FUTURE, "8 $"),
    ROW(min_by, 1, FUTURE, "1 $"),       ROW(max_by, 1, FUTURE, "8 $"),
    ROW(min_by_key, 1, FUTURE, "4 $"),   ROW(max_by_key, 1, FUTURE, "7 $"),
    ROW(sum, 1, FUTURE, "36 $"),         ROW(product, 1, FUTURE, "40320 $"),
    ROW(cmp, 2, FUTURE, "1 $"),          ROW(partial_cmp, 2, FUTURE, "1 $"),
    ROW(eq, 2, FUTURE, "false $"),       ROW(ne, 2, FUTURE, "true $"),
    ROW(lt, 2, FUTURE, "false $"),       ROW(le, 2, FUTURE, "false $"),
    ROW(gt, 2, FUTURE, "true $"),        ROW(ge, 2, FUTURE, "true $"),
    ROW(cmp_numbers, 2, FUTURE, "-1 $"),
};
const struct rows rows_consume = {rows, sizeof rows / sizeof *rows};
