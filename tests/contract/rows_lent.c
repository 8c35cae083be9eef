/* The rows again, over lines that are gone at the next poll: whoever looks back is caught by the
 * sanitizer, or shows '?'. Stages that hold items refuse them: see refusals.c. */

#include <stdlib.h>

#include "laws.h"

static int64_t value_of(weir_line line)
{
    int64_t value = 0;
    for (size_t i = 0; i < line.size; i++)
        value = 10 * value + (line.data[i] - '0');
    return value;
}

static int64_t line_value(weir_line line, void *arg)
{
    (void)arg;
    return value_of(line);
}
WEIR_MAP_FN(line_value_fn, line_value, weir_line, int64_t)

static bool line_not_four(weir_line line, int64_t *out, void *arg, weir_error *error)
{
    (void)arg;
    *out = value_of(line);
    if (*out == 4)
        weir_error_set(error, WEIR_E_USER, "it is 4")->number = 4;
    return *out != 4;
}
WEIR_TRY_MAP_FN(line_not_four_fn, line_not_four, weir_line, int64_t)

static bool line_even(weir_line line, void *arg)
{
    (void)arg;
    return value_of(line) % 2 == 0;
}
WEIR_FILTER_FN(line_even_fn, line_even, weir_line)

static bool line_below_six(weir_line line, void *arg)
{
    (void)arg;
    return value_of(line) < 6;
}
WEIR_FILTER_FN(line_below_six_fn, line_below_six, weir_line)

static bool line_even_value(weir_line line, int64_t *out, void *arg)
{
    (void)arg;
    *out = value_of(line);
    return *out % 2 == 0;
}
WEIR_FILTER_MAP_FN(line_even_value_fn, line_even_value, weir_line, int64_t)

static bool line_sum(int64_t *sum, weir_line line, int64_t *out)
{
    *out = *sum += value_of(line);
    return *sum < 20;
}
WEIR_SCAN_FN(line_sum_fn, line_sum, int64_t, weir_line, int64_t)

static void line_add(int64_t *sum, weir_line line, void *arg)
{
    (void)arg;
    *sum += value_of(line);
}
WEIR_FOLD_FN(line_add_fn, line_add, int64_t, weir_line)

static void line_look(weir_line line, void *arg)
{
    (void)arg;
    if (value_of(line) <= 0)
        test_abort("a line that is gone is shown");
}
WEIR_EACH_FN(line_look_fn, line_look, weir_line)

static weir_stream *line_future(weir_line line, void *arg)
{
    (void)arg;
    return inner_future(value_of(line));
}
WEIR_THEN_FN(line_future_fn, line_future, weir_line, struct tracked, .to = &tracked_type)

/* A machine that keeps of the line what it needs. */
struct machine {
    weir_stream *future;
};

static void machine_start(struct machine *machine, weir_line line, void *arg)
{
    machine->future = line_future(line, arg);
}

static weir_poll machine_poll(struct machine *machine, weir_cx *cx, struct tracked *out)
{
    weir_poll got = weir_poll_next(machine->future, cx, out, 1);
    return got.n ? (weir_poll){1, WEIR_END} : got;
}

static void machine_drop(void *state)
{
    weir_drop(((struct machine *)state)->future);
}
WEIR_ASYNC_FN(line_machine_fn, machine_start, machine_poll, struct machine, weir_line,
              struct tracked, .to = &tracked_type, .drop = machine_drop, .detached = true)

static weir_stream *line_lines(weir_line line, void *arg)
{
    (void)arg;
    return inner_lines(value_of(line));
}
WEIR_THEN_FN(line_lines_fn, line_lines, weir_line, weir_line)
WEIR_MAP_FN(line_to_lines_fn, line_lines, weir_line, weir_stream *)

static const int64_t zero;

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return expression;                                                                         \
    }

static weir_stream *keep(struct run *run, weir_stream *stream)
{
    run->kept = stream;
    return stream;
}

static weir_stream *merged(weir_stream *a, weir_stream *b)
{
    weir_stream *both[] = {a, b};
    return weir_merge(both, 2);
}

/* A view of the line, by name and back. */
struct line_row {
    weir_text digits;
};
WEIR_RECORD(line_row_record, struct line_row, WEIR_MEMBER(struct line_row, digits, 1))

static struct line_row row_of(weir_line line, void *arg)
{
    (void)arg;
    return (struct line_row){line};
}
WEIR_MAP_FN(row_of_fn, row_of, weir_line, struct line_row, .to = &line_row_record.type)

static int64_t row_value(struct line_row row, void *arg)
{
    (void)arg;
    return value_of(row.digits);
}
WEIR_MAP_FN(row_value_fn, row_value, struct line_row, int64_t, .from = &line_row_record.type)

static weir_stream *records(weir_stream *source)
{
    source = weir_records(weir_map(source, &row_of_fn, NULL), &line_row_record);
    return weir_map(source, &row_value_fn, NULL);
}

ROW(co_loops, co_lines(run, a))
ROW(by_ref, weir_by_ref(keep(run, a)))
ROW(map, weir_map(a, &line_value_fn, NULL))
ROW(try_map, weir_map(a, &line_not_four_fn, NULL))
ROW(filter, weir_filter(a, &line_even_fn, NULL))
ROW(filter_map, weir_filter_map(a, &line_even_value_fn, NULL))
ROW(take, weir_take(a, 5))
ROW(take_while, weir_take_while(a, &line_below_six_fn, NULL))
ROW(skip, weir_skip(a, 3))
ROW(skip_while, weir_skip_while(a, &line_below_six_fn, NULL))
ROW(scan, weir_scan(a, &line_sum_fn, &zero))
ROW(enumerate, weir_enumerate(a))
ROW(inspect, weir_inspect(a, &line_look_fn, NULL))
ROW(then, weir_then(a, &line_future_fn, NULL))
ROW(then_async, weir_then_async(a, &line_machine_fn, NULL))
ROW(map_async, weir_map_async(a, &line_machine_fn, NULL, 3))
ROW(map_async_ordered, weir_map_async_ordered(a, &line_machine_fn, NULL, 3))
ROW(settle_here, weir_settle_here(a))
ROW(flatten, weir_flatten(weir_map(a, &line_to_lines_fn, NULL), &weir_type_line))
ROW(flat_map, weir_flat_map(a, &line_lines_fn, NULL))
ROW(flat_map_filter, weir_filter(weir_flat_map(a, &line_lines_fn, NULL), &line_even_fn, NULL))
ROW(results, weir_results(a))
ROW(errors, weir_errors(weir_results(a)))
ROW(records, records(a))
ROW(own, weir_own(a))
ROW(own_chunks, weir_chunks(weir_own(a), 3))
ROW(chain, weir_chain(a, b))
ROW(select, weir_select(a, b))
ROW(merge, merged(a, b))
ROW(for_each, weir_for_each(a, &line_look_fn, NULL))
ROW(fold, weir_fold(a, &line_add_fn, &zero, NULL))
ROW(count, weir_count(a))
ROW(any, weir_any(a, &line_even_fn, NULL))
ROW(all, weir_all(a, &line_below_six_fn, NULL))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
        "lent " #name, build_##name, inputs, LENT | flags, gives                                   \
    }

static const struct row rows[] = {
    ROW(co_loops, 1, HOLDS_UNSEEN, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    ROW(by_ref, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    ROW(map, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(try_map, 1, 0, "1 2 3 !4 5 6 7 8 $"),
    ROW(filter, 1, 0, "'2' '4' '6' '8' $"),
    ROW(filter_map, 1, 0, "2 4 6 8 $"),
    ROW(take, 1, 0, "'1' '2' '3' '4' '5' $"),
    ROW(take_while, 1, 0, "'1' '2' '3' '4' '5' $"),
    ROW(skip, 1, 0, "'4' '5' '6' '7' '8' $"),
    ROW(skip_while, 1, 0, "'6' '7' '8' $"),
    ROW(scan, 1, 0, "1 3 6 10 15 $"),
    ROW(enumerate, 1, 0, "0:'1' 1:'2' 2:'3' 3:'4' 4:'5' 5:'6' 6:'7' 7:'8' $"),
    ROW(inspect, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    ROW(then, 1, 0, "1 2 3 4 !5 6 7 8 $"),
    ROW(then_async, 1, HOLDS_UNSEEN, "1 2 3 4 !5 6 7 8 $"),
    ROW(map_async, 1, HOLDS_UNSEEN | ANY_ORDER | OVERTAKES | OWN_ERRORS, "3 1 2 6 4 !5 7 8 $"),
    ROW(map_async_ordered, 1, HOLDS_UNSEEN | OVERTAKES | OWN_ERRORS, "1 2 3 4 !5 6 7 8 $"),
    ROW(settle_here, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    ROW(flatten, 1, 0, "'10' '11' '20' '21' '30' '31' '50' '51' '60' '61' '70' '71' $"),
    ROW(flat_map, 1, 0, "'10' '11' '20' '21' '30' '31' '50' '51' '60' '61' '70' '71' $"),
    ROW(flat_map_filter, 1, 0, "'10' '20' '30' '50' '60' '70' $"),
    ROW(results, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    ROW(errors, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    ROW(records, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(own, 1, 0, "'1' '2' '3' '4' '5' '6' '7' '8' $"),
    ROW(own_chunks, 1, HOLDS_UNSEEN, "['1' '2' '3'] ['4' '5' '6'] ['7' '8'] $"),
    ROW(chain, 2, DELIVERS_FIRST | OWN_ERRORS,
        "'1' '2' '3' '4' '5' '6' '7' '8' '101' '102' '103' '104' '105' '106' $"),
    ROW(select, 2, ANY_SIDE | DELIVERS | OWN_ERRORS,
        "'1' '101' '2' '102' '3' '103' '4' '104' '5' '105' '6' '106' '7' '8' $"),
    ROW(merge, 2, ANY_SIDE | DELIVERS | OWN_ERRORS,
        "'1' '101' '2' '102' '3' '103' '4' '104' '5' '105' '6' '106' '7' '8' $"),
    ROW(for_each, 1, FUTURE, "() $"),
    ROW(fold, 1, FUTURE, "36 $"),
    ROW(count, 1, FUTURE, "8 $"),
    ROW(any, 1, FUTURE, "true $"),
    ROW(all, 1, FUTURE, "false $"),
};
const struct rows rows_lent = {rows, sizeof rows / sizeof *rows};
