/* min_by_key: the first of those with the least key. */

#include "stages.h"

static int64_t tens(struct tracked item, void *arg)
{
    return item.value / 10 + *(int64_t *)arg;
}
WEIR_KEY_FN(tens_fn, tens, struct tracked, int64_t, OF_TRACKED)
static int64_t none;

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_min_by_key(a, &tens_fn, &none);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{""}, "$", {1}, {0}, false},
        {{"7"}, "7 $", {2}, {1}, false},
        {{"31 52 11 12 51"}, "11 $", {4}, {5}, true},
        {{"31 P 52 11 12 51"}, "P 11 $", {4}, {5}, true},
    };
    check_table(rows, build);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(build(source("1 2 !7 3"), NULL), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(tracked_live, 0);
}

int stage_min_by_key(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error)};
    return cmocka_run_group_tests_name("min_by_key", tests, NULL, NULL);
}
