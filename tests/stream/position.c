/* position: where the first item stands for which fn is true, from 0. */

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
    return weir_position(a, &even_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{""}, "$", {1}, {0}, false},
        {{"2 #"}, "0 $", {1}, {1}, false},
        {{"1 3 4 #"}, "2 $", {3}, {3}, false},
        {{"1 3 5"}, "$", {4}, {3}, false},
        {{"1 P 2 4"}, "P 1 $", {3}, {2}, false},
    };
    check_table(rows, build);
}

/* position takes the items through the hit; what comes next is the one behind it. */
static void test_takes_through_the_hit(void **state)
{
    (void)state;
    weir_stream *stream = source("1 2 3");
    assert_string_equal(trace(weir_position(weir_by_ref(stream), &even_fn, NULL), 1), "1 $");
    assert_string_equal(trace(stream, 1), "3 $");
}

/* A long way to the hit: the turns end by the budget, and nothing is woken for each item. */
static void test_budget(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace trace = {0};
    char text[2 * 40 + 1] = "";
    struct script script = {.type = &tracked_type};
    for (int i = 0; i < 40; i++)
        memcpy(text + 2 * i, "1 ", 3);
    test_cx_init(&test);
    weir_stream *future = weir_position(script_stream(&script, text), &even_fn, NULL);
    assert_int_equal(trace_poll(&trace, future, &test, 1).state, WEIR_END);
    assert_int_equal(test.waker->wakes, 0);
    weir_drop(future);
    test_cx_fini(&test);
}

int stage_position(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_takes_through_the_hit),
                                       cmocka_unit_test(test_budget)};
    return cmocka_run_group_tests_name("position", tests, NULL, NULL);
}
