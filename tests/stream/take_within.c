/* take_within: items until the time has passed; then the source is not asked again. */

#include "stages.h"

static void until_then(void **state)
{
    (void)state;
    struct script script = {0};
    assert_string_equal(
        timeline(weir_take_within(script_stream(&script, "1 @60 2 @120 3"), 100), 1),
        "1@0 2@60 $@100");
    assert_int_equal(script.given, 2);
    assert_string_equal(timeline(weir_take_within(source("1 @60 2"), 100), 1), "1@0 2@60 $@60");
    assert_string_equal(timeline(weir_take_within(source("#"), 0), 1), "$@0");
    assert_string_equal(timeline(weir_take_within(source("!7 @120 1"), 100), 1), "!7@0 $@100");
}

static void while_items_come(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {.timed = true};
    test_clock_begin();
    test_cx_init(&test);
    weir_stream *stream = weir_take_within(weir_repeat(&weir_type_i64, &(int64_t){7}), 100);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(100);
    trace_poll(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "7@0 $@100");
    weir_drop(stream);
    test_cx_fini(&test);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_take_within(source("1"), 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "take_within needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_take_within(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(until_then),
                                       cmocka_unit_test(while_items_come),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("take_within", tests, NULL, NULL);
}
