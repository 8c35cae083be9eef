/* map_while: the first false ends it, and nothing behind it is looked at. */

#include "stages.h"

static unsigned calls;

static bool three_more(struct tracked item, struct tracked *out, void *arg)
{
    (void)arg;
    calls++;
    if (item.value >= 4) {
        tracked_drop(item);
        return false;
    }
    item.value += 3;
    *out = item;
    return true;
}
WEIR_FILTER_MAP_FN(three_more_fn, three_more, struct tracked, struct tracked, FROM_TRACKED,
                   TO_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map_while(a, &three_more_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3 4 5 6 7 8 9 #"}, "4 5 6 $", {4}, {4}, false},
        {{"1 2 9 3 #"}, "4 5 $", {3}, {3}, false}, /* 3 would satisfy it again */
        {{"1 !7 P 2 $ #"}, "4 !7 P 5 $", {5}, {2}, false},
        {{"1 !!7 #"}, "4 !!7 $", {2}, {1}, false},
    };
    check_table(rows, build);
}

static void test_calls(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        calls = 0;
        assert_string_equal(trace(build(source("1 9 2 3"), NULL), demand), "4 $");
        assert_int_equal(calls, 2);
    }
}

/* Another type, of another size. */
static bool below_four(int64_t item, bool *out, void *arg)
{
    (void)arg;
    *out = item % 2 == 0;
    return item < 4;
}
WEIR_FILTER_MAP_FN(below_four_fn, below_four, int64_t, bool)

static void test_types(void **state)
{
    (void)state;
    weir_stream *stream = weir_map_while(weir_range(1, 9), &below_four_fn, NULL);
    check_hint(stream, 0, 8);
    assert_string_equal(trace(stream, 64), "false true false $");
}

int stage_map_while(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_calls),
                                       cmocka_unit_test(test_types)};
    return cmocka_run_group_tests_name("map_while", tests, NULL, NULL);
}
