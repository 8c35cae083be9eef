/* timestamp, elapsed: each item with its time. */

#include "stages.h"

static void when_it_came(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_timestamp(source("1 @60 2 3 !7 @70 4")), 1),
                        "0:1@0 60:2@60 60:3@60 !7@60 70:4@70 $@70");
    assert_string_equal(timeline(weir_timestamp(source("1 @60 2 3")), 64),
                        "0:1@0 60:2 60:3@60 $@60");
}

static void how_long_after(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_elapsed(source("@20 1 @60 2 3 !7 @70 4")), 1),
                        "20:1@20 40:2@60 0:3@60 !7@60 10:4@70 $@70");
    assert_string_equal(timeline(weir_elapsed(source("@20 1 2")), 64), "20:1 0:2@20 $@20");
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_timestamp(source("1"));
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "timestamp needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_timestamp(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(when_it_came),
                                       cmocka_unit_test(how_long_after),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
