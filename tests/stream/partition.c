/* partition: the items for which fn is true, and the others. */

#include "stages.h"

static bool even(struct tracked item, void *arg)
{
    (void)arg;
    return item.value % 2 == 0;
}
WEIR_FILTER_FN(even_fn, even, struct tracked, OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_partition(a, &even_fn, NULL, 4);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2 3"}, "P ([2],[1 3]) $", {4}, {3}, true},
        {{""}, "([],[]) $", {1}, {0}, false},
        {{"2 4 6 8"}, "([2 4 6 8],[]) $", {4}, {4}, true},
    };
    check_table(rows, build);
}

static void test_limit(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(build(source("1 2 3 4 5 6 7"), NULL), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "more than 4 items to partition");
    assert_int_equal(tracked_live, 0);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(build(source("1 2 !7 3"), NULL), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(tracked_live, 0);
}

int stage_partition(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_limit),
                                       cmocka_unit_test(test_error)};
    return cmocka_run_group_tests_name("partition", tests, NULL, NULL);
}
