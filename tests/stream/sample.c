/* sample: the last item of each period. */

#include "stages.h"

/* A period without any gives none; the rest comes at the end. */
static void the_last_of_each_period(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_sample(source("1 2 @50 3 @150 4 @320 5 @450"), 100), 1),
                        "3@100 4@200 5@400 $@450");
    assert_string_equal(timeline(weir_sample(source("1 @150 2 3"), 100), 1), "1@100 3 $@150");
    assert_string_equal(timeline(weir_sample(source("1 @150 !7 2 @160 !!8"), 100), 1),
                        "1@100 !7@150 !!8@160 $@160");
    assert_int_equal(tracked_live, 0);
    assert_string_equal(trace(weir_sample(source("1"), 0), 1), "!!ARGUMENT $");
}

/* Periods keep their beginning where nobody asked for a while, and end though items always come. */
static void late_and_flooded(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {.timed = true, .no_pending = true};
    test_clock_begin();
    test_cx_init(&test);
    weir_stream *stream = weir_sample(weir_repeat(&weir_type_i64, &(int64_t){7}), 100);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(350);
    trace_poll(&trace, stream, &test, 1);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(399);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(400);
    trace_poll(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "7@350 7@400");
    weir_drop(stream);
    test_cx_fini(&test);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_sample(source("1"), 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "sample needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

/* A mark waits for the item that is held, until that is out or another one took its place. */
static void marks(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_sample(source("| 1 | @50 2 | | @250 3 |"), 100), 1),
                        "|@0 |@50 2@100 |@100 |@100 3@250 |@250 $@250");
}

int stage_sample(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks), cmocka_unit_test(the_last_of_each_period),
        cmocka_unit_test(late_and_flooded), cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
