/* drop_within: without what comes before the time has passed. */

#include "stages.h"

static void from_then_on(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_drop_within(source("1 @60 2 @100 3 @120 4"), 100), 1),
                        "3@100 4@120 $@120");
    assert_string_equal(timeline(weir_drop_within(source("1 !7 2 @60"), 100), 1), "!7@0 $@60");
    assert_string_equal(timeline(weir_drop_within(source("1 2"), 0), 64), "1 2@0 $@0");
    assert_string_equal(timeline(weir_drop_within(source("1 @300 2"), 100), 1), "2@300 $@300");
    assert_int_equal(tracked_live, 0);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_drop_within(source("1"), 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "drop_within needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_drop_within(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(from_then_on), cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("drop_within", tests, NULL, NULL);
}
