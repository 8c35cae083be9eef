/* records: structs by name out of other records; one that does not fit is an error in its place. */

#include "weir/record.h"

#include "../stream/stages.h"

/* The number of the item; of four nothing is known. */
struct row {
    int64_t number;
    bool has_number;
};
WEIR_RECORD(row_record, struct row,
            WEIR_MEMBER(struct row, number, 1, .optional = true,
                        .has = WEIR_HAS(struct row, has_number)))

struct wanted {
    int64_t number;
};
WEIR_RECORD(wanted_record, struct wanted, WEIR_MEMBER(struct wanted, number, 1))

static struct row to_row(struct tracked item, void *arg)
{
    (void)arg;
    struct row row = {item.value, item.value != 4};
    tracked_drop(item);
    return row;
}
WEIR_MAP_FN(to_row_fn, to_row, struct tracked, struct row, FROM_TRACKED, .to = &row_record.type)

static int64_t to_number(struct wanted item, void *arg)
{
    (void)arg;
    return item.number;
}
WEIR_MAP_FN(to_number_fn, to_number, struct wanted, int64_t, .from = &wanted_record.type)

static weir_stream *rows(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map(weir_records(weir_map(a, &to_row_fn, NULL), &wanted_record), &to_number_fn,
                    NULL);
}

/* What is owned is dropped when what was made of it is over. */
static weir_stream *owned_rows(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map(weir_records(weir_own(weir_map(a, &to_row_fn, NULL)), &wanted_record),
                    &to_number_fn, NULL);
}

static void test_tables(void **state)
{
    (void)state;
    static const struct stage_case cases[] = {
        {{"1 P 2 !7 3"}, "1 P 2 !7 3 $", {6}, {3}, false},
        {{"1 4 2"}, "1 !CORRUPT 2 $", {4}, {3}, false},
        {{"4 4 P 4"}, "!CORRUPT !CORRUPT P !CORRUPT $", {5}, {3}, false},
        {{"$"}, "$", {1}, {0}, false},
    };
    check_table(cases, rows);
    check_table(cases, owned_rows);
}

int format_records(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
