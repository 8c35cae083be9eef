/* iter: the items of an array, as many as are asked for. */

#include "stages.h"

static const int64_t numbers[] = {3, 1, 2};

static void test_items(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_iter(&weir_type_i64, numbers, 3), 1), "3 1 2 $");
    assert_string_equal(trace(weir_iter(&weir_type_i64, numbers, 3), 2), "3 1 2 $");
    assert_string_equal(trace(weir_iter(&weir_type_i64, numbers, 0), 64), "$");
    weir_stream *stream = weir_iter(&weir_type_i64, numbers, 3);
    check_hint(stream, 3, 3);
    weir_drop(stream);
}

static void test_owning(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_iter(&tracked_type, numbers, 1), 1), "!!TYPE $");
}

int stage_iter(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items), cmocka_unit_test(test_owning)};
    return cmocka_run_group_tests_name("iter", tests, NULL, NULL);
}
