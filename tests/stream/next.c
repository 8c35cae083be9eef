/* next: one item of a stream that stays the caller's. */

#include "stages.h"

static void test_items(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *stream = script_stream(&script, "1 P 2 !7 3");
    assert_string_equal(trace(weir_next(stream), 64), "1 $");
    assert_int_equal(script.demand_max, 1);
    assert_string_equal(trace(weir_next(stream), 1), "P 2 $");
    assert_string_equal(trace(weir_next(stream), 1), "!7 $"); /* an error is all it gives */
    assert_string_equal(trace(weir_next(stream), 1), "3 $");
    assert_string_equal(trace(weir_next(stream), 1), "$");
    weir_drop(stream);
}

/* Dropped while it waits: the item is the next one's. */
static void test_dropped(void **state)
{
    (void)state;
    struct script script = {0};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = script_stream(&script, "P 1");
    weir_stream *future = weir_next(stream);
    assert_true(future->stage.one);
    trace_poll(&seen, future, &test, 1);
    weir_drop(future);
    test_cx_fini(&test);
    assert_string_equal(trace(weir_next(stream), 1), "P 1 $");
    weir_drop(stream);
}

int stage_next(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items),
                                       cmocka_unit_test(test_dropped)};
    return cmocka_run_group_tests_name("next", tests, NULL, NULL);
}
