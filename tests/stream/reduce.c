/* reduce: a fold that begins with the first item. */

#include "stages.h"

static void poly(struct tracked *acc, struct tracked item, void *arg)
{
    (void)arg;
    acc->value = acc->value * 31 + item.value;
    tracked_drop(item);
}
WEIR_FOLD_FN(poly_fn, poly, struct tracked, struct tracked, .acc = &tracked_type, OF_TRACKED)

static bool poly_below_four(struct tracked *acc, struct tracked item, void *arg, weir_error *error)
{
    bool fits = item.value < 4;
    poly(acc, item, arg);
    if (!fits)
        weir_error_set(error, WEIR_E_USER, "too large")->number = 4;
    return fits;
}
WEIR_TRY_FOLD_FN(poly_below_four_fn, poly_below_four, struct tracked, struct tracked,
                 .acc = &tracked_type, OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_reduce(a, &poly_fn, NULL);
}

static weir_stream *build_try(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_reduce(a, &poly_below_four_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{""}, "$", {1}, {0}, false},
        {{"5"}, "5 $", {2}, {1}, false},
        {{"1 P 2 3"}, "P 1026 $", {4}, {3}, true},
    };
    check_table(rows, build);
}
static void test_try(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2"}, "33 $", {3}, {2}, false},
        {{"1 2 4 #"}, "!!4 $", {3}, {3}, true},
    };
    check_table(rows, build_try);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(build(source("1 2 !7 3"), NULL), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(await(build(source("!7 3"), NULL), NULL, &error), WEIR_ERROR);
    assert_int_equal(tracked_live, 0);
}

static void larger(int64_t *most, int64_t x, void *arg)
{
    (void)arg;
    *most = x > *most ? x : *most;
}
WEIR_FOLD_FN(larger_fn, larger, int64_t, int64_t)

static void test_numbers(void **state)
{
    (void)state;
    static const int64_t numbers[] = {3, 9, -2, 8};
    int64_t most = 0;
    weir_stream *future = weir_reduce(weir_iter(&weir_type_i64, numbers, 4), &larger_fn, NULL);
    check_hint(future, 1, 1);
    assert_int_equal(await(future, &most, NULL), WEIR_READY);
    assert_int_equal(most, 9);
}

static void unlike(double *acc, int64_t x, void *arg)
{
    (void)arg;
    *acc += (double)x;
}
WEIR_FOLD_FN(unlike_fn, unlike, double, int64_t)

static void test_other_accumulator(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_reduce(weir_range(0, 3), &unlike_fn, NULL), NULL, &error),
                     WEIR_ERROR);
    assert_string_equal(error.message,
                        "reduce 'unlike' takes 'double', but 'range' yields 'int64_t'");
}

int stage_reduce(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_try),
                                       cmocka_unit_test(test_error), cmocka_unit_test(test_numbers),
                                       cmocka_unit_test(test_other_accumulator)};
    return cmocka_run_group_tests_name("reduce", tests, NULL, NULL);
}
