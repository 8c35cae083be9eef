/* skip_until: what comes before the future is read and dropped. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    return weir_skip_until(a, weir_take(b, 1));
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "7"}, "1 2 3 $", {4, 1}, {3, 1}, false},
        {{"1 2 3", ""}, "$", {2, 1}, {3, 0}, false}, /* it never comes */
        {{"1 2 3", "P~"}, "$", {2, 2}, {3, 0}, false},
        {{"1 P 2 3", "P 7"}, "P P 2 3 $", {6, 3}, {3, 1}, true},
        {{"1 P 2 P 3", "P P 7"}, "P P P 2 P 3 $", {8, 4}, {3, 1}, true},
        {{"1 !5 2 !!6", "P~"}, "!5 !!6 $", {4, 4}, {2, 0}, false},
        {{"1 2", "!8"}, "!!8 $", {0, 1}, {0, 0}, false},
        {{"1 2", "P !8 9"}, "$", {2, 2}, {2, 0}, false}, /* too late to be seen */
        {{"", "P~"}, "$", {1, 1}, {0, 0}, false},
    };
    check_table(rows, build);
}

/* A source that is always ready holds up neither the future nor the task. */
static void test_budget(void **state)
{
    (void)state;
    struct test_cx test;
    int64_t item = 3;
    struct script open = {0};
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_skip_until(weir_repeat(&weir_type_i64, &item),
                                          weir_take(script_stream(&open, "P 7"), 1));
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "P");
    assert_int_equal(test.cx.budget, 0);
    assert_true(test_cx_woken(&test)); /* by itself */
    script_wake(&open);
    trace_poll(&seen, stream, &test, 2);
    assert_string_equal(seen.text, "P 3 3");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_skip_until(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_budget)};
    return cmocka_run_group_tests_name("skip_until", tests, NULL, NULL);
}
