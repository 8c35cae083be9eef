/* chunks_timeout, chunks_weighted: cut by number, by weight or by time. */

#include "stages.h"

static uint64_t weight_of(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value;
}
WEIR_KEY_FN(weight_fn, weight_of, struct tracked, uint64_t, OF_TRACKED)

static weir_stream *weighed(const char *text, size_t n, uint64_t most)
{
    return weir_chunks_weighted(source(text), n, most, &weight_fn, NULL, 100);
}

/* Never empty; the time begins with the first item of each; the rest at the end. */
static void full_or_late(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_chunks_timeout(source("1 @200 2 3 4"), 3, 100), 1),
                        "[1]@100 [2 3 4]@200 $@200");
    assert_string_equal(timeline(weir_chunks_timeout(source("1 2 3 @300 4"), 4, 200), 1),
                        "[1 2 3]@200 [4] $@300");
    assert_string_equal(timeline(weir_chunks_timeout(source("1 @50 2 @120 3"), 9, 100), 1),
                        "[1 2]@100 [3] $@120");
    assert_string_equal(timeline(weir_chunks_timeout(source("@500 1 @550 2 @900"), 9, 100), 1),
                        "[1 2]@600 $@900");
    assert_string_equal(timeline(weir_chunks_timeout(source("1 2 3 4 5"), 2, 100), 64),
                        "[1 2]@0 [3 4]@0 [5] $@0");
    assert_string_equal(timeline(weir_chunks_timeout(source("@500"), 2, 100), 1), "$@500");
    assert_string_equal(timeline(weir_chunks_timeout(source("1 @500 2"), 2, UINT64_MAX), 1),
                        "[1 2]@500 $@500");
}

/* An error cuts; marks wait for the chunk that has the item before them. */
static void errors_and_marks(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_chunks_timeout(source("1 !7 2 @300"), 9, 100), 1),
                        "[1]@0 !7@0 [2]@100 $@300");
    assert_string_equal(timeline(weir_chunks_timeout(source("1 !!7"), 9, 100), 1),
                        "[1]@0 !!7@0 $@0");
    struct script marked = {0};
    assert_string_equal(
        timeline(weir_chunks_timeout(script_stream(&marked, "| 1 | 2 | 3 @300 4 |"), 9, 100), 1),
        "|@0 [1 2 3]@100 |@100 |@100 [4]@300 |@300 $@300");
    assert_int_equal(marked.marks_kept, 4);
}

/* What would be too much begins the next; what is too much alone is alone. */
static void heavy_enough(void **state)
{
    (void)state;
    assert_string_equal(timeline(weighed("1 2 3 4 5 6", 9, 6), 1),
                        "[1 2 3]@0 [4]@0 [5]@0 [6]@0 $@0");
    assert_string_equal(timeline(weighed("9 1 9 1 1", 9, 6), 1), "[9]@0 [1]@0 [9]@0 [1 1] $@0");
    assert_string_equal(timeline(weighed("0 0 0 0 0", 2, 6), 1), "[0 0]@0 [0 0]@0 [0] $@0");
    assert_string_equal(timeline(weighed("1 2 @150 3 @200 4", 9, 6), 1),
                        "[1 2]@100 [3]@200 [4] $@200");
    assert_string_equal(timeline(weighed("5 5 @300 1 !7 5", 9, 6), 1),
                        "[5]@0 [5]@100 [1]@300 !7@300 [5] $@300");
    assert_int_equal(tracked_live, 0);
}

static int64_t takes_time(int64_t item, void *arg)
{
    (void)arg;
    test_clock_to(test_clock_ns() + 1);
    return item;
}
WEIR_MAP_FN(takes_time_fn, takes_time, int64_t, int64_t)

/* A source that never waits does not keep the time from passing. */
static void of_a_source_that_never_waits(void **state)
{
    (void)state;
    static struct test_cx test;
    enum { ITEMS = 100000, NS = 100 };
    weir_vec chunk = {0};
    test_clock_begin();
    test_cx_init(&test);
    weir_stream *stream = weir_chunks_timeout(weir_map(weir_range(0, ITEMS), &takes_time_fn, NULL),
                                              (size_t)2 * ITEMS, NS);
    for (weir_poll got = {0}; !got.n;) {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, &chunk, 1);
        assert_int_equal(got.state, WEIR_READY);
    }
    assert_true(chunk.n > 0 && chunk.n < ITEMS / 2);
    weir_vec_drop(&chunk);
    weir_drop(stream);
    test_cx_fini(&test);
}

static void dropped_with_one_that_waits(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    test_cx_init(&test);
    weir_stream *stream = weighed("5 5 5", 9, 6);
    trace_poll(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "[5]");
    assert_int_equal(tracked_live, 1);
    weir_drop(stream);
    assert_int_equal(tracked_live, 0);
    test_cx_fini(&test);
}

static void refused(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_chunks_timeout(source("1"), 0, 9), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weighed("1", 0, 9), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weighed("1", 9, 0), 1), "!!ARGUMENT $");
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_chunks_timeout(source("1"), 2, 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "chunks_timeout needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_chunks_timeout(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(full_or_late),
                                       cmocka_unit_test(errors_and_marks),
                                       cmocka_unit_test(heavy_enough),
                                       cmocka_unit_test(of_a_source_that_never_waits),
                                       cmocka_unit_test(dropped_with_one_that_waits),
                                       cmocka_unit_test(refused),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("chunks_timeout", tests, NULL, NULL);
}
