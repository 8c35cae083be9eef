/* rename: another name, in the same place. */

#include "rows.h"

static weir_stream *renamed(weir_stream *a, weir_stream *b)
{
    static const char *const names[] = {"number", "word"};
    (void)b;
    return shown(weir_rename(weir_pick(rows_of(a), names, 2), "word", "name"));
}

static void test_tables(void **state)
{
    (void)state;
    static const struct stage_case cases[] = {
        {{"3 P !7 4"}, "number=3,name=three P !7 name=four $", {5}, {2}, false},
        {{"!!8"}, "!!8 $", {1}, {0}, false},
    };
    check_table(cases, renamed);
}

static void test_names(void **state)
{
    (void)state;
    expect_trace(shown(weir_rename(rows_of(source("1")), "nowhere", "word")),
                 "number=1,word=one,in={} $");
    expect_trace(shown(weir_rename(rows_of(source("1")), "in", "number")), "word=one,number={} $");
    expect_trace(shown(weir_rename(rows_of(source("1")), "number", "in")), "in=1,word=one $");
    expect_trace(weir_map(weir_own(weir_rename(
                              weir_put(rows_of(source("1")), "x", weir_value_word("")), "x", "x")),
                          &show_fn, NULL),
                 "number=1,word=one,in={},x= $");
}

static void test_found(void **state)
{
    (void)state;
    static const char *const names[] = {"word", "name", "number"};
    expect_trace(shown(weir_pick(weir_rename(rows_of(source("1")), "word", "name"), names, 3)),
                 "name=one,number=1 $");
    expect_trace(shown(weir_pick(weir_rename(rows_of(source("1")), "word", "number"), names, 3)),
                 "number=one $");
    expect_trace(shown(weir_pick(weir_rename(rows_of(source("1")), "x", "word"), names, 3)),
                 "word=one,number=1 $");
}

int format_rename(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_found),
    };
    return cmocka_run_group_tests_name("rename", tests, NULL, NULL);
}
