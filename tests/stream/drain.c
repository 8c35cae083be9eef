/* drain: reads to the end, and drops everything. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_drain(a);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{""}, "() $", {1}, {0}, false},
        {{"1 P 2 3"}, "P () $", {4}, {3}, true},
    };
    check_table(rows, build);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_drain(source("1 2 !7 3")), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(tracked_live, 0);
}

/* What can count without making items makes none. */
static void test_makes_nothing(void **state)
{
    (void)state;
    static const weir_line lines[] = {{"ab", 2}, {"c", 1}};
    memory_begin(0, false);
    weir_stream *future = weir_drain(weir_own(weir_iter(&weir_type_line, lines, 2)));
    unsigned long made = memory.calls;
    assert_int_equal(await(future, NULL, NULL), WEIR_READY);
    assert_int_equal(memory.calls, made);
    assert_int_equal(memory_end(), 0);
}

int stage_drain(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error),
                                       cmocka_unit_test(test_makes_nothing)};
    return cmocka_run_group_tests_name("drain", tests, NULL, NULL);
}
