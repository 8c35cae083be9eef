/* for_each: gives each item away, stops at the first error. */

#include "stages.h"

static char seen[256];

static void see(struct tracked item, void *arg)
{
    (void)arg;
    size_t n = strlen(seen);
    weir_item_text(seen + n, sizeof seen - n, &tracked_type, &item);
    tracked_drop(item);
}
WEIR_EACH_FN(see_fn, see, struct tracked, OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    seen[0] = '\0';
    return weir_for_each(a, &see_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 P 3 4 5 6 7 8 9"}, "P () $", {5}, {9}, true},
        {{""}, "() $", {1}, {0}, false},
    };
    check_table(rows, build);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    struct script script = {.type = &tracked_type};
    weir_stream *future = build(script_stream(&script, "1 2 !7 3"), NULL);
    assert_true(future->stage.one);
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_string_equal(error.trail[1], "for_each");
    assert_string_equal(seen, "12");
    assert_int_equal(script.given, 2);
}

/* An endless source does not keep the task: the turn is given back, and it goes on after. */
static void test_budget(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace got = {0};
    test_cx_init(&test);
    int64_t one = 1;
    static const weir_type number = WEIR_TYPE(int64_t);
    weir_stream *stream = weir_count(weir_repeat(&number, &one));
    assert_int_equal(trace_poll(&got, stream, &test, 1).state, WEIR_PENDING);
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_TURN);
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_for_each(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error),
                                       cmocka_unit_test(test_budget)};
    return cmocka_run_group_tests_name("for_each", tests, NULL, NULL);
}
