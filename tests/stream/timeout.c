/* timeout: an error in each gap that is too long, and what comes late comes all the same. */

#include "stages.h"

/* Items 1, 2 late, 3, 4 late; one error however long the gap; errors of the source end a gap too.
 */
static void once_a_gap(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_timeout(source("1 @200 2 3 @400 4"), 100), 1),
                        "1@0 !TIMEOUT@100 2@200 3@200 !TIMEOUT@300 4@400 $@400");
    assert_string_equal(timeline(weir_timeout(source("@200 1"), 50), 1), "!TIMEOUT@50 1@200 $@200");
    assert_string_equal(timeline(weir_timeout(source("@200 !7 @300 1"), 50), 1),
                        "!TIMEOUT@50 !7@200 !TIMEOUT@250 1@300 $@300");
    assert_string_equal(timeline(weir_timeout(source("@300 1"), 100), 1),
                        "!TIMEOUT@100 1@300 $@300");
}

static void in_time(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_timeout(source("1 @99 2 @198 3"), 100), 1),
                        "1@0 2@99 3@198 $@198");
    assert_string_equal(timeline(weir_timeout(source("1 2 3"), 0), 1), "1@0 2@0 3@0 $@0");
    assert_string_equal(timeline(weir_timeout(source("@9 1 2 3"), 10), 64), "1 2 3@9 $@9");
}

/* As async-std does it. */
static void again_and_again(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_timeout_repeating(source("@350 1"), 100), 1),
                        "!TIMEOUT@100 !TIMEOUT@200 !TIMEOUT@300 1@350 $@350");
    assert_string_equal(trace(weir_timeout_repeating(source("1"), 0), 1), "!!ARGUMENT $");
}

static void a_future_is_given_up(void **state)
{
    (void)state;
    struct script late = {.one = true};
    assert_string_equal(timeline(weir_timeout(script_stream(&late, "@200 1"), 100), 1),
                        "!!TIMEOUT@100 $@100");
    assert_int_equal(late.polls, 2);
}

/* The consumer's own time is not counted, and what is there when it comes back is no gap. */
static void a_slow_consumer(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {.timed = true};
    struct script script = {0};
    test_clock_begin();
    test_cx_init(&test);
    weir_stream *stream = weir_timeout(script_stream(&script, "1 P 2"), 100);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(500);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(599);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(600);
    trace_poll(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "1@0 P P !TIMEOUT@600");
    weir_drop(stream);
    test_cx_fini(&test);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_timeout(source("1 P 2"), 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "1 !!ARGUMENT $");
    assert_string_equal(trace.error.message, "timeout needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_timeout(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once_a_gap),      cmocka_unit_test(in_time),
        cmocka_unit_test(again_and_again), cmocka_unit_test(a_future_is_given_up),
        cmocka_unit_test(a_slow_consumer), cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("timeout", tests, NULL, NULL);
}
