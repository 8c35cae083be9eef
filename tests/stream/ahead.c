/* ahead: one batch is asked for and given one by one; what it holds goes with it. */

#include "stages.h"

static weir_stream *ahead_3(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_ahead(a, 3);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3 4"}, "1 2 3 4 $", {3}, {4}, false},
        {{"1 P 2 !7 3"}, "1 P 2 !7 3 $", {6}, {3}, false},
        {{"1 2 !!7"}, "1 2 !!7 $", {2}, {2}, false},
        {{"$"}, "$", {1}, {0}, false},
    };
    check_table(rows, ahead_3);
}

static void test_asks_once(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *stream = weir_ahead(script_stream(&script, "1 2 3 4 5"), 4);
    struct test_cx test;
    struct trace got = {0};
    test_cx_init(&test);
    for (int i = 0; i < 4; i++)
        trace_poll(&got, stream, &test, 1);
    assert_int_equal(script.polls, 1);
    check_hint(stream, 0, WEIR_HINT_UNKNOWN);
    weir_drop(stream);
    test_cx_fini(&test);
}

static void test_drops_what_it_holds(void **state)
{
    (void)state;
    weir_stream *stream = weir_ahead(source("1 2 3 4 5"), 4);
    assert_string_equal(trace(weir_take(stream, 1), 1), "1 $");
    assert_int_equal(tracked_live, 0);
}

static void test_refused(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_ahead(weir_range(0, 3), 0), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weir_ahead(weir_range(0, 3), WEIR_AHEAD_MAX + 1), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weir_ahead(weir_lines(weir_memory_reader("a\n", 2), 9), 2), 1),
                        "!!TYPE $");
}

static void test_marks(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_ahead(source("| 1 2 3 | 4 |"), 2), 1), "| 1 2 3 | 4 | $");
}

int stage_ahead(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_marks), cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_asks_once),
                                       cmocka_unit_test(test_drops_what_it_holds),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("ahead", tests, NULL, NULL);
}
