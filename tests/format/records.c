/* records: structs by name out of other records; one that does not fit is an error in its place. */

#include "weir/record.h"

#include <string.h>

#include "../stream/stages.h"
#include "weir/csv.h"
#include "weir/fields.h"
#include "weir/json.h"

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

/* ---- what is refused in a file stands at a byte, a line and a column of it ---- */

struct pet {
    weir_text name;
    int64_t age;
};
WEIR_RECORD(pet_record, struct pet, WEIR_MEMBER(struct pet, name, 1),
            WEIR_MEMBER(struct pet, age, 2))

static int64_t pet_age(struct pet pet, void *arg)
{
    (void)arg;
    return pet.age;
}
WEIR_MAP_FN(pet_age_fn, pet_age, struct pet, int64_t, .from = &pet_record.type)

struct place {
    const char *text;
    uint64_t byte, record, line, column;
};

static weir_stream *csv_pets(weir_reader *reader)
{
    return weir_csv_records(reader, &pet_record, NULL);
}

/* What passes through stages as it was is found all the same. */
static weir_stream *some_csv_pets(weir_reader *reader)
{
    weir_stream *rows =
        weir_where(weir_csv(reader, NULL), "name", WEIR_WHERE_NE, weir_value_word("nobody"));
    return weir_records(rows, &pet_record);
}

static weir_stream *json_pets(weir_reader *reader)
{
    return weir_ndjson_records(reader, &pet_record, NULL);
}

static void check_place(const struct place *row, weir_stream *(*pets)(weir_reader *reader),
                        size_t piece, size_t demand)
{
    struct trace trace = {0};
    struct test_cx test;
    test_cx_init(&test);
    size_t n = strlen(row->text);
    weir_stream *ages = weir_map(pets(pieces_reader(row->text, n, piece)), &pet_age_fn, NULL);
    trace_run(&trace, ages, &test, demand);
    weir_drop(ages);
    test_cx_fini(&test);
    assert_int_equal(trace.errors, 1);
    assert_int_equal(trace.error.code, WEIR_E_CORRUPT);
    assert_int_equal(trace.error.byte, row->byte);
    assert_int_equal(trace.error.record, row->record);
    assert_int_equal(trace.error.line, row->line);
    assert_int_equal(trace.error.column, row->column);
}

static void check_places(const struct place *rows, size_t n,
                         weir_stream *(*pets)(weir_reader *reader))
{
    for (size_t i = 0; i < n; i++)
        for (size_t piece = 1; piece < 80; piece += 13)
            for (size_t demand = 1; demand <= 64; demand *= 8)
                check_place(&rows[i], pets, piece, demand);
}

static void test_places_in_csv(void **state)
{
    (void)state;
    static const struct place rows[] = {
        {"name,age\nRex,old\n", 13, 1, 2, 5},
        {"name,age\nRex,1\nTom,\nKim,3\n", 19, 2, 3, 5},
        {"name,age\n\"R\ne\nx\",1\nTom,x\nKim,3\n", 23, 2, 5, 5},
        {"name,age\n\"R\ne\nx\",1\nTom,2\nKim,3\nJoe,x\n", 35, 4, 7, 5},
        {"age,name\r\n1,Rex\r\nx,Tom", 17, 2, 3, 1},
        {"name,age\nRex,1\nTom\n", 15, 2, 3, 1}, /* it has no such field */
    };
    check_places(rows, sizeof rows / sizeof *rows, csv_pets);
    check_places(rows, sizeof rows / sizeof *rows, some_csv_pets);
    static const struct place left_out[] = {{"name,age\nnobody,x\nTom,y\n", 22, 2, 3, 5}};
    check_places(left_out, 1, some_csv_pets);
}

static void test_places_in_json(void **state)
{
    (void)state;
#ifdef WEIR_HAVE_YYJSON
    static const struct place rows[] = {
        {"{\"name\":\"Rex\",\"age\":\"old\"}", 0, 1, 1, 1},
        {"{\"name\":\"Rex\",\"age\":1}\n\n  {\"name\":\"Tom\"}\n{\"name\":\"Kim\",\"age\":3}\n", 26,
         2, 3, 3},
        {"\n{\"name\":1,\"age\":2}\n{\"age\":2}", 20, 2, 3, 1},
        {"{\"name\":\"Rex\",\"age\":1}\n [\"Rex\",1]\n", 24, 2, 2, 2},
    };
    check_places(rows, sizeof rows / sizeof *rows, json_pets);
#else
    (void)json_pets;
#endif
}

int format_records(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_places_in_csv),
        cmocka_unit_test(test_places_in_json),
    };
    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
