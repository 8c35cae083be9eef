/* by_ref: takes no more than it gives, and leaves the stream where it stands. */

#include "stages.h"

static void test_rest(void **state)
{
    (void)state;
    struct script script = {.exact = false};
    weir_stream *stream = script_stream(&script, "1 2 P 3 4 5");
    assert_string_equal(trace(weir_take(weir_by_ref(stream), 3), 64), "1 2 P 3 $");
    assert_int_equal(script.demand_max, 1);
    assert_int_equal(script.given, 3);
    assert_string_equal(trace(stream, 64), "4 5 $");
}

static void test_end(void **state)
{
    (void)state;
    struct script script = {.hinted = true};
    weir_stream *stream = script_stream(&script, "1 !7 2");
    weir_stream *ref = weir_by_ref(stream);
    check_hint(ref, 2, 2);
    assert_string_equal(trace(ref, 1), "1 !7 2 $");
    assert_string_equal(trace(stream, 1), "$");
    assert_int_equal(script.polls, 4);
}

int stage_by_ref(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rest), cmocka_unit_test(test_end)};
    return cmocka_run_group_tests_name("by_ref", tests, NULL, NULL);
}
