/* skip_errors: recoverable errors are left out and counted, up to a limit. */

#include "stages.h"

static uint64_t skipped;

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_skip_errors(a, 2, &skipped);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 !7 P 2 !8 3"}, "1 P 2 3 $", {7}, {3}, false},
        {{"!7 1 !8 2 !9 #"}, "1 2 !!9 $", {5}, {2}, false}, /* one too many: it passes */
        {{"1 !!7 #"}, "1 !!7 $", {2}, {1}, false},
    };
    check_table(rows, build);
}

static void test_count(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        skipped = 99;
        assert_string_equal(trace(build(source("1 !7 2 !8 3"), NULL), demand), "1 2 3 $");
        assert_int_equal(skipped, 2);
        assert_string_equal(trace(build(source("1 !7 2 !8 3 !9"), NULL), demand), "1 2 3 !!9 $");
        assert_int_equal(skipped, 2);
    }
    weir_drop(build(source("!7"), NULL));
    assert_int_equal(skipped, 0);
    assert_string_equal(trace(weir_skip_errors(source("1 !7 2"), 1, NULL), 1), "1 2 $");
}

/* A source of errors alone spends the budget. */
static weir_poll fail_always(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)out, (void)demand;
    ++*(unsigned *)arg;
    weir_fail(cx, WEIR_E_USER, "always");
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static void test_budget(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    unsigned polls = 0;
    test_cx_init(&test);
    weir_stream *stream =
        weir_skip_errors(weir_poll_fn(&weir_type_i64, fail_always, &polls), UINT64_MAX, &skipped);
    assert_int_equal(trace_poll(&seen, stream, &test, 1).state, WEIR_PENDING);
    assert_true(polls <= WEIR_BUDGET + 1);
    assert_int_equal(skipped, polls);
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_skip_errors(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_count),
                                       cmocka_unit_test(test_budget)};
    return cmocka_run_group_tests_name("skip_errors", tests, NULL, NULL);
}
