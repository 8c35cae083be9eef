/* chunks: n items at a time; an error passes and the items before it stay. */

#include "stages.h"

static weir_stream *chunks_2(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_chunks(a, 2);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2 3"}, "P [1 2] [3] $", {5}, {3}, false},
        {{"1 2 3 4"}, "[1 2] [3 4] $", {5}, {4}, false},
        {{"1 !7 2 3"}, "[1] !7 [2 3] $", {5}, {3}, false},
        {{"1 !!7"}, "[1] !!7 $", {2}, {1}, false}, /* what came before it comes first */
        {{"$"}, "$", {1}, {0}, false},
    };
    check_table(rows, chunks_2);
}

static void test_refused(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_chunks(weir_range(0, 3), 0), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weir_chunks(weir_range(0, 3), SIZE_MAX / 2), 1), "!!MEMORY $");
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_chunks(source("1 2 3 4 5"), 2);
    check_hint(stream, 3, 3);
    weir_drop(stream);
}

/* A chunk is asked for at once, and never more than it lacks. */
static void test_demand(void **state)
{
    (void)state;
    struct script script = {0};
    assert_string_equal(trace(weir_chunks(script_stream(&script, "1 2 3 4 5"), 3), 64),
                        "[1 2 3] [4 5] $");
    assert_int_equal(script.demand_max, 3);
    assert_int_equal(script.polls, 3);
}

int stage_chunks(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_hint), cmocka_unit_test(test_demand)};
    return cmocka_run_group_tests_name("chunks", tests, NULL, NULL);
}
