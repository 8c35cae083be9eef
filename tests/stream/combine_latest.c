/* combine_latest and zip_latest: a pair at each new item. */

#include "stages.h"

static void test_combine(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "7 8 9"}, "(1,7) (1,8) (2,8) (2,9) (3,9) $", {4, 4}, {3, 3}, true},
        {{"1", "7 8 9"}, "(1,7) (1,8) (1,9) $", {2, 4}, {1, 3}, false},
        {{"1 2 P", "P 7"}, "P P (2,7) $", {4, 6}, {2, 1}, true}, /* 1 is replaced */
        {{"1 P 2", "7 P 8"}, "(1,7) P (1,8) P (2,8) $", {6, 4}, {2, 2}, true},
        {{"", "7 P~"}, "$", {1, 0}, {0, 0}, false}, /* no pair will ever come */
        {{"1", ""}, "$", {1, 1}, {1, 0}, false},
        {{"1 !5 2", "7"}, "(1,7) !5 (2,7) $", {4, 2}, {2, 1}, true},
        {{"1 !!5", "7 8"}, "(1,7) (1,8) !5 $", {2, 3}, {1, 2}, true}, /* that side is over */
    };
    check_table(rows, weir_combine_latest);
}

static void test_zip_latest(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "7 8 9"}, "(1,7) (1,8) (2,8) (2,9) (3,9) $", {3, 4}, {3, 3}, true},
        {{"1", "7 8 9"}, "(1,7) (1,8) $", {2, 2}, {1, 2}, true}, /* over with the first */
        {{"1 2 P~", "P 7"}, "P (2,7) $", {4, 5}, {2, 1}, true},
        {{"", "7"}, "$", {1, 0}, {0, 0}, false},
    };
    check_table(rows, weir_zip_latest);
}

/* W15: after k * n items from inputs that are always ready each gave k. */
static void test_w15_fair(void **state)
{
    (void)state;
    struct script a = {0}, b = {0};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_combine_latest(script_stream(&a, "1 2 3 4 5 6 7 8 9"),
                                              script_stream(&b, "1 2 3 4 5 6 7 8 9"));
    for (unsigned k = 1; k <= 8; k++) {
        trace_poll(&seen, stream, &test, 1);
        assert_true(a.given >= b.given ? a.given - b.given <= 1 : b.given - a.given <= 1);
    }
    weir_drop(stream);
    test_cx_fini(&test);
}

/* A side that is always ready does not hold up the task while the other gave nothing. */
static void test_budget(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    int64_t item = 3;
    struct script late = {0};
    test_cx_init(&test);
    weir_stream *stream =
        weir_combine_latest(weir_repeat(&weir_type_i64, &item), script_stream(&late, "P 7 P~"));
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(test.cx.budget, 0);
    script_wake(&late);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "P (3,7)");
    weir_drop(stream);
    test_cx_fini(&test);
}

/* Three: pairs of pairs, where their members are plain. */
static void test_nested(void **state)
{
    (void)state;
    weir_stream *two = weir_combine_latest(weir_range(1, 2), weir_range(2, 3));
    assert_string_equal(trace(weir_combine_latest(two, weir_range(3, 4)), 1), "((1,2),3) $");
}

/* A mark waits for the item before it, until that is in a pair or another one took its place. */
static void test_marks(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_combine_latest(source("| 1 |"), source("P* P* 7")), 1),
                        "| P (1,7) | $");
    assert_string_equal(
        trace(weir_combine_latest(source("1 | P* | 2 | 3 |"), source("P* P* P* P* P* 7 |")), 1),
        "P | | (2,7) | | (3,7) | $");
    assert_string_equal(trace(weir_zip_latest(source("1 | 2"), source("")), 1), "$");
}

int stage_combine_latest(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),      cmocka_unit_test(test_combine),
        cmocka_unit_test(test_zip_latest), cmocka_unit_test(test_w15_fair),
        cmocka_unit_test(test_budget),     cmocka_unit_test(test_nested)};
    return cmocka_run_group_tests_name("combine_latest", tests, NULL, NULL);
}
