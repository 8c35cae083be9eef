/* merge: n streams in rotation; only those that were woken are polled. */

#include "core/in_flight.h"
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

/* Polled once; then the consumer is busy, while all that can happen does. */
static void be_busy_after_one(weir_stream *stream, struct trace *seen)
{
    struct test_cx test;
    weir_in_flight_list list = {0};
    test_cx_init(&test);
    weir_in_flight_turn(&test.cx, &list);
    trace_poll(seen, stream, &test, 1);
    for (int turns = 0; turns < 5; turns++) {
        doubles_wake_all();
        test_cx_turn(&test);
        weir_in_flight_turn(&test.cx, &list);
        weir_in_flight_progress(&test.cx);
    }
    trace_run(seen, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

/* The third gave what was asked for. The first two owe an item each; no more is taken. */
static void test_between_polls(void **state)
{
    (void)state;
    struct trace seen = {0};
    struct script scripts[4] = {{0}};
    static const char *const texts[] = {"P 2 3", "P !7 5", "1 4", "6"};
    weir_stream *inputs[4];
    for (int i = 0; i < 4; i++)
        inputs[i] = script_stream(&scripts[i], texts[i]);
    weir_stream *stream = weir_merge(inputs, 4);
    be_busy_after_one(stream, &seen);
    assert_string_equal(seen.text, "1 2 !7 6 4 3 5 $");
    assert_int_equal(seen.pendings, 0);
}

static void test_claims_between_polls(void **state)
{
    (void)state;
    struct trace seen = {0};
    struct script script = {0}, other = {0};
    weir_stream *owned = script_stream(&script, "P 2 P 3");
    weir_stream *inputs[] = {weir_take(weir_by_ref(owned), 2), script_stream(&other, "1")};
    struct test_cx test;
    weir_in_flight_list list = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_merge(inputs, 2);
    weir_in_flight_turn(&test.cx, &list);
    trace_poll(&seen, stream, &test, 1);
    assert_true(script_wake(&script));
    weir_in_flight_turn(&test.cx, &list);
    weir_in_flight_progress(&test.cx);
    assert_int_equal(script.given, 0); /* it would be lost to its owner when this is dropped */
    weir_drop(stream);
    trace_run(&seen, owned, &test, 1);
    assert_string_equal(seen.text, "1 2 P 3 $");
    weir_drop(owned);
    test_cx_fini(&test);
}

static weir_stream *lines_of(const char *text)
{
    weir_reader *reader = one_byte_reader(text, strlen(text), true);
    return weir_lines(reader, 100);
}

/* A line that was given must stay where it is until the next poll: none is read meanwhile. */
static void test_lent_between_polls(void **state)
{
    (void)state;
    struct test_cx test;
    weir_in_flight_list list = {0};
    weir_line line = {0};
    test_cx_init(&test);
    weir_stream *inputs[] = {lines_of("one\ntwo\n"), lines_of("longer\n")};
    weir_stream *stream = weir_merge(inputs, 2);
    weir_poll got;
    do {
        test_cx_turn(&test);
        weir_in_flight_turn(&test.cx, &list);
        got = weir_poll_next(stream, &test.cx, &line, 1);
    } while (!got.n);
    weir_in_flight_turn(&test.cx, &list);
    weir_in_flight_progress(&test.cx);
    assert_null(list.first);
    assert_memory_equal(line.data, "one", 3);
    weir_drop(stream);
    test_cx_fini(&test);
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

/* B29: of two that wait, one ends: it wakes the task once, which goes on to wait; the other
 * delivers; the end of both is the end. */
static void test_b29_one_of_two_ends(void **state)
{
    (void)state;
    struct script a = {0}, b = {0};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *inputs[] = {script_stream(&a, "P $"), script_stream(&b, "P 5 P $")};
    weir_stream *stream = weir_merge(inputs, 2);
    trace_poll(&seen, stream, &test, 1); /* each was polled once: it yields */
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(test.waker->wakes, 0);
    script_wake(&a);
    assert_int_equal(test.waker->wakes, 1);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "P P P");
    script_wake(&b);
    trace_poll(&seen, stream, &test, 1);
    trace_poll(&seen, stream, &test, 1);
    script_wake(&b);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "P P P 5 P $");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_merge(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rotation),
                                       cmocka_unit_test(test_woken),
                                       cmocka_unit_test(test_errors),
                                       cmocka_unit_test(test_between_polls),
                                       cmocka_unit_test(test_claims_between_polls),
                                       cmocka_unit_test(test_lent_between_polls),
                                       cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_b29_one_of_two_ends)};
    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
