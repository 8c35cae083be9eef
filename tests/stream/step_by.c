/* step_by: every nth item, and no more than that is asked for. */

#include "stages.h"

static weir_stream *step_by_3(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_step_by(a, 3);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3 4 5 6 7 8"}, "1 4 7 $", {9}, {8}, false},
        {{"1 P 2 3 P 4"}, "1 P P 4 $", {7}, {4}, false},
        {{"1 !7 2 !8 3 4 !!9 #"}, "1 !7 !8 4 !!9 $", {7}, {4}, false}, /* they are not counted */
        {{"$"}, "$", {1}, {0}, false},
    };
    check_table(rows, step_by_3);
}

/* What stands behind the item that was asked for stays where it is. */
static void test_demand(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *stream = weir_take(weir_step_by(script_stream(&script, "1 2 3 4 5"), 2), 2);
    assert_string_equal(trace(stream, 1), "1 3 $");
    assert_int_equal(script.given, 3);
    assert_int_equal(script.demand_max, 1);
}

static void hint(uint64_t n, const char *in, size_t many)
{
    weir_stream *stream = weir_step_by(source(in), n);
    check_hint(stream, many, many);
    weir_drop(stream);
}

static void test_hint(void **state)
{
    (void)state;
    hint(3, "1 2 3 4", 2);
    hint(3, "1 2 3", 1);
    hint(1, "1 2 3", 3);
    hint(UINT64_MAX, "1 2 3", 1);
    hint(3, "", 0);
}

int stage_step_by(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_demand),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("step_by", tests, NULL, NULL);
}
