/* The cases that other libraries' tests hold their operators to, over one input: what comes, what
 * is polled, who is woken. Each test's name begins with that of its case (docs/cases.md). */

#include "../stream/stages.h"

#include <stdio.h>

#include "weir/channel.h"

static bool even(struct tracked item, void *arg)
{
    (void)arg;
    return item.value % 2 == 0;
}
WEIR_FILTER_FN(even_fn, even, struct tracked, OF_TRACKED)

static bool below(struct tracked item, void *arg)
{
    return item.value < *(const int64_t *)arg;
}
WEIR_FILTER_FN(below_fn, below, struct tracked, OF_TRACKED)

/* The future gives this error, and nothing is left. */
static void expect_error(weir_stream *future, int64_t number)
{
    weir_error error;
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, number);
    assert_int_equal(tracked_live, 0);
}

/* ---- take, skip, filter ---- */

static weir_stream *take_two(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_take(a, 2);
}

static void a1_take_does_not_ask_for_more(void **state)
{
    (void)state;
    static struct test_cx test;
    struct script script = {.type = &tracked_type};
    struct tracked item;
    weir_stream *stream = weir_take(script_stream(&script, "1 2 #"), 2);
    test_cx_init(&test);
    for (int64_t i = 1; i <= 2; i++) {
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(stream, &test.cx, &item, 1).n, 1);
        assert_int_equal(item.value, i);
        tracked_drop(item);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(weir_poll_next(stream, &test.cx, &item, 1).state, WEIR_END);
    assert_true(weir_is_done(stream));
    assert_int_equal(script.polls, 2);
    weir_drop(stream);
    test_cx_fini(&test);
    static const struct stage_case table[] = {{{"1 2 #"}, "1 2 $", {2}, {2}, false}};
    check_table(table, take_two);
}

static weir_stream *skip_one(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_skip(a, 1);
}

static void a3_skip_one(void **state)
{
    (void)state;
    static const struct stage_case table[] = {{{"1 2 $"}, "2 $", {3}, {2}, false}};
    check_table(table, skip_one);
}

static weir_stream *evens(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_filter(a, &even_fn, NULL);
}

static void a4_filter_meets_a_wait(void **state)
{
    (void)state;
    static const struct stage_case table[] = {{{"1 P 2 3 $"}, "P 2 $", {5}, {3}, false}};
    check_table(table, evens);
}

static bool even_number(int64_t x, void *arg)
{
    (void)arg;
    return x % 2 == 0;
}
WEIR_FILTER_FN(even_number_fn, even_number, int64_t)

static weir_stream *evens_from(int64_t from, void *arg)
{
    (void)arg;
    return weir_filter(from < 0 ? weir_range(0, 3) : weir_range(from, from + 5), &even_number_fn,
                       NULL);
}
WEIR_THEN_FN(evens_from_fn, evens_from, int64_t, int64_t)

static void a6_flat_map_of_filters(void **state)
{
    static const int64_t starts[] = {0, 6, -1};
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 4) {
        weir_stream *stream = weir_iter(&weir_type_i64, starts, 3);
        stream = weir_flat_map(stream, &evens_from_fn, NULL);
        assert_string_equal(trace(stream, demand), "0 2 4 6 8 10 0 2 $");
    }
}

static bool below_state(int64_t *limit, int64_t x, int64_t *out)
{
    *limit += 1;
    *out = x;
    return x < *limit;
}
WEIR_SCAN_FN(below_state_fn, below_state, int64_t, int64_t, int64_t)

static void a7_scan_stops_for_good(void **state)
{
    static const int64_t items[] = {1, 2, 3, 4, 6, 8, 2};
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 4) {
        weir_stream *stream = weir_iter(&weir_type_i64, items, 7);
        stream = weir_scan(stream, &below_state_fn, &(int64_t){1});
        assert_string_equal(trace(stream, demand), "1 2 3 4 $");
    }
}

static void a10_take_while_drops_the_first_that_fails(void **state)
{
    struct script script = {.type = &tracked_type};
    int64_t three = 3;
    (void)state;
    unsigned drops = tracked_drops;
    weir_stream *stream = script_stream(&script, "1 5 2 $");
    assert_string_equal(trace(weir_take_while(stream, &below_fn, &three), 1), "1 $");
    assert_int_equal(script.given, 2);
    assert_int_equal(tracked_drops - drops, 2);
    assert_int_equal(tracked_live, 0);
}

/* ---- chain ---- */

static weir_stream *chained(weir_stream *a, weir_stream *b)
{
    return weir_chain(a, b);
}

static void a12_chain(void **state)
{
    (void)state;
    static const struct stage_case table[] = {{{"1 $", "2 $"}, "1 2 $", {2, 2}, {1, 1}, false}};
    check_table(table, chained);
}

static void a13_the_second_is_not_polled_before(void **state)
{
    static struct test_cx test;
    struct script first = {.type = &tracked_type}, second = {.type = &tracked_type};
    struct tracked item;
    (void)state;
    test_cx_init(&test);
    weir_stream *stream =
        weir_chain(script_stream(&first, "P 1 P $"), script_stream(&second, "2 $"));
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &item, 1).state, WEIR_PENDING);
    assert_false(script_wake(&second));
    assert_true(script_wake(&first));
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &item, 1).n, 1);
    tracked_drop(item);
    assert_int_equal(weir_poll_next(stream, &test.cx, &item, 1).state, WEIR_PENDING);
    assert_int_equal(second.polls, 0);
    assert_true(script_wake(&first));
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &item, 1).n, 1);
    assert_int_equal(item.value, 2);
    tracked_drop(item);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* ---- peekable ---- */

static int64_t peeked_value(weir_stream *stream, struct test_cx *test)
{
    void *item;
    assert_int_equal(weir_poll_peek(stream, &test->cx, &item).n, 1);
    return ((struct tracked *)item)->value;
}

static void a15_peek_takes_nothing(void **state)
{
    static struct test_cx test;
    struct script script = {.type = &tracked_type};
    (void)state;
    test_cx_init(&test);
    test_cx_turn(&test);
    weir_stream *stream = weir_peekable(script_stream(&script, "1 2 3"));
    assert_int_equal(peeked_value(stream, &test), 1);
    assert_int_equal(peeked_value(stream, &test), 1);
    assert_string_equal(trace(stream, 1), "1 2 3 $");
    assert_int_equal(script.polls, 4);
    test_cx_fini(&test);
}

static void a16_what_was_peeked_may_change(void **state)
{
    static struct test_cx test;
    struct script script = {.type = &tracked_type};
    void *item;
    (void)state;
    test_cx_init(&test);
    test_cx_turn(&test);
    weir_stream *stream = weir_peekable(script_stream(&script, "1 2 3"));
    assert_int_equal(weir_poll_peek(stream, &test.cx, &item).n, 1);
    ((struct tracked *)item)->value = 5;
    assert_string_equal(trace(stream, 1), "5 2 3 $");
    test_cx_fini(&test);
}

static void a17_next_if(void **state)
{
    static struct test_cx test;
    struct script script = {.type = &tracked_type};
    struct tracked item;
    int64_t two = 2, nine = 9;
    (void)state;
    test_cx_init(&test);
    test_cx_turn(&test);
    weir_stream *stream = weir_peekable(script_stream(&script, "5 6"));
    weir_poll got = weir_poll_next_if(stream, &test.cx, &below_fn, &two, &item);
    assert_int_equal(got.n, 0);
    assert_int_equal(got.state, WEIR_READY);
    assert_int_equal(peeked_value(stream, &test), 5);
    assert_int_equal(weir_poll_next_if(stream, &test.cx, &below_fn, &nine, &item).n, 1);
    assert_int_equal(item.value, 5);
    tracked_drop(item);
    assert_int_equal(weir_poll_next_if(stream, &test.cx, &below_fn, &nine, &item).n, 1);
    tracked_drop(item);
    for (int i = 0; i < 2; i++) {
        got = weir_poll_next_if(stream, &test.cx, &below_fn, &nine, &item);
        assert_int_equal(got.state, WEIR_END);
    }
    weir_drop(stream);
    test_cx_fini(&test);
}

/* ---- futures of each item ---- */

static bool below_six_by_two(int64_t *state, int64_t *out)
{
    *out = *state;
    *state += 2;
    return *out < 6;
}
WEIR_UNFOLD_FN(below_six_by_two_fn, below_six_by_two, int64_t, int64_t)

static struct script waits[8];
static unsigned waits_n;

/* PENDING once, then the item. */
static weir_stream *wait_once(int64_t x, void *arg)
{
    char text[16];
    (void)arg;
    snprintf(text, sizeof text, "P %d", (int)x);
    struct script *script = &waits[waits_n++ % 8];
    *script = (struct script){.one = true};
    return script_stream(script, text);
}
WEIR_THEN_FN(wait_once_fn, wait_once, int64_t, int64_t)

static void a19_an_asynchronous_unfold(void **state)
{
    (void)state;
    weir_stream *stream = weir_unfold(&below_six_by_two_fn, &(int64_t){0});
    stream = weir_then(stream, &wait_once_fn, NULL);
    assert_string_equal(trace(stream, 1), "P 0 P 2 P 4 $");
}

static void a32_one_future_at_a_time(void **state)
{
    static const int64_t items[] = {1, 2};
    (void)state;
    waits_n = 0;
    weir_stream *stream = weir_then(weir_iter(&weir_type_i64, items, 2), &wait_once_fn, NULL);
    static struct test_cx test;
    int64_t item;
    test_cx_init(&test);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &item, 64).state, WEIR_PENDING);
    assert_int_equal(waits_n, 1);
    doubles_wake_all();
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &item, 1).n, 1);
    assert_false(weir_is_done(stream));
    assert_int_equal(waits_n, 1);
    assert_string_equal(trace(stream, 1), "P 2 $");
    test_cx_fini(&test);
}

/* ---- all, any, collect ---- */

static void a27_all(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    assert_string_equal(trace(weir_all(source(""), &even_fn, NULL), 1), "true $");
    assert_string_equal(trace(weir_all(source("2 4 6 8"), &even_fn, NULL), 1), "true $");
    weir_stream *stream = script_stream(&script, "2 3 4 #");
    assert_string_equal(trace(weir_all(stream, &even_fn, NULL), 1), "false $");
    assert_int_equal(script.given, 2);
}

static void a28_any(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    assert_string_equal(trace(weir_any(source(""), &even_fn, NULL), 1), "false $");
    weir_stream *stream = script_stream(&script, "1 2 #");
    assert_string_equal(trace(weir_any(stream, &even_fn, NULL), 1), "true $");
    assert_int_equal(script.given, 2);
    assert_string_equal(trace(weir_any(source("1 3 5"), &even_fn, NULL), 1), "false $");
}

static void a29_collect_of_a_channel(void **state)
{
    static struct test_cx test;
    weir_sender *tx;
    weir_vec vec;
    (void)state;
    weir_stream *stream = weir_collect(weir_channel(&weir_type_i64, 4, &tx), 9);
    test_cx_init(&test);
    for (int64_t x = 1; x <= 2; x++) {
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(stream, &test.cx, &vec, 1).state, WEIR_PENDING);
        assert_int_equal(weir_try_send(tx, &x), WEIR_SENT);
        assert_true(test_cx_woken(&test));
    }
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &vec, 1).state, WEIR_PENDING);
    weir_sender_drop(tx);
    assert_true(test_cx_woken(&test));
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &vec, 1).n, 1);
    assert_int_equal(vec.n, 2);
    assert_int_equal(((int64_t *)vec.items)[0], 1);
    assert_int_equal(((int64_t *)vec.items)[1], 2);
    weir_vec_drop(&vec);
    weir_drop(stream);
    test_cx_fini(&test);
}

static void a30_collect_stops_at_an_error(void **state)
{
    struct script script = {.type = &tracked_type};
    (void)state;
    expect_error(weir_collect(script_stream(&script, "1 !7 2 #"), 9), 7);
    assert_int_equal(script.given, 1);
}

static void a33_a_source_that_goes_on_behind_its_end(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    static struct test_cx test;
    struct tracked item;
    weir_stream *stream = script_stream(&script, "1 $ 2");
    test_cx_init(&test);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &item, 1).n, 1);
    tracked_drop(item);
    for (int i = 0; i < 3; i++)
        assert_int_equal(weir_poll_next(stream, &test.cx, &item, 1).state, WEIR_END);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* ---- errors of functions ---- */

static bool always_fails(struct tracked item, struct tracked *out, void *arg, weir_error *error)
{
    (void)arg;
    *out = item;
    tracked_drop(item);
    weir_error_set(error, WEIR_E_USER, "no")->number = item.value;
    return false;
}
WEIR_TRY_MAP_FN(always_fails_fn, always_fails, struct tracked, struct tracked, FROM_TRACKED,
                TO_TRACKED)

/* Errors of a function are each its item's, and the stream goes on; a consumer stops at the first.
 */
static void a35_a_consumer_stops_at_the_first(void **state)
{
    struct script script = {.type = &tracked_type};
    (void)state;
    weir_stream *stream = weir_map(script_stream(&script, "1 2 3 #"), &always_fails_fn, NULL);
    expect_error(weir_count(stream), 1);
    assert_int_equal(script.given, 1);
}

static void a36_errors_stop_all_and_any(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    weir_stream *stream = script_stream(&script, "2 4 !7 8 #");
    expect_error(weir_all(stream, &even_fn, NULL), 7);
    assert_int_equal(script.given, 2);
    stream = script_stream(&script, "1 3 !7 8 #");
    expect_error(weir_any(stream, &even_fn, NULL), 7);
    assert_int_equal(script.given, 2);
}

int cases_one_input(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a1_take_does_not_ask_for_more),
        cmocka_unit_test(a3_skip_one),
        cmocka_unit_test(a4_filter_meets_a_wait),
        cmocka_unit_test(a6_flat_map_of_filters),
        cmocka_unit_test(a7_scan_stops_for_good),
        cmocka_unit_test(a10_take_while_drops_the_first_that_fails),
        cmocka_unit_test(a12_chain),
        cmocka_unit_test(a13_the_second_is_not_polled_before),
        cmocka_unit_test(a15_peek_takes_nothing),
        cmocka_unit_test(a16_what_was_peeked_may_change),
        cmocka_unit_test(a17_next_if),
        cmocka_unit_test(a19_an_asynchronous_unfold),
        cmocka_unit_test(a27_all),
        cmocka_unit_test(a28_any),
        cmocka_unit_test(a29_collect_of_a_channel),
        cmocka_unit_test(a30_collect_stops_at_an_error),
        cmocka_unit_test(a32_one_future_at_a_time),
        cmocka_unit_test(a33_a_source_that_goes_on_behind_its_end),
        cmocka_unit_test(a35_a_consumer_stops_at_the_first),
        cmocka_unit_test(a36_errors_stop_all_and_any),
    };
    return cmocka_run_group_tests_name("one_input", tests, NULL, NULL);
}
