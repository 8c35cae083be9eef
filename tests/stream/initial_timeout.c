/* initial_timeout, completion_timeout: the end, where the first item or the last is late. */

#include "stages.h"

static void the_first_is_late(void **state)
{
    (void)state;
    struct script late = {0};
    assert_string_equal(timeline(weir_initial_timeout(script_stream(&late, "@200 1"), 100), 1),
                        "!!TIMEOUT@100 $@100");
    assert_int_equal(late.finis, 1);
    assert_string_equal(timeline(weir_initial_timeout(source("@99 1 @500 2"), 100), 1),
                        "1@99 2@500 $@500");
    assert_string_equal(timeline(weir_initial_timeout(source("!7 @99 !8 @101 1"), 100), 1),
                        "!7@0 !8@99 !!TIMEOUT@100 $@100");
    assert_string_equal(timeline(weir_initial_timeout(source("@50"), 100), 1), "$@50");
    assert_string_equal(timeline(weir_initial_timeout(source("#"), 0), 1), "!!TIMEOUT@0 $@0");
}

static void the_end_is_late(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_completion_timeout(source("1 @60 2 @99 3"), 100), 1),
                        "1@0 2@60 3@99 $@99");
    assert_string_equal(timeline(weir_completion_timeout(source("1 @60 2 @120 3"), 100), 1),
                        "1@0 2@60 !!TIMEOUT@100 $@100");
}

/* A source that always has more is no reason to go on. */
static void while_items_come(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {.timed = true};
    test_clock_begin();
    test_cx_init(&test);
    weir_stream *stream = weir_completion_timeout(weir_repeat(&weir_type_i64, &(int64_t){7}), 100);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(99);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(100);
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "7@0 7@99 !!TIMEOUT@100 $@100");
    weir_drop(stream);
    test_cx_fini(&test);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_initial_timeout(source("1"), 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "initial_timeout needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_initial_timeout(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_late), cmocka_unit_test(the_end_is_late),
        cmocka_unit_test(while_items_come), cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("initial_timeout", tests, NULL, NULL);
}
