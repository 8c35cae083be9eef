/* sum: of int64_t, uint64_t or double; 0 of none. */

#include "stages.h"

static void test_numbers(void **state)
{
    (void)state;
    static const int64_t i64[] = {3, -4, 5};
    static const uint64_t u64[] = {3, 4, 5};
    static const double f64[] = {0.5, 4, -1};
    static const weir_type double_type = WEIR_TYPE(double);
    int64_t i;
    uint64_t u;
    double f;
    await(weir_sum(weir_iter(&weir_type_i64, i64, 3)), &i, NULL);
    assert_int_equal(i, 4);
    await(weir_sum(weir_iter(&weir_type_u64, u64, 3)), &u, NULL);
    assert_int_equal(u, 12);
    await(weir_sum(weir_iter(&double_type, f64, 3)), &f, NULL);
    assert_true(f == 3.5);
}

static void test_empty(void **state)
{
    (void)state;
    static const weir_type double_type = WEIR_TYPE(double);
    double f = 7;
    assert_string_equal(trace(weir_sum(weir_range(0, 0)), 1), "0 $");
    assert_string_equal(trace(weir_sum(weir_empty(&weir_type_u64)), 1), "0 $");
    await(weir_sum(weir_empty(&double_type)), &f, NULL);
    assert_true(f == 0);
}

/* An overflow is told, at the item that makes it. */
static void test_overflow(void **state)
{
    (void)state;
    static const int64_t i64[] = {INT64_MAX, 0, 5, 1, 1};
    static const uint64_t u64[] = {UINT64_MAX, 1, 2, 1};
    weir_error error;
    assert_int_equal(await(weir_sum(weir_iter(&weir_type_i64, i64, 5)), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_string_equal(error.message, "the sum is more than a 'int64_t' holds");
    assert_int_equal(error.record, 3);
    assert_int_equal(await(weir_sum(weir_iter(&weir_type_u64, u64, 4)), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.record, 2);
    assert_true(error.fatal);
}

/* It stops at the first error. */
static void test_error(void **state)
{
    (void)state;
    weir_error error;
    struct script script = {0};
    weir_stream *future = weir_sum(script_stream(&script, "1 !7 2"));
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(script.given, 1);
}

static void test_other_types(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_sum(source("1 2")), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    assert_non_null(strstr(error.message, "tracked"));
    assert_int_equal(await(weir_sum(weir_empty(&weir_type_bool)), NULL, &error), WEIR_ERROR);
    assert_non_null(strstr(error.message, "bool"));
}

int stage_sum(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_empty),
                                       cmocka_unit_test(test_overflow),
                                       cmocka_unit_test(test_error),
                                       cmocka_unit_test(test_other_types)};
    return cmocka_run_group_tests_name("sum", tests, NULL, NULL);
}
