/* take: never asks past the last item. */

#include "stages.h"

static weir_stream *take_2(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_take(a, 2);
}

static weir_stream *take_0(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_take(a, 0);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case two[] = {
        {{"1 2 #"}, "1 2 $", {2}, {2}, false},
        {{"1 2 3"}, "1 2 $", {2}, {2}, false},
        {{"1 $ #"}, "1 $", {2}, {1}, false},
        {{"P 1 P 2 #"}, "P 1 P 2 $", {4}, {2}, false},
        {{"!7 1 !8 2 #"}, "!7 1 !8 2 $", {4}, {2}, false}, /* errors are not counted */
        {{"1 !!7 #"}, "1 !!7 $", {2}, {1}, false},
    };
    static const struct stage_case none[] = {{{"#"}, "$", {0}, {0}, false}};
    check_table(two, take_2);
    check_table(none, take_0);
}

static void test_demand(void **state)
{
    (void)state;
    struct script script = {0};
    assert_string_equal(trace(weir_take(script_stream(&script, "1 2 3 4 5"), 3), 64), "1 2 3 $");
    assert_int_equal(script.demand_max, 3);
    assert_int_equal(script.given, 3);
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_take(source("1 2 3"), 2);
    check_hint(stream, 2, 2);
    weir_drop(stream);
    stream = weir_take(weir_repeat(&weir_type_i64, &(int64_t){7}), 4);
    check_hint(stream, 4, 4);
    weir_drop(stream);
}

int stage_take(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_demand),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("take", tests, NULL, NULL);
}
