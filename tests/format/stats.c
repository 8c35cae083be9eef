/* stats: what the fields of all records are like. */

#include "rows.h"

static weir_stream *stats_of_rows(weir_stream *a, weir_stream *b)
{
    static const char *const names[] = {"number"};
    (void)b;
    return shown(weir_stats(weir_pick(rows_of(a), names, 1)));
}

static void test_tables(void **state)
{
    (void)state;
    static const struct stage_case cases[] = {
        {{"3 P 1 !7 4 8"},
         "P !7 field=number,count=3,missing=1,min=1,max=8,mean=4,deviation=3.605551275463989,"
         "distinct=3 $",
         {7},
         {4},
         false},
        {{"2 !!8"}, "!!8 $", {2}, {1}, false},
        {{"4"}, "$", {2}, {1}, false},
        {{"$"}, "$", {1}, {0}, false},
        {{"2"},
         "field=number,count=1,missing=0,min=2,max=2,mean=2,deviation=null,distinct=1 $",
         {2},
         {1},
         false},
    };
    check_table(cases, stats_of_rows);
}

static void test_text(void **state)
{
    (void)state;
    static const char *const names[] = {"word", "more"};
    expect_trace(
        shown(weir_stats(weir_pick(rows_of(source("1 2 3 2")), names, 2))),
        "field=word,count=4,missing=0,min=one,max=two,mean=null,deviation=null,distinct=3 $");
    static const weir_value null = {WEIR_VALUE_NULL, {0}};
    static const char *const more[] = {"more"};
    expect_trace(
        shown(weir_stats(weir_pick(weir_put(rows_of(source("1 2")), "more", null), more, 1))),
        "field=more,count=0,missing=2,min=null,max=null,mean=null,deviation=null,distinct=0 $");
    expect_trace(
        shown(weir_stats(
            weir_pick(weir_put(rows_of(source("1 2")), "more", weir_value_word("")), more, 1))),
        "field=more,count=0,missing=2,min=null,max=null,mean=null,deviation=null,distinct=0 $");
}

/* Many values, and what is longer than is kept. */
static struct row wide(int64_t i, void *arg)
{
    static char text[8][100];
    (void)arg;
    char *at = text[i % 8];
    snprintf(at, sizeof text[0], "%090lld", (long long)i);
    return (struct row){i, {at, 90}, {i}, true};
}
WEIR_MAP_FN(wide_fn, wide, int64_t, struct row, .to = &row_record.type)

static void test_many(void **state)
{
    (void)state;
    static const char *const names[] = {"number"};
    for (int64_t n = 999; n <= 1002; n++) {
        char wanted[200];
        const char *got = trace(
            shown(weir_stats(weir_pick(weir_map(weir_range(0, n), &wide_fn, NULL), names, 1))), 1);
        snprintf(wanted, sizeof wanted, n > 1000 ? "distinct=1000+ $" : "distinct=%d $", (int)n);
        assert_non_null(strstr(got, wanted));
    }
}

/* What doubles do not tell apart, and what is longer than is kept. */
static weir_stream *stats_of_table(const char *table)
{
    static const char *const names[] = {"min", "max"};
    weir_reader *reader = weir_memory_reader(table, strlen(table));
    return shown(weir_pick(weir_stats(weir_csv(reader, NULL)), names, 2));
}

static void test_large(void **state)
{
    (void)state;
    expect_trace(stats_of_table("id\n9007199254740993\n9007199254740992\n9007199254740995\n"
                                "9007199254740994\n"),
                 "min=9007199254740992,max=9007199254740995 $");
    expect_trace(stats_of_table("id\n18446744073709551615\n18446744073709551614\n"),
                 "min=18446744073709551614,max=18446744073709551615 $");
    static const char zeros[] =
        "0000000000000000000000000000000000000000000000000000000000000000000";
    char table[200];
    snprintf(table, sizeof table, "id\n1%s\n2\n", zeros);
    expect_trace(stats_of_table(table), "min=2,max=1e+67 $");
}

/* One field more than there may be. */
static void test_too_many(void **state)
{
    (void)state;
    static char names[WEIR_STATS_FIELDS_MAX + 1][8];
    weir_stream *stream = rows_of(source("1"));
    for (size_t i = 0; i <= WEIR_STATS_FIELDS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "n%zu", i);
        stream = weir_put(stream, names[i], weir_value_word("1"));
    }
    assert_string_equal(trace(weir_stats(stream), 1), "!!LIMIT $");
}

/* Marks stand behind all, where the source is known to end. */
static void test_marks(void **state)
{
    (void)state;
    static const char *const names[] = {"number"};
    static struct script script;
    script = (struct script){.type = &tracked_type, .hinted = true};
    weir_stream *rows = weir_pick(rows_of(script_stream(&script, "| 2 | P 2 |")), names, 1);
    expect_trace(
        shown(weir_stats(rows)),
        "P field=number,count=2,missing=0,min=2,max=2,mean=2,deviation=0,distinct=1 | | | $");
}

int format_stats(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks), cmocka_unit_test(test_tables),   cmocka_unit_test(test_text),
        cmocka_unit_test(test_many),  cmocka_unit_test(test_too_many), cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
