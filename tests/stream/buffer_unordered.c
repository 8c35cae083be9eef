/* buffer_unordered: up to `limit` futures at once, results as they come. */

#include "futures.h"

static weir_stream *build(const char *source_text, const char *const *texts, size_t limit)
{
    return weir_buffer_unordered(futures_stream(source_text, texts), &tracked_type, limit);
}

static void test_order(void **state)
{
    (void)state;
    static const char *const texts[] = {"P P 10", "11", "P 12", "!5", "P !!6", ""};
    assert_string_equal(trace_items(build("0 1 2", texts, 2), 1), "11 12 10 $");
    assert_string_equal(trace_items(build("0 1 2", texts, 1), 1), "10 11 12 $");
    assert_string_equal(trace_items(build("0 3 5 1", texts, 4), 1), "!5 11 10 $");
    assert_string_equal(trace_items(build("4 1", texts, 4), 64), "11 !6 $");
    assert_string_equal(trace_items(build("1 3 0", texts, 4), 64), "11 !5 10 $");
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

static void test_limit(void **state)
{
    (void)state;
    static const char *const texts[] = {"P 0", "P 1", "P 2", "P 3", "P 4",
                                        "P 5", "P 6", "P 7", "P 8"};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build("0 1 2 3 4 5 6 7 8", texts, 4);
    trace_poll(&seen, stream, &test, 1);
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(futures_source.given, 4);
    assert_true(script_wake(&futures[3]));
    assert_true(script_wake(&futures[1]));
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(futures_source.given, 4);
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(futures_source.given, 5); /* one place was free when it was polled */
    assert_string_equal(seen.text, "P P 3 1");
    assert_int_equal(futures[0].polls, 1);
    weir_drop(stream);
    for (int i = 0; i < 5; i++)
        assert_int_equal(futures[i].finis, 1);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

/* No memory for a future: those that run go on, and nothing is taken that cannot be run. */
static void test_memory(void **state)
{
    (void)state;
    static const char *const texts[] = {"10", "P 11", "12"};
    for (unsigned long call = 1; call < 12; call++) {
        struct test_cx test;
        struct trace seen = {.no_pending = true};
        memory_begin(call, true);
        test_cx_init(&test);
        weir_stream *stream = build("0 1 2", texts, 2);
        trace_run(&seen, stream, &test, 1);
        weir_drop(stream);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
        assert_int_equal(tracked_live, 0);
        assert_true(seen.errors >= 1 || seen.items == 3);
    }
}

static weir_stream *never(int64_t x, void *arg)
{
    (void)x;
    (void)arg;
    return weir_pending(&weir_type_i64);
}
WEIR_MAP_FN(never_fn, never, int64_t, weir_stream *, .to = &weir_type_stream)

/* A large limit is filled turn by turn: others have theirs in between. */
static void test_budget(void **state)
{
    (void)state;
    struct test_cx test;
    int64_t out;
    test_cx_init(&test);
    weir_stream *source = weir_range(0, 1000);
    weir_stream *stream =
        weir_buffer_unordered(weir_map(source, &never_fn, NULL), &weir_type_i64, 1000000);
    assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).state, WEIR_PENDING);
    assert_true(weir_stage_n(&source->stage) <= WEIR_BUDGET + 1); /* the first is free */
    assert_true(test_cx_woken(&test));
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).state, WEIR_PENDING);
    assert_true(weir_stage_n(&source->stage) > WEIR_BUDGET + 1 &&
                weir_stage_n(&source->stage) <= 2 * (WEIR_BUDGET + 1));
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_buffer_unordered(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_limit),
                                       cmocka_unit_test(test_memory),
                                       cmocka_unit_test(test_budget)};
    return cmocka_run_group_tests_name("buffer_unordered", tests, NULL, NULL);
}
