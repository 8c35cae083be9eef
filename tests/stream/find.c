/* find: stops at the first item for which fn is true, and gives it. */

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
    return weir_find(a, &even_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{""}, "$", {1}, {0}, false},
        {{"1 2 #"}, "2 $", {2}, {2}, false},
        {{"1 3 5"}, "$", {4}, {3}, false},
        {{"1 P 2 4"}, "P 2 $", {3}, {2}, false},
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
    assert_int_equal(script.demand_max, 1);
    assert_int_equal(tracked_live, 0);
}

static void test_leaves_the_rest(void **state)
{
    (void)state;
    weir_stream *stream = source("1 2 3");
    assert_string_equal(trace(weir_find(weir_by_ref(stream), &even_fn, NULL), 64), "2 $");
    assert_string_equal(trace(stream, 64), "3 $");
}

int stage_find(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error),
                                       cmocka_unit_test(test_leaves_the_rest)};
    return cmocka_run_group_tests_name("find", tests, NULL, NULL);
}
