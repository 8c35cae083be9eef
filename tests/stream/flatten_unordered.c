/* flatten_unordered, flat_map_unordered: inner streams at once, up to a limit. */

#include <pthread.h>

#include "core/in_flight.h"
#include "stages.h"

enum { INNER_MAX = 8 };
static struct script inner[INNER_MAX];
static struct script outer;
static const char *const *texts;

static void make(void *out, int64_t value, void *arg)
{
    (void)arg;
    assert_true(value < INNER_MAX);
    inner[value] = (struct script){.type = &tracked_type};
    weir_stream *stream = script_stream(&inner[value], texts[value]);
    memcpy(out, &stream, sizeof stream);
}

static weir_stream *build(const char *source_text, const char *const *inner_texts, size_t limit)
{
    texts = inner_texts;
    outer = (struct script){.type = &weir_type_stream, .make = make};
    return weir_flatten_unordered(script_stream(&outer, source_text), &tracked_type, limit);
}

static void over(void)
{
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

static weir_stream *range_of(int64_t from, void *arg)
{
    (void)arg;
    return weir_range(from, from == 0 ? 5 : from == 6 ? 11 : 13);
}
WEIR_THEN_FN(range_fn, range_of, int64_t, int64_t)

/* All that are ready give in turn, and as much as each other. */
static void test_round_robin(void **state)
{
    (void)state;
    static const int64_t begins[] = {0, 6, 10};
    for (size_t demand = 1; demand <= 64; demand++)
        assert_string_equal(
            trace_items(
                weir_flat_map_unordered(weir_iter(&weir_type_i64, begins, 3), &range_fn, NULL, 3),
                demand),
            "0 6 10 1 7 11 2 8 12 3 9 4 10 $");
}

/* A limit of one is flatten: the second is not taken before the first has ended. */
static void test_limit_of_one(void **state)
{
    (void)state;
    static const char *const two[] = {"1 2", "3"};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build("0 1", two, 1);
    for (int i = 0; i < 3; i++) {
        trace_poll(&seen, stream, &test, 1);
        assert_int_equal(outer.given, 1);
    }
    trace_run(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "1 2 P 3 P $");
    weir_drop(stream);
    test_cx_fini(&test);
    over();
}

/* The source is not polled while as many as the limit are open; one that ends frees a place. */
static void test_limit(void **state)
{
    (void)state;
    static const char *const four[] = {"P 1", "P 2 P 3", "P 4", "5"};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build("0 1 2 3", four, 2);
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(outer.polls, 2);
    assert_true(script_wake(&inner[1]));
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "P 2");
    assert_int_equal(outer.polls, 2);
    assert_true(script_wake(&inner[0]));
    while (!inner[0].finis)
        trace_poll(&seen, stream, &test, 1);
    assert_int_equal(outer.polls, 2);
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(outer.given, 3);
    seen.no_pending = true;
    trace_run(&seen, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    over();
}

static void test_no_limit(void **state)
{
    (void)state;
    static const char *const all[] = {"P 1", "P 2", "P 3", "P 4", "P 5", "P 6", "P 7", "P 8"};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build("0 1 2 3 4 5 6 7 P~", all, WEIR_NO_LIMIT);
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(outer.given, 8);
    assert_int_equal(weir_memory_max(stream), SIZE_MAX);
    weir_drop(stream);
    test_cx_fini(&test);
    over();
}

/* An error of the source overtakes; one of an inner stream has its place; fatal to one is not
 * fatal to others. */
static void test_errors(void **state)
{
    (void)state;
    static const char *const some[] = {"1 !5 2", "3 !!6 4", "7"};
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        assert_string_equal(trace_items(build("0 1", some, 4), demand), "1 3 !5 !6 2 $");
        assert_string_equal(trace_items(build("0 !9 2", some, 4), demand), "!9 1 7 !5 2 $");
        assert_string_equal(trace_items(build("0 !!9 2", some, 4), demand), "!9 1 !5 2 $");
        assert_string_equal(trace_items(build("!!9 2", some, 4), demand), "!!9 $");
    }
    over();
}

/* Only those that were woken are polled: the source, or an inner stream. */
static void test_woken(void **state)
{
    (void)state;
    static const char *const some[] = {"P 1 P~", "P 2 P~", "3 P~"};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build("0 1 P 2 P~", some, 4);
    do {
        trace_poll(&seen, stream, &test, 1);
    } while (test.waker->wakes);
    assert_int_equal(outer.polls, 3);
    seen = (struct trace){0};
    assert_true(script_wake(&inner[1]));
    trace_poll(&seen, stream, &test, 1);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "2 P");
    assert_int_equal(outer.polls, 3);
    assert_int_equal(inner[0].polls, 1);
    assert_int_equal(inner[1].polls, 3);
    assert_true(script_wake(&outer));
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "2 P 3");
    assert_int_equal(inner[0].polls, 1);
    assert_int_equal(inner[1].polls, 3);
    weir_drop(stream);
    test_cx_fini(&test);
    over();
}

/* A poll that nobody's wake was meant for polls nobody, and the next wake finds the new waker. */
static void test_polled_for_nothing(void **state)
{
    (void)state;
    static const char *const one[] = {"P 1 P~"};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build("0 P~", one, 2);
    for (int i = 0; i < 4; i++)
        trace_poll(&seen, stream, &test, 1);
    assert_int_equal(test.waker->wakes, 0);
    assert_int_equal(inner[0].polls, 1);
    assert_true(script_wake(&inner[0]));
    assert_int_equal(test.waker->wakes, 1);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "P P P P 1");
    weir_drop(stream);
    test_cx_fini(&test);
    over();
}

/* A source that woke itself is asked in the next turn, and that turn comes. */
static void test_source_that_wakes_itself(void **state)
{
    (void)state;
    static const char *const one[] = {"1"};
    assert_string_equal(trace(build("P* P* 0", one, 2), 1), "P P 1 $");
    over();
}

static void *wake_both(void *arg)
{
    (void)arg;
    weir_waker_slot_wake(&inner[0].slot);
    weir_waker_slot_wake(&outer.slot);
    return NULL;
}

static void test_woken_by_another_thread(void **state)
{
    (void)state;
    static const char *const two[] = {"P 1", "2"};
    struct test_cx test;
    struct trace seen = {0};
    pthread_t thread;
    test_cx_init(&test);
    weir_stream *stream = build("0 P 1", two, 2);
    do {
        trace_poll(&seen, stream, &test, 1);
    } while (test.waker->wakes);
    assert_int_equal(pthread_create(&thread, NULL, wake_both, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(test.waker->wakes >= 1);
    seen = (struct trace){.no_pending = true};
    trace_run(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "2 1 $"); /* the source is asked first */
    weir_drop(stream);
    test_cx_fini(&test);
    over();
}

/* Inner streams go on while the consumer is busy; nothing is taken from the source. */
static void test_between_polls(void **state)
{
    (void)state;
    static const char *const some[] = {"5 P 1 7", "P 2", "3"};
    struct test_cx test;
    struct trace seen = {0};
    weir_in_flight_list list = {0};
    test_cx_init(&test);
    weir_stream *stream = build("0 1 P 2", some, 4);
    weir_in_flight_turn(&test.cx, &list);
    trace_poll(&seen, stream, &test, 1);
    for (int i = 0; i < 3; i++) {
        weir_in_flight_turn(&test.cx, &list);
        trace_poll(&seen, stream, &test, 1);
    }
    unsigned given = outer.given;
    for (int turns = 0; turns < 3; turns++) {
        doubles_wake_all();
        test_cx_turn(&test);
        weir_in_flight_turn(&test.cx, &list);
        weir_in_flight_progress(&test.cx);
    }
    assert_int_equal(inner[0].given, 2);
    assert_int_equal(inner[1].given, 1);
    assert_int_equal(outer.given, given);
    seen = (struct trace){.no_pending = true};
    trace_run(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "2 1 3 7 $");
    weir_drop(stream);
    test_cx_fini(&test);
    over();
}

/* Without memory for one more the others go on, and nobody spins. */
static void test_memory(void **state)
{
    (void)state;
    static const char *const some[] = {"P 10", "P 11", "12"};
    for (unsigned long call = 1; call < 16; call++)
        for (int after = 0; after < 2; after++) {
            struct test_cx test;
            struct trace seen = {.no_pending = true};
            memory_begin(call, after);
            test_cx_init(&test);
            weir_stream *stream = build("0 1 2", some, 2);
            trace_run(&seen, stream, &test, 1);
            weir_drop(stream);
            test_cx_fini(&test);
            assert_int_equal(memory_end(), 0);
            assert_true(seen.errors >= 1 || seen.items == 3);
            assert_null(strstr(seen.text, "LOOP"));
            over();
        }
}

/* In each other: an item costs a poll of each layer, and an end one more. */
static weir_stream *wrapped(int64_t depth, void *arg);
WEIR_THEN_FN(wrapped_fn, wrapped, int64_t, int64_t)
enum { ITEMS = 20000, LAYERS = 5 };
static weir_stream *wrapped(int64_t depth, void *arg)
{
    if (depth == LAYERS)
        return weir_range(0, ITEMS);
    int64_t next = depth + 1;
    return weir_flat_map_unordered(weir_once(&weir_type_i64, &next), &wrapped_fn, arg, 2);
}

static void test_nested(void **state)
{
    (void)state;
    struct test_cx test;
    int64_t item;
    size_t n = 0, turns = 0;
    weir_stream *stream = wrapped(0, NULL);
    test_cx_init(&test);
    for (weir_poll got = {0}; got.state != WEIR_END; turns++) {
        test_cx_turn(&test);
        while ((got = weir_poll_next(stream, &test.cx, &item, 1)).n)
            n++;
    }
    assert_int_equal(n, ITEMS);
    assert_true(weir_stage_polls(&stream->stage) <= 2 * ITEMS);
    assert_true(turns <= ITEMS / (WEIR_BUDGET / (2 * LAYERS) - 1));
    weir_drop(stream);
    test_cx_fini(&test);
}

static weir_poll until_stopped(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)out, (void)demand;
    if (!cx->stopping)
        return weir_wait(cx, arg, WEIR_WAIT_PEER);
    cx->cut = true;
    return (weir_poll){0, WEIR_END};
}

/* A runtime that stops wakes tasks alone: then the source and all inner streams are asked. */
static void test_stopping(void **state)
{
    (void)state;
    weir_waker_slot slots[2] = {{0}};
    struct test_cx test;
    struct trace seen = {0};
    weir_stream *first = weir_poll_fn(&weir_type_i64, until_stopped, &slots[0]);
    weir_stream *streams = weir_chain(weir_once(&weir_type_stream, &first),
                                      weir_poll_fn(&weir_type_stream, until_stopped, &slots[1]));
    weir_stream *stream = weir_flatten_unordered(streams, &weir_type_i64, 4);
    test_cx_init(&test);
    do
        trace_poll(&seen, stream, &test, 1);
    while (test_cx_woken(&test));
    test.cx.stopping = true;
    trace_run(&seen, stream, &test, 1);
    assert_null(strstr(seen.text, "STUCK"));
    assert_true(weir_stage_was_cut(&stream->stage));
    weir_drop(stream);
    for (int i = 0; i < 2; i++)
        weir_waker_slot_clear(&slots[i]);
    test_cx_fini(&test);
    over();
}

int stage_flatten_unordered(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_robin),
                                       cmocka_unit_test(test_limit_of_one),
                                       cmocka_unit_test(test_limit),
                                       cmocka_unit_test(test_no_limit),
                                       cmocka_unit_test(test_errors),
                                       cmocka_unit_test(test_woken),
                                       cmocka_unit_test(test_polled_for_nothing),
                                       cmocka_unit_test(test_source_that_wakes_itself),
                                       cmocka_unit_test(test_woken_by_another_thread),
                                       cmocka_unit_test(test_between_polls),
                                       cmocka_unit_test(test_memory),
                                       cmocka_unit_test(test_nested),
                                       cmocka_unit_test(test_stopping)};
    return cmocka_run_group_tests_name("flatten_unordered", tests, NULL, NULL);
}
