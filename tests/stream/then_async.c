/* then_async: one machine at a time, in order, in the stage's own memory. */

#include "machines.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_then_async(a, &machine_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2"}, "1 2 $", {3}, {2}, false},
        {{"11 22 3"}, "P 11 P P 22 3 $", {4}, {3}, false},
        {{"1 9 10 2"}, "1 !9 P 2 $", {5}, {4}, false},
        {{"1 P !7 2"}, "1 P !7 2 $", {5}, {2}, false},
    };
    machines_most = 0;
    check_table(rows, build);
    assert_int_equal(machines_live, 0);
    assert_int_equal(machines_most, 1);
}

static void test_dropped_while_it_waits(void **state)
{
    (void)state;
    weir_stream *stream = build(source("21 2"), NULL);
    struct test_cx test;
    struct trace got = {0};
    test_cx_init(&test);
    trace_poll(&got, stream, &test, 1);
    assert_int_equal(machines_live, 1);
    weir_drop(stream);
    assert_int_equal(machines_live, 0);
    test_cx_fini(&test);
}

static void test_allocates_nothing_an_item(void **state)
{
    (void)state;
    struct test_cx test;
    struct tracked out;
    test_cx_init(&test);
    weir_stream *stream = build(source("1 1 1 1 1 1 1 1"), NULL);
    memory_begin(1, true); /* none is given */
    for (int i = 0; i < 8; i++) {
        assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).n, 1);
        tracked_drop(out);
    }
    memory_end();
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_then_async(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_dropped_while_it_waits),
                                       cmocka_unit_test(test_allocates_nothing_an_item)};
    return cmocka_run_group_tests_name("then_async", tests, NULL, NULL);
}
