/* range: counts up, at the edges of int64_t too. */

#include "stages.h"

static void test_items(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 4) {
        assert_string_equal(trace(weir_range(1, 6), demand), "1 2 3 4 5 $");
        assert_string_equal(trace(weir_range(-1, 1), demand), "-1 0 $");
        assert_string_equal(trace(weir_range(3, 3), demand), "$");
        assert_string_equal(trace(weir_range(3, -3), demand), "$");
        assert_string_equal(trace(weir_range(INT64_MAX - 1, INT64_MAX), demand),
                            "9223372036854775806 $");
    }
}

static void test_widest(void **state)
{
    (void)state;
    weir_stream *stream = weir_range(INT64_MIN, INT64_MAX);
    check_hint(stream, SIZE_MAX, SIZE_MAX);
    assert_string_equal(trace(weir_take(stream, 2), 2),
                        "-9223372036854775808 -9223372036854775807 $");
}

int stage_range(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items), cmocka_unit_test(test_widest)};
    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
