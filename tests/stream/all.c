/* all: stops at the first item for which fn is false. */

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
    return weir_all(a, &even_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{""}, "true $", {1}, {0}, false},
        {{"2 4 6 8"}, "true $", {5}, {4}, false},
        {{"2 3 #"}, "false $", {2}, {2}, false},
        {{"2 P 3 4"}, "P false $", {3}, {2}, false},
    };
    check_table(rows, build);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    struct script script = {.type = &tracked_type};
    weir_stream *future = build(script_stream(&script, "2 4 !7 8"), NULL);
    assert_true(future->stage.one);
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(script.given, 2);
    assert_int_equal(script.demand_max, 1);
    assert_int_equal(tracked_live, 0);
}

int stage_all(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error)};
    return cmocka_run_group_tests_name("all", tests, NULL, NULL);
}
