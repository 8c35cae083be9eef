/* The rows of rows_one.c again, over lines that are gone at the next poll: those that may pass lent
 * items on. */

#include <stdlib.h>

#include "laws.h"

static int64_t value_of(weir_line line)
{
    int64_t value = 0;
    for (size_t i = 0; i < line.size; i++)
        value = 10 * value + (line.data[i] - '0');
    return value;
}

static bool value_below_six(weir_line line, int64_t *out, void *arg)
{
    (void)arg;
    *out = value_of(line);
    return *out < 6;
}
WEIR_FILTER_MAP_FN(value_below_six_fn, value_below_six, weir_line, int64_t)

static bool line_below_six(weir_line line, weir_line *out, void *arg)
{
    (void)arg;
    *out = line;
    return value_of(line) < 6;
}
WEIR_FILTER_MAP_FN(line_below_six_fn, line_below_six, weir_line, weir_line)

static bool line_sum(int64_t *sum, weir_line line, int64_t *out)
{
    *out = value_of(line);
    *sum += *out;
    return true;
}
WEIR_SCAN_FN(line_sum_fn, line_sum, int64_t, weir_line, int64_t)

static bool give_sum(int64_t *sum, int64_t *out)
{
    *out = *sum;
    *sum = 0;
    return *out != 0;
}
WEIR_UNFOLD_FN(give_sum_fn, give_sum, int64_t, int64_t)

static uint64_t line_size(weir_line line, void *arg)
{
    (void)arg;
    return line.size;
}
WEIR_KEY_FN(line_size_fn, line_size, weir_line, uint64_t)

static void leave_it(weir_error *error, void *arg)
{
    (void)error, (void)arg;
}

static void see_it(const weir_error *error, void *arg)
{
    (void)error, (void)arg;
}

static weir_stream *leave(const weir_error *error, void *arg)
{
    (void)error, (void)arg;
    return NULL;
}

static void end_seen(weir_done how, const weir_error *error, void *arg)
{
    (void)how, (void)error, (void)arg;
}

static const int64_t zero;

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return expression;                                                                         \
    }

ROW(map_while, weir_map_while(a, &line_below_six_fn, NULL))
ROW(map_while_value, weir_map_while(a, &value_below_six_fn, NULL))
ROW(step_by, weir_step_by(a, 3))
ROW(limit, weir_limit(a, 5))
ROW(limit_weighted, weir_limit_weighted(a, &line_size_fn, NULL, 5))
ROW(stateful_map, weir_stateful_map(a, &line_sum_fn, &give_sum_fn, &zero))
ROW(notify_close, weir_notify_close(a))
ROW(map_err, weir_map_err(a, leave_it, NULL))
ROW(inspect_err, weir_inspect_err(a, see_it, NULL))
ROW(or_else, weir_or_else(a, leave, NULL))
ROW(skip_errors, weir_skip_errors(a, 100, NULL))
ROW(stop_on_error, weir_stop_on_error(a))
ROW(on_done, weir_on_done(a, end_seen, NULL))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
        "lent " #name, build_##name, inputs, LENT | flags, gives                                   \
    }

#define ALL "'1' '2' '3' '4' '5' '6' '7' '8'"
static const struct row rows[] = {
    ROW(map_while, 1, 0, "'1' '2' '3' '4' '5' $"),
    ROW(map_while_value, 1, 0, "1 2 3 4 5 $"),
    ROW(step_by, 1, 0, "'1' '4' '7' $"),
    ROW(limit, 1, 0, "'1' '2' '3' '4' '5' !!LIMIT $"),
    ROW(limit_weighted, 1, 0, "'1' '2' '3' '4' '5' !!LIMIT $"),
    ROW(stateful_map, 1, OVERTAKES, "1 2 3 4 5 6 7 8 36 $"),
    ROW(notify_close, 1, OVERTAKES, ALL " none $"),
    ROW(map_err, 1, 0, ALL " $"),
    ROW(inspect_err, 1, 0, ALL " $"),
    ROW(or_else, 1, 0, ALL " $"),
    ROW(skip_errors, 1, CATCHES, ALL " $"),
    ROW(stop_on_error, 1, CATCHES, ALL " $"),
    ROW(on_done, 1, 0, ALL " $"),
};
const struct rows rows_lent_one = {rows, sizeof rows / sizeof *rows};
