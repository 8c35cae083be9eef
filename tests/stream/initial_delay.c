/* initial_delay: the source is not asked before the time has passed. */

#include "stages.h"

static void later(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {.timed = true};
    struct script script = {0};
    test_clock_begin();
    test_cx_init(&test);
    weir_stream *stream = weir_initial_delay(script_stream(&script, "1 2 P 3"), 100);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(99);
    trace_poll(&trace, stream, &test, 1);
    assert_int_equal(script.polls, 0);
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "P P P 1@100 2@100 P 3@100 $@100");
    weir_drop(stream);
    test_cx_fini(&test);
}

static void the_rest_as_it_comes(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_initial_delay(source("1 2 @150 3"), 100), 64),
                        "1 2@100 3@150 $@150");
    assert_string_equal(timeline(weir_initial_delay(source("1"), 0), 1), "1@0 $@0");
    assert_string_equal(timeline(weir_initial_delay(source("!!7"), 100), 1), "!!7@100 $@100");
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_initial_delay(source("1"), 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "initial_delay needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_initial_delay(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(later),
                                       cmocka_unit_test(the_rest_as_it_comes),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("initial_delay", tests, NULL, NULL);
}
