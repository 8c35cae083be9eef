/* merge_sorted: two sorted streams as one. */

#include "stages.h"

static int by_value(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    return (a.value > b.value) - (a.value < b.value);
}
WEIR_COMPARE_FN(by_value_fn, by_value, struct tracked, OF_TRACKED)

/* Equal for those of one ten. */
static int by_ten(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    return (int)(a.value / 10 - b.value / 10);
}
WEIR_COMPARE_FN(by_ten_fn, by_ten, struct tracked, OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    return weir_merge_sorted(a, b, &by_value_fn, NULL);
}

static weir_stream *stable(weir_stream *a, weir_stream *b)
{
    return weir_merge_sorted(a, b, &by_ten_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 4 5", "2 3 6 7"}, "1 2 3 4 5 6 7 $", {4, 5}, {3, 4}, false},
        {{"", "2 3"}, "2 3 $", {1, 3}, {0, 2}, false},
        {{"1 2", ""}, "1 2 $", {3, 1}, {2, 0}, false},
        {{"", ""}, "$", {1, 1}, {0, 0}, false},
        {{"P 1", "2"}, "P 1 2 $", {3, 2}, {1, 1}, false}, /* 2 waits for what may be less */
        {{"1 P~", "2 3"}, "1 P STUCK", {2, 1}, {1, 1}, true},
        {{"1 !5 4", "2 !6 3"}, "1 !5 2 !6 3 4 $", {4, 4}, {2, 2}, false},
        {{"1 !!5", "2 3"}, "1 !5 2 3 $", {2, 3}, {1, 2}, false}, /* that side is over */
    };
    static const struct stage_case equals[] = {
        {{"10 11 20", "12 21 22"}, "10 11 12 20 21 22 $", {4, 4}, {3, 3}, false},
        {{"12 21 22", "10 11 20"}, "12 10 11 21 22 20 $", {4, 4}, {3, 3}, false},
    };
    check_table(rows, build);
    check_table(equals, stable);
}

/* A number counted down: the hint counts what is held. */
static void test_hint(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build(source("1 3"), source("2 4 5"));
    for (size_t left = 5; left; left--) {
        check_hint(stream, left, left);
        trace_poll(&seen, stream, &test, 1);
    }
    assert_string_equal(seen.text, "1 2 3 4 5");
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

/* A side that is asked has none of its items left here. */
static void test_marks(void **state)
{
    (void)state;
    assert_string_equal(trace(build(source("| 1 | 4 |"), source("2 | 3 7 |")), 1),
                        "| 1 | 2 | 3 4 | 7 | $");
    assert_int_equal(tracked_live, 0);
}

int stage_merge_sorted(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_marks), cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("merge_sorted", tests, NULL, NULL);
}
