/* switch_map: a newer item ends the stream of the one before. */

#include "stages.h"

static const char *const *texts; /* of inner streams: item i stands for texts[i] */
static struct script inners[8];  /* in the order in which they were made */
static unsigned made;

static weir_stream *inner_of(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    inners[made % 8] = (struct script){.type = &tracked_type};
    return script_stream(&inners[made++ % 8], texts[item.value]);
}
WEIR_THEN_FN(inner_fn, inner_of, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    made = 0;
    return weir_switch_map(a, &inner_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const char *const inner[] = {"10 11", "P* 20 21", "",       "P~",
                                        "!7 30", "!!8 40",   "50 P 51"};
    static const struct stage_case rows[] = {
        {{"0"}, "10 11 $", {2}, {1}, true},
        {{"0 P 0"}, "10 11 P 10 11 $", {5}, {2}, true},
        {{"0 1"}, "10 20 21 $", {3}, {2}, true},     /* 11 is given up */
        {{"1 1 0"}, "10 11 $", {4}, {3}, true},      /* those that wait are passed over */
        {{"6 P 0"}, "50 P 10 11 $", {4}, {2}, true}, /* ... while it runs */
        {{"2 2 0 P"}, "10 11 P $", {6}, {3}, true},
        {{"3"}, "P STUCK", {2}, {1}, true},
        {{"3 P 0"}, "P 10 11 $", {4}, {2}, true},
        {{"4 P"}, "!7 30 P $", {4}, {1}, true},
        {{"5 P 0"}, "!8 P 10 11 $", {4}, {2}, true}, /* fatal to the inner one */
        {{"0 !9 P"}, "10 !9 11 P $", {5}, {1}, true},
        {{"0 !!9"}, "10 !!9 $", {2}, {1}, true},
        {{""}, "$", {1}, {0}, true},
    };
    texts = inner;
    check_table(rows, build);
}

/* The one that is given up is dropped at once, before the new one is polled. */
static void test_dropped_at_once(void **state)
{
    (void)state;
    static const char *const inner[] = {"10 P~", "P~"};
    struct test_cx test;
    struct trace seen = {0};
    texts = inner;
    test_cx_init(&test);
    weir_stream *stream = build(source("0 P* 1 P~"), NULL);
    trace_poll(&seen, stream, &test, 1);
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(inners[0].finis, 0);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "10 P P");
    assert_int_equal(inners[0].finis, 1);
    weir_drop(stream);
    assert_int_equal(inners[1].finis, 1);
    test_cx_fini(&test);
}

/* A source that is always ready: each item's stream gives what it has at once, and the task is not
 * held up by those that wait. */
static void test_budget(void **state)
{
    (void)state;
    static const char *const inner[] = {"P~"};
    struct test_cx test;
    struct trace seen = {0};
    char text[200] = "";
    texts = inner;
    for (int i = 0; i < 90; i++)
        strcat(text, "0 ");
    test_cx_init(&test);
    test.cx.budget = 5;
    struct script script = {.type = &tracked_type};
    weir_stream *stream = build(script_stream(&script, text), NULL);
    struct tracked out;
    assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).state, WEIR_PENDING);
    assert_int_equal(script.given, 6);
    assert_true(test_cx_woken(&test));
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "P");
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

int stage_switch_map(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_dropped_at_once),
                                       cmocka_unit_test(test_budget)};
    return cmocka_run_group_tests_name("switch_map", tests, NULL, NULL);
}
