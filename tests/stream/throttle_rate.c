/* throttle_rate: a bucket of tokens, which shapes what comes, or ends it. */

#include "stages.h"

static uint64_t bytes_of(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value;
}
WEIR_KEY_FN(bytes_fn, bytes_of, struct tracked, uint64_t, OF_TRACKED)

enum { MS = 1000000 };
#define A_KIB "1024 "

static const weir_rate four_kib = {.n = 4096, .per_ns = 1000 * MS, .burst = 4096};

static weir_stream *shaped(const char *text, uint64_t burst)
{
    return weir_throttle_rate(source(text), &(weir_rate){1, 100, burst, false}, NULL, NULL);
}

static weir_stream *enforced(const char *text, uint64_t burst)
{
    return weir_throttle_rate(source(text), &(weir_rate){1, 100, burst, true}, NULL, NULL);
}

/* 4 KiB at once, then a KiB every 250 ms. */
static void bytes_a_second(void **state)
{
    (void)state;
    assert_string_equal(
        timeline(weir_throttle_rate(source(A_KIB A_KIB A_KIB A_KIB A_KIB A_KIB A_KIB), &four_kib,
                                    &bytes_fn, NULL),
                 1),
        "1024@0 1024@0 1024@0 1024@0 1024@250000000 1024@500000000 1024@750000000 $@750000000");
}

/* What is not used is kept, up to the burst. */
static void items(void **state)
{
    (void)state;
    assert_string_equal(timeline(shaped("1 2 3 4 5", 2), 1), "1@0 2@0 3@100 4@200 5@300 $@400");
    assert_string_equal(timeline(shaped("1 2 3 @1000 4 5 6", 2), 1),
                        "1@0 2@0 3@100 4@1000 5@1000 6@1100 $@1200");
    assert_string_equal(timeline(shaped("1 @50 2 @120 3 4", 1), 1), "1@0 2@100 3@200 4@300 $@400");
}

static void nothing_is_lost_by_division(void **state)
{
    (void)state;
    const weir_rate thirds = {.n = 3, .per_ns = 100, .burst = 1};
    assert_string_equal(
        timeline(weir_throttle_rate(source("1 2 3 4 5 6 7"), &thirds, NULL, NULL), 1),
        "1@0 2@32 3@66 4@99 5@132 6@166 7@199 $@232");
}

/* It waits as long as if the bucket held it. */
static void more_than_the_bucket_holds(void **state)
{
    (void)state;
    const weir_rate rate = {.n = 1, .per_ns = 10, .burst = 5};
    assert_string_equal(timeline(weir_throttle_rate(source("20 1 1"), &rate, &bytes_fn, NULL), 1),
                        "20@150 1@160 1@170 $@170");
    assert_string_equal(
        timeline(weir_throttle_rate(source("0 0 5 0 1"), &rate, &bytes_fn, NULL), 1),
        "0@0 0@0 5@0 0@0 1@10 $@10");
}

static void enforcing(void **state)
{
    (void)state;
    assert_string_equal(timeline(enforced("1 2 @100 3 4", 2), 1),
                        "1@0 2@0 3@100 !!LIMIT@100 $@100");
    assert_int_equal(tracked_live, 0);
    assert_string_equal(
        timeline(
            weir_throttle_rate(source("3 2 1"), &(weir_rate){1, 100, 5, true}, &bytes_fn, NULL), 1),
        "3@0 2@0 !!LIMIT@0 $@0");
}

/* A bucket that is full again past the end of time is empty until then. */
static void never_again(void **state)
{
    (void)state;
    const weir_rate once = {1, UINT64_MAX, 1, true}, all = {1, 1, UINT64_MAX, true};
    assert_string_equal(timeline(weir_throttle_rate(source("1 2"), &once, NULL, NULL), 1),
                        "1@0 !!LIMIT@0 $@0");
    assert_string_equal(timeline(weir_throttle_rate(source("-1 1 1"), &all, &bytes_fn, NULL), 1),
                        "-1@0 !!LIMIT@0 $@0");
}

static void refused(void **state)
{
    (void)state;
    static const weir_rate wrong[] = {
        {0, 1, 1, false}, {1, 0, 1, false}, {1, 1, 0, false}, {UINT64_MAX, 2, 1, false}};
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(trace(weir_throttle_rate(source("1"), &wrong[i], NULL, NULL), 1),
                            "!!ARGUMENT $");
}

/* Without a cost it holds nothing: its source is asked when the item may come. */
static void asked_when_it_may_come(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    struct script script = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_throttle_rate(script_stream(&script, "1 2"),
                                             &(weir_rate){1, 100, 1, false}, NULL, NULL);
    trace_poll(&trace, stream, &test, 1);
    trace_poll(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "1 P");
    assert_int_equal(script.polls, 1);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* A mark of what has passed does not wait for the next token; nor do an error and the end. Then the
 * source is asked before the item may come, and the item waits. */
static void marks_pass_at_once(void **state)
{
    (void)state;
    struct script marked = {0};
    weir_stream *source = script_stream(&marked, "1 2 | @20 | 3 | !7 4 |");
    assert_string_equal(
        timeline(weir_throttle_rate(source, &(weir_rate){1, 100, 2, false}, NULL, NULL), 1),
        "1@0 2@0 |@0 |@20 3@100 |@100 !7@100 4@200 |@200 $@200");
    assert_int_equal(marked.marks_kept, 4);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = shaped("1", 1);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "throttle_rate needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_throttle_rate(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bytes_a_second),
                                       cmocka_unit_test(items),
                                       cmocka_unit_test(nothing_is_lost_by_division),
                                       cmocka_unit_test(more_than_the_bucket_holds),
                                       cmocka_unit_test(enforcing),
                                       cmocka_unit_test(never_again),
                                       cmocka_unit_test(refused),
                                       cmocka_unit_test(asked_when_it_may_come),
                                       cmocka_unit_test(marks_pass_at_once),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("throttle_rate", tests, NULL, NULL);
}
