/* max: the greatest item, the last of equals. */

#include "stages.h"

/* A type of its own order, by which all numbers with the same last digit are equal. */
static int by_digit(const weir_type *type, const void *a, const void *b)
{
    (void)type;
    return *(const int32_t *)a % 10 - *(const int32_t *)b % 10;
}
static const weir_type digit_type = {
    .name = "digit", .size = 4, .align = 4, .detached = true, .compare = by_digit};

static double real(const double *items, size_t n)
{
    static const weir_type double_type = WEIR_TYPE(double);
    double out = -77;
    await(weir_max(weir_iter(&double_type, items, n)), &out, NULL);
    return out;
}

static void test_numbers(void **state)
{
    (void)state;
    static const int64_t i64[] = {3, INT64_MIN, 9, -2, INT64_MAX, 5, 4, 4, 4};
    static const uint64_t u64[] = {3, UINT64_MAX, 9, 1};
    static const unsigned char bytes[] = {3, 200, 9};
    static const weir_type byte_type = WEIR_TYPE(unsigned char);
    int64_t out;
    uint64_t unsigned_out;
    unsigned char byte;
    for (size_t n = 1; n <= 9; n++) {
        int64_t wanted = i64[0];
        for (size_t i = 0; i < n; i++)
            wanted = i64[i] > wanted ? i64[i] : wanted;
        assert_int_equal(await(weir_max(weir_iter(&weir_type_i64, i64, n)), &out, NULL),
                         WEIR_READY);
        assert_int_equal(out, wanted);
    }
    await(weir_max(weir_iter(&weir_type_u64, u64, 4)), &unsigned_out, NULL);
    assert_true(unsigned_out == UINT64_MAX);
    await(weir_max(weir_iter(&byte_type, bytes, 3)), &byte, NULL);
    assert_int_equal(byte, 200);
    await(weir_max(weir_range(-7, 100000)), &out, NULL);
    assert_int_equal(out, 99999);
    assert_string_equal(trace(weir_max(weir_range(0, 0)), 1), "$");
}

static void test_nan(void **state)
{
    (void)state;
    double nan = __builtin_nan("");
    assert_true(real((double[]){1, nan, 2, -3, nan}, 5) == 2);
    assert_true(real((double[]){nan, nan, 4, 1}, 4) == 4);
    double none = real((double[]){nan, nan}, 2);
    assert_true(none != none);
}

/* Of equal items it is the last, as in Iterator::max. */
static void test_equals(void **state)
{
    (void)state;
    static const int32_t digits[] = {15, 31, 21, 25, 11};
    int32_t out;
    await(weir_max(weir_iter(&digit_type, digits, 5)), &out, NULL);
    assert_int_equal(out, 25);
}

static void test_no_order(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_max(source("1 2")), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message,
                        "max: no order is known of 'tracked', which 'script' yields");
    assert_int_equal(tracked_live, 0);
}

int stage_max(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_nan),
                                       cmocka_unit_test(test_equals),
                                       cmocka_unit_test(test_no_order)};
    return cmocka_run_group_tests_name("max", tests, NULL, NULL);
}
