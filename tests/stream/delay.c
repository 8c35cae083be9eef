/* delay: each item so long after it came, and no more of them than there is room for. */

#include "stages.h"

static void each_by_itself(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_delay(source("1 2 @30 3 @250 4"), 100, 9), 1),
                        "1@100 2@100 3@130 4@350 $@350");
    assert_string_equal(timeline(weir_delay(source("1 2 @30 3 @250 4"), 100, 9), 64),
                        "1 2@100 3@130 4@350 $@350");
    assert_string_equal(timeline(weir_delay(source("1 2"), 0, 9), 1), "1@0 2@0 $@0");
    assert_string_equal(timeline(weir_delay(source("@70"), 100, 9), 1), "$@70");
}

/* Held back where it is full. */
static void room_is_bounded(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_delay(source("1 2 3 4 5"), 100, 2), 1),
                        "1@100 2@100 3@200 4@200 5@300 $@300");
    struct script script = {0};
    weir_stream *stream = weir_delay(script_stream(&script, "1 2 3 4 5 6 7 8 9"), 100, 4);
    static struct test_cx test;
    struct trace trace = {0};
    test_cx_init(&test);
    trace_poll(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "P");
    assert_int_equal(script.given, 4);
    check_hint(stream, 4, SIZE_MAX);
    weir_drop(stream);
    test_cx_fini(&test);
}

static uint64_t ns_of(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value;
}
WEIR_KEY_FN(ns_fn, ns_of, struct tracked, uint64_t, OF_TRACKED)

/* In order: who may go sooner waits for those before it. */
static void each_by_its_own_time(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_delay_with(source("50 30 90 @70 10 40"), &ns_fn, NULL, 9), 1),
                        "50@50 30@50 90@90 10@90 40@110 $@110");
}

static void refused(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_delay(source("1"), 1, 0), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weir_delay(source("1"), 1, WEIR_DELAY_MAX + 1), 1), "!!ARGUMENT $");
}

/* An error waits for the items before it; what stands behind it is taken then. */
static void errors_and_marks_in_their_places(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_delay(source("1 !7 2"), 100, 9), 1),
                        "1@100 !7@100 2@200 $@200");
    assert_string_equal(timeline(weir_delay(source("1 !!7"), 100, 9), 1), "1@100 !!7@100 $@100");
    struct script marked = {0};
    assert_string_equal(timeline(weir_delay(script_stream(&marked, "1 | 2 @20 | 3"), 100, 9), 1),
                        "1@100 |@100 2@100 |@100 3@120 $@120");
    assert_int_equal(marked.marks_kept, 2);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_delay(source("1"), 100, 2);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "delay needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_delay(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_by_itself),
                                       cmocka_unit_test(room_is_bounded),
                                       cmocka_unit_test(each_by_its_own_time),
                                       cmocka_unit_test(refused),
                                       cmocka_unit_test(errors_and_marks_in_their_places),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("delay", tests, NULL, NULL);
}
