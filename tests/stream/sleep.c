/* sleep: some time. What it is on a runtime's clock is in tests/task/sleep.c. */

#include "stages.h"

static void test_time(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_sleep(50), 1), "() $@50");
    assert_string_equal(timeline(weir_sleep(0), 1), "() $@0");
    assert_string_equal(trace(weir_sleep(7), 1), "P () $");
    assert_string_equal(trace(weir_sleep(UINT64_MAX), 1), "P STUCK");
}

static void needs_a_runtime(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    test_cx_init(&test);
    test.cx.timers = NULL;
    weir_stream *sleep = weir_sleep(1);
    trace_run(&trace, sleep, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "sleep needs a runtime");
    assert_string_equal(trace.error.cure, "weir_run() or weir_rt_run()");
    weir_drop(sleep);
    test_cx_fini(&test);
}

enum { MANY = 10000, DEADLINES = 1000 };

static uint64_t due_of(int64_t number)
{
    return (uint64_t)number * 2654435761u % DEADLINES + 1;
}

static int64_t number_of(unsigned char unit, void *arg)
{
    (void)unit;
    return (int64_t)(intptr_t)arg;
}
WEIR_MAP_FN(number_fn, number_of, unsigned char, int64_t, .from = &weir_type_unit)

static weir_stream *late_of(int64_t number, void *arg)
{
    (void)arg;
    return weir_map(weir_sleep(due_of(number)), &number_fn, (void *)(intptr_t)number);
}
WEIR_MAP_FN(late_fn, late_of, int64_t, weir_stream *, .to = &weir_type_stream)

/* Equal deadlines in the order in which they were made. */
static void ten_thousand_in_order(void **state)
{
    (void)state;
    weir_stream *sleeps = weir_map(weir_range(0, MANY), &late_fn, NULL);
    weir_stream *all = weir_buffer_unordered(sleeps, &weir_type_i64, MANY);
    static struct test_cx test;
    int64_t before = 0, number = 0;
    unsigned ended = 0;
    test_cx_init(&test);
    for (weir_poll got = {0}; got.state != WEIR_END; ended += got.n) {
        test_cx_turn(&test);
        got = weir_poll_next(all, &test.cx, &number, 1);
        if (got.n && ended)
            assert_true(due_of(number) > due_of(before) ||
                        (due_of(number) == due_of(before) && number > before));
        before = got.n ? number : before;
        assert_true(got.state != WEIR_PENDING || test_cx_woken(&test));
    }
    assert_int_equal(ended, MANY);
    weir_drop(all);
    test_cx_fini(&test);
}

int stage_sleep(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_time),
                                       cmocka_unit_test(ten_thousand_in_order),
                                       cmocka_unit_test(needs_a_runtime)};
    return cmocka_run_group_tests_name("sleep", tests, NULL, NULL);
}
