/* errors: the way back from results. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_errors(weir_results(a));
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 !7 2 3 !8 !9 P 4"}, "1 !7 2 3 !8 !9 P 4 $", {9}, {4}, false},
        {{"1 !!7 #"}, "1 !!7 $", {2}, {1}, false},
    };
    check_table(rows, build);
}

static void test_trail(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_count(build(source("!7"), NULL)), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "scripted error 7");
    assert_int_equal(error.trail_n, 3);
    assert_string_equal(error.trail[0], "script");
    assert_string_equal(error.trail[1], "errors");
    assert_string_equal(error.trail[2], "count");
}

/* Fatal to one of two inputs: the other's items follow. */
static void test_one_of_two(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        weir_stream *a = weir_results(source("1 !!7 #")), *b = weir_results(source("2 3 4 5"));
        assert_string_equal(trace(weir_errors(weir_select(a, b)), demand), "1 2 !7 3 4 5 $");
    }
}

static void test_half_way(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build(source("1 !7 2 !8"), NULL);
    trace_poll(&seen, stream, &test, 1);
    weir_drop(stream); /* with items and errors in hand */
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

int stage_errors(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_trail),
                                       cmocka_unit_test(test_half_way),
                                       cmocka_unit_test(test_one_of_two)};
    return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
