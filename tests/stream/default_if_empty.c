/* default_if_empty: one item where there would be none. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    struct tracked item = tracked_make(9);
    (void)b;
    return weir_default_if_empty(a, &tracked_type, &item);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2"}, "1 2 $", {3}, {2}, false},
        {{""}, "9 $", {1}, {0}, false},
        {{"P . P*"}, "P P 9 $", {4}, {0}, false},
        {{"!5"}, "!5 9 $", {2}, {0}, false}, /* an error is no item */
        {{"!!5"}, "!!5 $", {1}, {0}, false}, /* ... and no end */
        {{"1 !!5"}, "1 !!5 $", {2}, {1}, false},
    };
    check_table(rows, build);
}

/* The item is dropped as soon as another one came. */
static void test_item_is_let_go(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build(source("1 2"), NULL);
    check_hint(stream, 2, 2);
    assert_int_equal(tracked_live, 1);
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(tracked_live, 0);
    weir_drop(stream);
    weir_drop(build(source(""), NULL)); /* before it was polled */
    assert_int_equal(tracked_live, 0);
    test_cx_fini(&test);
}

static weir_poll cut_off(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)out, (void)demand;
    cx->cut = true;
    return (weir_poll){0, WEIR_END};
}

/* What was told to end is not known to be empty. */
static void test_cut(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build(weir_poll_fn(&tracked_type, cut_off, NULL), NULL);
    trace_run(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "$");
    assert_true(weir_stage_was_cut(&stream->stage));
    weir_drop(stream);
    assert_int_equal(tracked_live, 0);
    test_cx_fini(&test);
}

int stage_default_if_empty(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_item_is_let_go)};
    return cmocka_run_group_tests_name("default_if_empty", tests, NULL, NULL);
}
