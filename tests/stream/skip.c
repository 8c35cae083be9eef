/* skip: drops its items one by one when one is asked for. */

#include "stages.h"

static weir_stream *skip_2(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_skip(a, 2);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3"}, "3 $", {4}, {3}, false},
        {{"1 $"}, "$", {2}, {1}, false},
        {{"1 P 2 P 3"}, "P P 3 $", {6}, {3}, false},
        {{"1 !7 2 3"}, "!7 3 $", {5}, {3}, false}, /* an error is no item */
    };
    check_table(rows, skip_2);
}

static void test_demand(void **state)
{
    (void)state;
    struct script script = {0};
    assert_string_equal(trace(weir_skip(script_stream(&script, "1 2 3 4 5"), 3), 64), "4 5 $");
    assert_int_equal(script.polls, 3); /* three at once, the other two, the end */
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_skip(source("1 2 3"), 2);
    check_hint(stream, 1, 1);
    weir_drop(stream);
    stream = weir_skip(source("1"), 2);
    check_hint(stream, 0, 0);
    weir_drop(stream);
}

static void test_count(void **state)
{
    (void)state;
    uint64_t n = 0;
    assert_int_equal(await(weir_count(weir_skip(source("1 2 3 4 5"), 2)), &n, NULL), WEIR_READY);
    assert_int_equal(n, 3);
    assert_int_equal(tracked_live, 0);
}

/* Each of them polls before it looks at the budget: the innermost would never be reached. */
static void test_deeper_than_the_budget(void **state)
{
    (void)state;
    uint64_t n = 0;
    weir_stream *stream = weir_range(0, 1000);
    for (unsigned i = 0; i < 3 * WEIR_BUDGET; i++)
        stream = weir_skip(stream, 1);
    assert_int_equal(await(weir_count(stream), &n, NULL), WEIR_READY);
    assert_int_equal(n, 1000 - 3 * WEIR_BUDGET);
}

int stage_skip(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_demand),
                                       cmocka_unit_test(test_hint), cmocka_unit_test(test_count),
                                       cmocka_unit_test(test_deeper_than_the_budget)};
    return cmocka_run_group_tests_name("skip", tests, NULL, NULL);
}
