/* count: how many items there were. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_count(a);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3 4 5"}, "5 $", {4}, {5}, true}, /* asks for 1, 2, 4 ... */
        {{"1 P 2"}, "P 2 $", {4}, {2}, true},
        {{""}, "0 $", {1}, {0}, false},
    };
    check_table(rows, build);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(build(source("1 !7 2"), NULL), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(tracked_live, 0);
}

int stage_count(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error)};
    return cmocka_run_group_tests_name("count", tests, NULL, NULL);
}
