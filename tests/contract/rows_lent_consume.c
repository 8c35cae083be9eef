/* Consumers again, over lines that are gone at the next poll. Those that hold items refuse them:
 * see refusals_consume.c. */

#include "laws.h"

static int64_t value_of(weir_line line)
{
    int64_t value = 0;
    for (size_t i = 0; i < line.size; i++)
        value = 10 * value + (line.data[i] - '0');
    return value;
}

static bool line_four(weir_line line, void *arg)
{
    (void)arg;
    return value_of(line) == 4;
}
WEIR_FILTER_FN(line_four_fn, line_four, weir_line)

static bool line_even_value(weir_line line, int64_t *out, void *arg)
{
    (void)arg;
    *out = value_of(line);
    return *out % 2 == 0;
}
WEIR_FILTER_MAP_FN(line_even_value_fn, line_even_value, weir_line, int64_t)

static bool line_add(int64_t *sum, weir_line line, void *arg, weir_error *error)
{
    (void)arg;
    *sum += value_of(line);
    if (*sum > 100)
        weir_error_set(error, WEIR_E_USER, "too much");
    return *sum <= 100;
}
WEIR_TRY_FOLD_FN(line_add_fn, line_add, int64_t, weir_line)

static int by_last_digit(weir_line a, weir_line b, void *arg)
{
    (void)arg;
    return a.data[a.size - 1] - b.data[b.size - 1];
}
WEIR_COMPARE_FN(by_last_digit_fn, by_last_digit, weir_line)

static bool add_line(void *into, void *item, weir_error *error)
{
    (void)error;
    *(int64_t *)into += value_of(*(weir_line *)item);
    return true;
}

static bool give_sum(void *into, void *out, weir_error *error)
{
    (void)error;
    *(int64_t *)out = *(int64_t *)into;
    return true;
}
static const weir_into_ops sum_ops = {.size = sizeof sum_ops,
                                      .detached = true,
                                      .name = "sum",
                                      .of = &weir_type_line,
                                      .add = add_line,
                                      .finish = give_sum,
                                      .gives = &weir_type_i64};

static weir_stream *summed(weir_stream *source)
{
    static int64_t total;
    total = 0;
    return weir_collect_into(source, &sum_ops, &total, 100);
}

static weir_stream *line_job(weir_line line, void *arg)
{
    (void)arg;
    int64_t value = value_of(line);
    return inner_future(value == 5 ? 4 : value);
}
WEIR_THEN_FN(line_job_fn, line_job, weir_line, struct tracked, .to = &tracked_type,
             .detached = true)

static const int64_t zero;

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return expression;                                                                         \
    }

ROW(try_fold, weir_fold(a, &line_add_fn, &zero, NULL))
ROW(find, weir_find(a, &line_four_fn, NULL))
ROW(find_map, weir_find_map(a, &line_even_value_fn, NULL))
ROW(position, weir_position(a, &line_four_fn, NULL))
ROW(nth, weir_nth(a, 4))
ROW(drain, weir_drain(a))
ROW(cmp, weir_cmp(a, b, &by_last_digit_fn, NULL))
ROW(eq, weir_eq(a, b, NULL, NULL))
ROW(ne, weir_ne(a, b, &by_last_digit_fn, NULL))
ROW(collect_string, weir_collect_string(a, 100))
ROW(collect_into, summed(a))
ROW(for_each_concurrent, weir_for_each_concurrent(a, &line_job_fn, NULL, 3))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
        "lent " #name, build_##name, inputs, LENT | flags, gives                                   \
    }

static const struct row rows[] = {
    ROW(try_fold, 1, FUTURE, "36 $"),
    ROW(find, 1, FUTURE, "'4' $"),
    ROW(find_map, 1, FUTURE, "2 $"),
    ROW(position, 1, FUTURE, "3 $"),
    ROW(nth, 1, FUTURE, "'5' $"),
    ROW(drain, 1, FUTURE, "() $"),
    ROW(cmp, 2, FUTURE, "1 $"),
    ROW(eq, 2, FUTURE, "false $"),
    ROW(ne, 2, FUTURE, "true $"),
    ROW(collect_string, 1, FUTURE, "'12345678' $"),
    ROW(collect_into, 1, FUTURE, "36 $"),
    ROW(for_each_concurrent, 1, FUTURE | OVERTAKES | OWN_ERRORS, "() $"),
};
const struct rows rows_lent_consume = {rows, sizeof rows / sizeof *rows};
