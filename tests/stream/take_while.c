/* take_while: ends with the first item for which fn is false, and drops it. */

#include "stages.h"

static unsigned calls;

static bool below_three(struct tracked item, void *arg)
{
    (void)arg;
    calls++;
    return item.value < 3;
}
WEIR_FILTER_FN(below_three_fn, below_three, struct tracked, OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_take_while(a, &below_three_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3 1 #"}, "1 2 $", {3}, {3}, false},
        {{"1 5 2 $"}, "1 $", {2}, {2}, false},
        {{"1 P 2 $ #"}, "1 P 2 $", {4}, {2}, false},
        {{"1 !7 2 9 #"}, "1 !7 2 $", {4}, {3}, false},
        {{"$"}, "$", {1}, {0}, false},
    };
    check_table(rows, build);
}

/* fn is not called behind the item that ended it, though the batch had more. */
static void test_calls(void **state)
{
    (void)state;
    calls = 0;
    assert_string_equal(trace(build(source("1 2 3 4 5"), NULL), 64), "1 2 $");
    assert_int_equal(calls, 3);
    assert_int_equal(tracked_live, 0);
}

int stage_take_while(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_calls)};
    return cmocka_run_group_tests_name("take_while", tests, NULL, NULL);
}
