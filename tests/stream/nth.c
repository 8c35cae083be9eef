/* nth: takes n + 1 items, and no more. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_nth(a, 2);
}

static weir_stream *build_first(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_nth(a, 0);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2 3 #"}, "P 3 $", {4}, {3}, false},
        {{"1 2"}, "$", {3}, {2}, false},
        {{""}, "$", {1}, {0}, false},
    };
    check_table(rows, build);
}
static void test_first(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 #"}, "1 $", {1}, {1}, false},
        {{""}, "$", {1}, {0}, false},
    };
    check_table(rows, build_first);
}

/* nth(1) of a b c is b; what comes next is c. */
static void test_leaves_the_rest(void **state)
{
    (void)state;
    weir_stream *stream = source("1 2 3");
    assert_string_equal(trace(weir_nth(weir_by_ref(stream), 1), 1), "2 $");
    assert_string_equal(trace(weir_next(stream), 1), "3 $");
    weir_drop(stream);
    assert_int_equal(tracked_live, 0);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_nth(source("1 2 !7 3"), 2), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(tracked_live, 0);
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_nth(weir_range(0, 3), 2);
    assert_true(stream->stage.one);
    check_hint(stream, 1, 1);
    weir_drop(stream);
    stream = weir_nth(weir_range(0, 3), 3);
    check_hint(stream, 0, 0);
    weir_drop(stream);
}

int stage_nth(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_first),
                                       cmocka_unit_test(test_leaves_the_rest),
                                       cmocka_unit_test(test_error), cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("nth", tests, NULL, NULL);
}
