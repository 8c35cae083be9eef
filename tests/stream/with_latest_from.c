/* with_latest_from: each item, beside the newest one of another stream. */

#include "stages.h"

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "7 8 9"}, "(1,9) (2,9) (3,9) $", {4, 4}, {3, 3}, false},
        {{"1 2 P 3", "7 P 8"}, "(1,7) (2,7) P P (3,8) $", {6, 6}, {3, 2}, true},
        {{"1 2 P 3", "P 7"}, "P P (3,7) $", {6, 5}, {3, 1}, true}, /* 1 and 2 came too early */
        {{"1 2", ""}, "$", {0, 1}, {0, 0}, false},                 /* no pair will ever come */
        {{"", "7 P~"}, "$", {1, 2}, {0, 1}, false},
        {{"1 !5 2", "7 !6"}, "!6 (1,7) !5 (2,7) $", {4, 3}, {2, 1}, false},
        {{"1 !!5 2", "7"}, "(1,7) !!5 $", {2, 2}, {1, 1}, false},
        {{"1 2", "7 !!6 8"}, "!6 (1,7) (2,7) $", {3, 2}, {2, 1}, false},
    };
    check_table(rows, weir_with_latest_from);
}

/* Another stream that never waits holds neither the source nor the task up. */
static void test_budget(void **state)
{
    (void)state;
    int64_t item = 3;
    assert_string_equal(
        trace_items(weir_with_latest_from(weir_range(0, 3), weir_repeat(&weir_type_i64, &item)), 1),
        "(0,3) (1,3) (2,3) $");
}

/* Those of the other stream wait for the item before them, until it is beside one or replaced. */
static void test_marks(void **state)
{
    (void)state;
    assert_string_equal(
        trace(weir_with_latest_from(source("1 | P* 2 |"), source("7 | P* 8 | 9 | P*")), 1),
        "(1,7) | | | P (2,9) | | $");
    assert_string_equal(trace(weir_with_latest_from(source("P* P* 1"), source("7 | P* 8 | |")), 1),
                        "P | P (1,8) | | $");
}

int stage_with_latest_from(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_marks), cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_budget)};
    return cmocka_run_group_tests_name("with_latest_from", tests, NULL, NULL);
}
