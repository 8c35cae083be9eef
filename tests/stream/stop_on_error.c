/* stop_on_error: one error, then the end for ever. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_stop_on_error(a);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2 !7 #"}, "1 P 2 !!7 $", {4}, {2}, false},
        {{"1 !!7 #"}, "1 !!7 $", {2}, {1}, false},
        {{"1 2"}, "1 2 $", {3}, {2}, false},
    };
    check_table(rows, build);
}

/* What a function in the chain says of an item is one error item at most. */
static bool not_two(struct tracked item, struct tracked *out, void *arg, weir_error *error)
{
    (void)arg;
    *out = item;
    if (item.value != 2)
        return true;
    tracked_drop(item);
    weir_error_set(error, WEIR_E_USER, "it is 2")->number = 2;
    return false;
}
WEIR_TRY_MAP_FN(not_two_fn, not_two, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static void test_a_function_fails(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        weir_stream *stream = weir_map(source("1 2 3 2"), &not_two_fn, NULL);
        assert_string_equal(trace(weir_stop_on_error(stream), demand), "1 !!2 $");
        assert_int_equal(tracked_live, 0);
    }
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = build(source("1 2 3"), NULL);
    check_hint(stream, 0, 3);
    weir_drop(stream);
}

int stage_stop_on_error(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_a_function_fails),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("stop_on_error", tests, NULL, NULL);
}
