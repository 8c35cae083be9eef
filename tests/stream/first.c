/* first: the first n items, and a stream of the rest. */

#include "stages.h"

static struct test_cx test;

/* Runs the future; the vec as text. */
static weir_first_and_rest split(weir_stream *future, const char *wanted)
{
    weir_first_and_rest out = {0};
    char text[128];
    assert_true(future->stage.one);
    assert_int_equal(await(future, &out, NULL), WEIR_READY);
    weir_item_text(text, sizeof text, &weir_type_vec, &out.first);
    assert_string_equal(text, wanted);
    weir_vec_drop(&out.first);
    return out;
}

/* Nothing is lost, and nothing comes twice; no more is taken than the first n. */
static void test_rest_goes_on(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    weir_first_and_rest out = split(weir_first(script_stream(&script, "1 P 2 3 P 4"), 2), "[1 2]");
    assert_int_equal(script.given, 2);
    assert_int_equal(script.finis, 0);
    assert_string_equal(trace(weir_take(out.rest, 9), 1), "3 P 4 $");
    assert_int_equal(script.finis, 1);
    assert_int_equal(tracked_live, 0);
}

static void test_fewer(void **state)
{
    (void)state;
    assert_string_equal(trace(split(weir_first(source("1 2"), 3), "[1 2]").rest, 1), "$");
    assert_string_equal(trace(split(weir_first(source(""), 3), "[]").rest, 1), "$");
    assert_string_equal(trace(split(weir_first(source("1 2 3"), 3), "[1 2 3]").rest, 1), "$");
    assert_int_equal(tracked_live, 0);
}

/* With one it is into_future: the next item, and what comes behind it. */
static void test_into_future(void **state)
{
    (void)state;
    weir_first_and_rest out = split(weir_first(source("1 2 3"), 1), "[1]");
    out = split(weir_first(out.rest, 1), "[2]");
    assert_string_equal(trace(out.rest, 1), "3 $");
    assert_int_equal(tracked_live, 0);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    struct script script = {.type = &tracked_type};
    weir_stream *future = weir_first(script_stream(&script, "1 !7 2"), 3);
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(script.finis, 1);
    weir_first_and_rest out = split(weir_first(source("1 !7 2"), 1), "[1]");
    assert_string_equal(trace(out.rest, 1), "!7 2 $"); /* behind the first ones it is the rest's */
    assert_int_equal(tracked_live, 0);
}

/* Dropped while it waits, and before it was polled. */
static void test_dropped(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *future = weir_first(script_stream(&script, "1 P 2"), 2);
    trace_poll(&seen, future, &test, 1);
    assert_string_equal(seen.text, "P");
    weir_drop(future);
    assert_int_equal(script.finis, 1);
    weir_drop(weir_first(source("1"), 2));
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

static void test_no_memory(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_first(weir_range(0, 3), SIZE_MAX / 2), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_MEMORY);
}

/* A format is looked at, and what reads it is chosen then. */
static weir_stream *sniff(weir_first_and_rest seen, void *arg)
{
    (void)arg;
    bool negative = seen.first.n && ((int64_t *)seen.first.items)[0] < 0;
    weir_vec_drop(&seen.first);
    return negative ? weir_take(seen.rest, 1) : seen.rest;
}
WEIR_THEN_FN(sniff_fn, sniff, weir_first_and_rest, int64_t)

static void test_as_an_item(void **state)
{
    (void)state;
    weir_stream *all = weir_flat_map(weir_first(weir_range(-2, 3), 2), &sniff_fn, NULL);
    assert_string_equal(trace(all, 1), "0 $");
    all = weir_flat_map(weir_first(weir_range(1, 5), 2), &sniff_fn, NULL);
    assert_string_equal(trace(all, 1), "3 4 $");
}

int stage_first(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rest_goes_on), cmocka_unit_test(test_fewer),
        cmocka_unit_test(test_into_future),  cmocka_unit_test(test_error),
        cmocka_unit_test(test_dropped),      cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_as_an_item)};
    return cmocka_run_group_tests_name("first", tests, NULL, NULL);
}
