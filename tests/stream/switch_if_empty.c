/* switch_if_empty: the second stream only where the first gives no item. */

#include "stages.h"

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2", "# 9"}, "1 2 $", {3, 0}, {2, 0}, false},
        {{"", "8 9"}, "8 9 $", {1, 3}, {0, 2}, false},
        {{"P", "8 P 9"}, "P 8 P 9 $", {2, 4}, {0, 2}, false},
        {{". .", "8"}, "8 $", {3, 2}, {0, 1}, false},
        {{"!5", "8"}, "!5 8 $", {2, 2}, {0, 1}, false}, /* an error is no item */
        {{"!!5", "8"}, "!!5 $", {1, 0}, {0, 0}, false}, /* ... and no end */
        {{"1 !!5", "8"}, "1 !!5 $", {2, 0}, {1, 0}, false},
        {{"", "!6 8 !!7 9"}, "!6 8 !!7 $", {1, 3}, {0, 1}, false},
        {{"", ""}, "$", {1, 1}, {0, 0}, false},
    };
    check_table(rows, weir_switch_if_empty);
}

/* At the first item the second one is let go, before the end of the first. */
static void test_second_is_let_go(void **state)
{
    (void)state;
    struct script second = {0};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_switch_if_empty(weir_range(0, 3), script_stream(&second, "8"));
    check_hint(stream, 3, 3);
    assert_int_equal(second.finis, 0);
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(second.finis, 1);
    weir_drop(stream);
    assert_int_equal(second.finis, 1);
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
    weir_stream *stream =
        weir_switch_if_empty(weir_poll_fn(&tracked_type, cut_off, NULL), source("# 1"));
    trace_run(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "$");
    assert_true(weir_stage_was_cut(&stream->stage));
    weir_drop(stream);
    assert_int_equal(tracked_live, 0);
    test_cx_fini(&test);
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_switch_if_empty(weir_range(0, 0), weir_range(0, 4));
    check_hint(stream, 4, 4);
    weir_drop(stream);
    stream = weir_switch_if_empty(weir_take(source("1 2"), 1), source("3 4 5"));
    check_hint(stream, 1, 1);
    weir_drop(stream);
    stream = weir_switch_if_empty(weir_poll_fn(&tracked_type, NULL, NULL), source("3 4 5"));
    check_hint(stream, 1, WEIR_HINT_UNKNOWN);
    weir_drop(stream);
}

int stage_switch_if_empty(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_second_is_let_go),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("switch_if_empty", tests, NULL, NULL);
}
