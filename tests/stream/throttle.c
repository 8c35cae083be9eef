/* throttle: a gap between items, in which the source is not asked. */

#include "stages.h"

/* The first at once; what is no item begins no gap; of 0, the source itself. */
static void one_a_gap(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_throttle(source("1 2 3"), 100), 1), "1@0 2@100 3@200 $@300");
    assert_string_equal(timeline(weir_throttle(source("1 2 3"), 100), 64), "1@0 2@100 3@200 $@300");
    assert_string_equal(timeline(weir_throttle(source("1 @150 2 @190 3 4"), 100), 1),
                        "1@0 2@150 3@250 4@350 $@450");
    assert_string_equal(timeline(weir_throttle(source("1 !7 2"), 100), 1),
                        "1@0 !7@100 2@100 $@200");
    weir_stream *same = source("1");
    weir_stream *throttled = weir_throttle(same, 0);
    assert_ptr_equal(throttled, same);
    weir_drop(throttled);
}

/* The first n answers; then it is dropped. */
static const char *first_of(weir_stream *stream, unsigned n)
{
    static struct test_cx test;
    static struct trace trace;
    trace = (struct trace){0};
    test_clock_begin();
    test_cx_init(&test);
    while (n--)
        trace_poll(&trace, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    return trace.text;
}

static void not_asked_in_the_gap(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    struct script script = {0};
    test_clock_begin();
    test_cx_init(&test);
    weir_stream *stream = weir_throttle(script_stream(&script, "1 2"), 100);
    trace_poll(&trace, stream, &test, 1);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(90);
    assert_int_equal(test.waker->wakes, 0);
    trace_poll(&trace, stream, &test, 1);
    assert_int_equal(script.polls, 1);
    test_clock_to(101);
    assert_int_equal(test.waker->wakes, 1);
    trace_poll(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "1 P P 2");
    weir_drop(stream);
    test_cx_fini(&test);
}

/* A mark of what has passed does not wait for the end of the gap; nor do an error and the end. Then
 * the source is asked in the gap, and an item that came waits. */
static void marks_pass_at_once(void **state)
{
    (void)state;
    struct script marked = {0};
    assert_string_equal(
        timeline(weir_throttle(script_stream(&marked, "1 | @20 | 2 | !7 3 |"), 100), 1),
        "1@0 |@0 |@20 2@100 |@100 !7@100 3@200 |@200 $@200");
    assert_int_equal(marked.marks_kept, 4);
    struct script dropped = {.type = &tracked_type};
    assert_string_equal(first_of(weir_throttle(script_stream(&dropped, "1 | 2 |"), 100), 3),
                        "1 | P");
    assert_int_equal(tracked_live, 0);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_throttle(source("1"), 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "throttle needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_throttle(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_a_gap), cmocka_unit_test(not_asked_in_the_gap),
        cmocka_unit_test(marks_pass_at_once), cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
