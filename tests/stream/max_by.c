/* max_by: the last of the greatest. */

#include "stages.h"

/* By tens: items of the same tens are equal. */
static int by_tens(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    return (int)(a.value / 10 - b.value / 10);
}
WEIR_COMPARE_FN(by_tens_fn, by_tens, struct tracked, OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_max_by(a, &by_tens_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{""}, "$", {1}, {0}, false},
        {{"7"}, "7 $", {2}, {1}, false},
        {{"31 52 11 12 51"}, "51 $", {4}, {5}, true},
        {{"31 P 52 11 12 51"}, "P 51 $", {4}, {5}, true},
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

int stage_max_by(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error)};
    return cmocka_run_group_tests_name("max_by", tests, NULL, NULL);
}
