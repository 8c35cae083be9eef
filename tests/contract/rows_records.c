/* Rows over records: structs with a number that owns nothing, and what is made of them. */

#include "given.h"
#include "weir/fields.h"
#include "weir/sort.h"

struct numbered_row {
    int64_t number;
};
WEIR_RECORD(row_record, struct numbered_row, WEIR_MEMBER(struct numbered_row, number, 1))

static struct numbered_row to_row(struct tracked item, void *arg)
{
    return (struct numbered_row){to_number(item, arg)};
}
WEIR_MAP_FN(to_row_fn, to_row, struct tracked, struct numbered_row, FROM_TRACKED,
            .to = &row_record.type)

static int64_t of_row(struct numbered_row row, void *arg)
{
    (void)arg;
    return row.number;
}
WEIR_MAP_FN(of_row_fn, of_row, struct numbered_row, int64_t, .from = &row_record.type)

static weir_stream *rows_of(weir_stream *a)
{
    return weir_map(a, &to_row_fn, NULL);
}

static weir_stream *numbers(weir_stream *rows)
{
    return weir_map(weir_records(rows, &row_record), &of_row_fn, NULL);
}

static const weir_sort_key by_number = {.field = "number", .descending = true};
static const weir_sort_options downwards = {
    .keys = &by_number, .keys_n = 1, .memory_bytes = WEIR_SORT_MEMORY_MIN};

static const char *const names[] = {"nowhere", "number"};

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return expression;                                                                         \
    }

ROW(records, numbers(rows_of(a)))
ROW(where, weir_map(weir_where(rows_of(a), "number", WEIR_WHERE_GT, weir_value_word("3")),
                    &of_row_fn, NULL))
ROW(pick, numbers(weir_pick(rows_of(a), names, 2)))
ROW(put, numbers(weir_put(rows_of(a), "number", weir_value_word("7"))))
ROW(put_from, numbers(weir_put_from(rows_of(a), "other", "number")))
ROW(stats, weir_count(weir_stats(rows_of(a))))
ROW(sort, numbers(weir_sort(rows_of(a), &downwards)))
ROW(rename, numbers(weir_rename(weir_rename(rows_of(a), "number", "other"), "other", "number")))

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
        "records " #name, build_##name, inputs, flags, gives                                       \
    }

static const struct row rows[] = {
    ROW(records, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(where, 1, 0, "4 5 6 7 8 $"),
    ROW(pick, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(put, 1, 0, "7 7 7 7 7 7 7 7 $"),
    ROW(sort, 1, OVERTAKES | MORE_AT_END | AT_THE_END, "8 7 6 5 4 3 2 1 $"),
    ROW(stats, 1, FUTURE, "1 $"),
    ROW(put_from, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(rename, 1, 0, "1 2 3 4 5 6 7 8 $"),
};
const struct rows rows_records = {rows, sizeof rows / sizeof *rows};
