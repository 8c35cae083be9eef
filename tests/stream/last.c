/* last: the last item, and nothing of an empty stream. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_last(a);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2"}, "P 2 $", {4}, {2}, false},
        {{""}, "$", {1}, {0}, false},
        {{"7"}, "7 $", {2}, {1}, false},
    };
    check_table(rows, build);
}

/* What was kept goes with the error. */
static void test_error(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_last(source("1 2 !7 3")), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(tracked_live, 0);
}

static void test_many(void **state)
{
    (void)state;
    int64_t last = 0;
    assert_int_equal(await(weir_last(weir_range(0, 100000)), &last, NULL), WEIR_READY);
    assert_int_equal(last, 99999);
}

int stage_last(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error),
                                       cmocka_unit_test(test_many)};
    return cmocka_run_group_tests_name("last", tests, NULL, NULL);
}
