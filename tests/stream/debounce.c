/* debounce: the latest item once it is quiet; the last one at the end. */

#include "stages.h"

/* 1 and 2, half the time apart, and the end: 2 at the end, 1 never. */
static void when_it_is_quiet(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_debounce(source("1 @50 2"), 100), 1), "2 $@50");
    assert_string_equal(timeline(weir_debounce(source("1 @50 2 @250 3 @300 4 @500"), 100), 1),
                        "2@150 4@400 $@500");
    assert_string_equal(timeline(weir_debounce(source("1 2 3"), 100), 64), "3 $@0");
    assert_string_equal(timeline(weir_debounce(source("@9 $"), 100), 1), "$@9");
    assert_int_equal(tracked_live, 0);
}

/* An error is no item: it does not begin the time anew. */
static void errors_pass_at_once(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_debounce(source("1 @50 !7 @200"), 100), 1),
                        "!7@50 1@100 $@200");
    assert_string_equal(timeline(weir_debounce(source("1 @50 !!7"), 100), 1), "!!7@50 $@50");
    assert_int_equal(tracked_live, 0);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_debounce(source("1"), 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "debounce needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

/* A mark waits for the item that is held, until that is out or another one took its place. */
static void marks(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_debounce(source("| 1 | @50 2 | | @250 3 |"), 100), 1),
                        "|@0 |@50 2@150 |@150 |@150 3@250 |@250 $@250");
}

int stage_debounce(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(marks), cmocka_unit_test(when_it_is_quiet),
                                       cmocka_unit_test(errors_pass_at_once),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("debounce", tests, NULL, NULL);
}
