/* any: stops at the first item for which fn is true. */

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
    return weir_any(a, &even_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{""}, "false $", {1}, {0}, false},
        {{"1 2 #"}, "true $", {2}, {2}, false},
        {{"1 3 5"}, "false $", {4}, {3}, false},
        {{"1 P 2 3"}, "P true $", {3}, {2}, false},
    };
    check_table(rows, build);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    struct script script = {.type = &tracked_type};
    weir_stream *future = build(script_stream(&script, "1 3 !7 8"), NULL);
    assert_true(future->stage.one);
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(script.given, 2);
    assert_int_equal(script.demand_max, 1);
    assert_int_equal(tracked_live, 0);
}

int stage_any(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error)};
    return cmocka_run_group_tests_name("any", tests, NULL, NULL);
}
