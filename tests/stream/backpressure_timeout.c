/* backpressure_timeout: the end, where the consumer is too slow; not where the source is. */

#include "stages.h"

static void a_slow_source(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_backpressure_timeout(source("1 @500 2 @1000 3"), 100), 1),
                        "1@0 2@500 3@1000 $@1000");
}

static void a_slow_consumer(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {.timed = true};
    struct script script = {0};
    test_clock_begin();
    test_cx_init(&test);
    weir_stream *stream = weir_backpressure_timeout(script_stream(&script, "1 2 !7 3 4"), 100);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(100);
    trace_poll(&trace, stream, &test, 1);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(300);
    trace_poll(&trace, stream, &test, 1); /* an error is nothing to work on */
    test_clock_to(401);
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "1@0 2@100 !7@100 3@300 !!TIMEOUT@401 $@401");
    assert_int_equal(script.given, 3);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_backpressure_timeout(source("1"), 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "backpressure_timeout needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_backpressure_timeout(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_slow_source),
                                       cmocka_unit_test(a_slow_consumer),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("backpressure_timeout", tests, NULL, NULL);
}
