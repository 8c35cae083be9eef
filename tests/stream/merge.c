/* merge: n streams in rotation; only those that were woken are polled. */

#include "stages.h"

static weir_stream *ranges(size_t n, int64_t length)
{
    weir_stream *inputs[16];
    for (size_t i = 0; i < n; i++)
        inputs[i] = weir_range((int64_t)i * 10, (int64_t)i * 10 + length - (int64_t)(i % 2));
    return weir_merge(inputs, n);
}

static void test_rotation(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand++) {
        assert_string_equal(trace(ranges(3, 3), demand), "0 10 20 1 11 21 2 22 $");
        assert_string_equal(trace(ranges(1, 3), demand), "0 1 2 $");
    }
    weir_stream *stream = ranges(3, 3);
    check_hint(stream, 8, 8);
    weir_drop(stream);
}

/* Of many that wait, only the one that was woken is polled. */
static void test_woken(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    static struct script scripts[MANY];
    weir_stream *inputs[MANY];
    struct test_cx test;
    struct trace seen = {0};
    for (int i = 0; i < MANY; i++) {
        scripts[i] = (struct script){0};
        inputs[i] = script_stream(&scripts[i], i == 777 ? "P 5 P~" : "P~");
    }
    test_cx_init(&test);
    weir_stream *stream = weir_merge(inputs, MANY);
    unsigned turns = 0;
    do { /* each once, a budget's worth of them in each turn */
        trace_poll(&seen, stream, &test, 1);
        turns++;
    } while (test.waker->wakes);
    assert_in_range(turns, MANY / WEIR_BUDGET, MANY / WEIR_BUDGET + 2);
    seen = (struct trace){0};
    assert_true(script_wake(&scripts[777]));
    assert_int_equal(test.waker->wakes, 1);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "5");
    for (int i = 0; i < MANY; i++)
        assert_int_equal(scripts[i].polls, i == 777 ? 2 : 1);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

static void test_errors(void **state)
{
    (void)state;
    weir_stream *three[] = {source("1 2"), source("!7 3"), source("4 !!8 #")};
    assert_string_equal(trace(weir_merge(three, 3), 1), "1 !7 4 2 3 !8 $");
    weir_stream *again[] = {source("1 2"), source("!7 3"), source("4 !!8 #")};
    assert_string_equal(trace(weir_merge(again, 3), 3), "1 !7 4 2 3 !8 $");
    assert_int_equal(tracked_live, 0);
}

static void test_refused(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_merge(NULL, 0), 1), "!!ARGUMENT $");
    weir_stream *two[] = {source("1"), weir_range(0, 1)};
    assert_string_equal(trace(weir_merge(two, 2), 1), "!!TYPE $");
    weir_stream *failed[] = {source("1"), weir_chunks(weir_range(0, 1), 0), source("2")};
    assert_string_equal(trace(weir_merge(failed, 3), 1), "!!ARGUMENT $");
    assert_int_equal(tracked_live, 0);
}

int stage_merge(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rotation),
                                       cmocka_unit_test(test_woken), cmocka_unit_test(test_errors),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
