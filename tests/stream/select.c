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

/* B1: strict alternation, then what is left. */
static void test_b1_alternates(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_select(weir_range(1, 4), weir_range(4, 7)), 1), "1 4 2 5 3 6 $");
    assert_string_equal(trace(weir_select(weir_range(1, 4), weir_range(4, 6)), 1), "1 4 2 5 3 $");
    assert_string_equal(trace(weir_select(weir_range(1, 3), weir_range(4, 7)), 1), "1 4 2 5 6 $");
}

/* B28: 0 2 4 6 and 1 3 5 in order; the hint counts down. */
static void test_b28_hint_counts_down(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_select(source("0 2 4 6"), source("1 3 5"));
    for (size_t left = 7; left; left--) {
        check_hint(stream, left, left);
        trace_poll(&seen, stream, &test, 1);
    }
    check_hint(stream, 0, 0);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "0 1 2 3 4 5 6 $");
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

/* W15: after 2 k items each side gave k, at every demand. */
static void test_w15_fair(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 8; demand++) {
        struct script sides[2] = {{0}};
        struct test_cx test;
        struct trace seen = {0};
        test_cx_init(&test);
        weir_stream *stream = weir_select(script_stream(&sides[0], "1 2 3 4 5 6 7 8 9 10"),
                                          script_stream(&sides[1], "1 2 3 4 5 6 7 8 9 10"));
        while (seen.items + demand <= 20) {
            trace_poll(&seen, stream, &test, demand);
            assert_in_range(2 * sides[0].given + 1, seen.items, seen.items + 2);
        }
        weir_drop(stream);
        test_cx_fini(&test);
    }
}

int stage_select(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),         cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_error),         cmocka_unit_test(test_held_error_comes_next),
        cmocka_unit_test(test_b1_alternates), cmocka_unit_test(test_b28_hint_counts_down),
        cmocka_unit_test(test_w15_fair)};
    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
