/* skip_while: fn is not called after it was false once. */

#include "stages.h"

static unsigned calls;

static bool below_two(struct tracked item, void *arg)
{
    (void)arg;
    calls++;
    return item.value < 2;
}
WEIR_FILTER_FN(below_two_fn, below_two, struct tracked, OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_skip_while(a, &below_two_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 1"}, "2 1 $", {4}, {3}, false},
        {{"1 1 P 1 3 0"}, "P 3 0 $", {7}, {5}, false},
        {{"1 !7 2"}, "!7 2 $", {4}, {2}, false},
        {{"1 1"}, "$", {3}, {2}, false},
    };
    check_table(rows, build);
}

static void test_calls(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        calls = 0;
        assert_string_equal(trace(build(source("1 1 2 1 1"), NULL), demand), "2 1 1 $");
        assert_int_equal(calls, 3);
    }
    assert_int_equal(tracked_live, 0);
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = build(source("1 2 3"), NULL);
    check_hint(stream, 0, 3);
    weir_drop(stream);
}

int stage_skip_while(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_calls),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("skip_while", tests, NULL, NULL);
}
