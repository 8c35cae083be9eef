/* sample_first: an item, and then nothing for a while. */

#include "stages.h"

static void the_first_of_each(void **state)
{
    (void)state;
    assert_string_equal(
        timeline(weir_sample_first(source("1 2 @50 3 @100 4 @150 5 @201 6"), 100), 1),
        "1@0 4@100 6@201 $@201");
    assert_string_equal(timeline(weir_sample_first(source("1 !7 2 3"), 100), 1), "1@0 !7@0 $@0");
    assert_string_equal(timeline(weir_sample_first(source("1 2"), 0), 1), "1@0 2@0 $@0");
    assert_int_equal(tracked_live, 0);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_sample_first(source("1"), 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "sample_first needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_sample_first(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_of_each),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("sample_first", tests, NULL, NULL);
}
