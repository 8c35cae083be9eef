/* The order of items: numbers of each size and sign, and types that say how to compare. */

#include "stages.h"

#include "stream/order.h"

static int order_of(const weir_type *type, const void *a, const void *b)
{
    struct weir_order order = weir_order_of(type, NULL, NULL);
    return weir_order_pair(&order, a, b);
}

#define CHECK(T, low, high)                                                                        \
    do {                                                                                           \
        static const weir_type type = WEIR_TYPE(T);                                                \
        T items[] = {(T)(low), (T)(high)};                                                         \
        assert_int_equal(order_of(&type, &items[0], &items[1]), -1);                               \
        assert_int_equal(order_of(&type, &items[1], &items[0]), 1);                                \
        assert_int_equal(order_of(&type, &items[1], &items[1]), 0);                                \
    } while (0)

static void test_numbers(void **state)
{
    (void)state;
    CHECK(int8_t, -100, 3);
    CHECK(uint8_t, 3, 200);
    CHECK(int16_t, -30000, 3);
    CHECK(uint16_t, 3, 60000);
    CHECK(int32_t, INT32_MIN, 3);
    CHECK(uint32_t, 3, UINT32_MAX);
    CHECK(int64_t, INT64_MIN, INT64_MAX);
    CHECK(uint64_t, 3, UINT64_MAX);
    CHECK(char, 'a', 'b');
    CHECK(bool, false, true);
    CHECK(float, -1.5, 2);
    CHECK(double, -1e300, 1e300);
}

static void test_nan(void **state)
{
    (void)state;
    static const weir_type type = WEIR_TYPE(double);
    double items[] = {__builtin_nan(""), 1};
    assert_int_equal(order_of(&type, &items[0], &items[1]), WEIR_UNORDERED);
    assert_int_equal(order_of(&type, &items[1], &items[0]), WEIR_UNORDERED);
    assert_int_equal(order_of(&type, &items[0], &items[0]), WEIR_UNORDERED);
}

static void test_kinds(void **state)
{
    (void)state;
    static const weir_type four_bytes = {.name = "four", .size = 4, .align = 4};
    assert_int_equal(weir_number_of(&weir_type_i64), WEIR_SIGNED);
    assert_int_equal(weir_number_of(&weir_type_u64), WEIR_UNSIGNED);
    assert_int_equal(weir_number_of(&weir_type_bool), WEIR_UNSIGNED);
    assert_int_equal(weir_number_of(&tracked_type), WEIR_NO_NUMBER);
    assert_int_equal(weir_number_of(&four_bytes), WEIR_NO_NUMBER);
}

static void test_same(void **state)
{
    (void)state;
    struct weir_order order = weir_order_of(&weir_type_line, NULL, NULL);
    weir_line a = {"ab", 2}, b = {"abc", 3};
    assert_int_equal(weir_order_same(&order, &a, &a), 0);
    assert_int_equal(weir_order_same(&order, &a, &b), WEIR_UNORDERED);
}

int stage_order(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_nan),
                                       cmocka_unit_test(test_kinds), cmocka_unit_test(test_same)};
    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
