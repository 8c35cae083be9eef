/* select: each side first in turn, at every demand. */

#include "stages.h"

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "4 5 6"}, "1 4 2 5 3 6 $", {4, 4}, {3, 3}, false},
        {{"1 2 3", "4 5"}, "1 4 2 5 3 $", {4, 3}, {3, 2}, false},
        {{"1 2", "4 5 6"}, "1 4 2 5 6 $", {3, 4}, {2, 3}, false},
        {{"", "4"}, "4 $", {1, 2}, {0, 1}, false},
        {{"1 P 2", "4 P* 5 6"}, "1 4 P 5 6 P 2 $", {6, 5}, {2, 3}, true},
        {{"P~", "1 2 $"}, "1 2 P STUCK", {2, 3}, {0, 2}, true},
        {{"!7 1", "2 !8 3"}, "!7 2 1 !8 3 $", {3, 4}, {1, 2}, true},
        {{"1 !!7", "2 3"}, "1 2 !7 3 $", {2, 3}, {1, 2}, true}, /* fatal to one side */
        {{"1", "!!8"}, "1 !8 $", {2, 1}, {1, 0}, true},
    };
    check_table(rows, weir_select);
}

/* An odd demand leaves the turn with the side whose it is. */
static void test_rotation(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 7; demand++)
        assert_string_equal(trace(weir_select(weir_range(0, 6), weir_range(10, 16)), demand),
                            "0 10 1 11 2 12 3 13 4 14 5 15 $");
}

/* The second side's error waits until the first side's items are gone. */
static void test_error(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_select(source("1 2 3"), source("!7 4")), 4), "1 2 !7 4 3 $");
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_select(source("1 2 3"), source("!7 4"));
    check_hint(stream, 4, 4);
    trace_poll(&seen, stream, &test, 4);
    weir_drop(stream); /* with the error in hand */
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

/* An error behind a batch comes next, also when only one item is asked for. */
static void test_held_error_comes_next(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_select(source("1 2 3"), source("!7 9"));
    trace_poll(&seen, stream, &test, 4);
    trace_poll(&seen, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_string_equal(seen.text, "1 2 !7");
}

int stage_select(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table), cmocka_unit_test(test_rotation), cmocka_unit_test(test_error),
        cmocka_unit_test(test_held_error_comes_next)};
    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
