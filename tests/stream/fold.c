/* fold: one value made of all items; the start value is taken. */

#include "stages.h"

static void poly(struct tracked *acc, struct tracked item, void *arg)
{
    (void)arg;
    acc->value = acc->value * 31 + item.value;
    tracked_drop(item);
}
WEIR_FOLD_FN(poly_fn, poly, struct tracked, struct tracked, .acc = &tracked_type, OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    struct tracked acc = tracked_make(1);
    return weir_fold(a, &poly_fn, &acc, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2"}, "994 $", {3}, {2}, true},
        {{"1 P 2"}, "P 994 $", {4}, {2}, true},
        {{""}, "1 $", {1}, {0}, false},
    };
    check_table(rows, build);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(build(source("1 !7 2"), NULL), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(tracked_live, 0);
    struct tracked acc = tracked_make(1);
    weir_drop(weir_fold(weir_range(0, 1), &poly_fn, &acc, NULL)); /* a wrong type: it is taken */
    assert_int_equal(tracked_live, 0);
}

/* ---- a fold that may fail ---- */

static bool poly_below_four(struct tracked *acc, struct tracked item, void *arg, weir_error *error)
{
    bool fits = item.value < 4;
    poly(acc, item, arg);
    if (item.value == 4)
        weir_error_set(error, WEIR_E_USER, "it is 4")->number = 4;
    return fits;
}
WEIR_TRY_FOLD_FN(poly_below_four_fn, poly_below_four, struct tracked, struct tracked,
                 .acc = &tracked_type, OF_TRACKED)

static weir_stream *build_try(weir_stream *a, weir_stream *b)
{
    (void)b;
    struct tracked acc = tracked_make(1);
    return weir_fold(a, &poly_below_four_fn, &acc, NULL);
}

/* As a binding writes it: without the loop that the macro makes. */
static weir_stream *build_try_by_hand(weir_stream *a, weir_stream *b)
{
    (void)b;
    static weir_fold_fn by_hand;
    by_hand = (weir_fold_fn){.size = sizeof by_hand,
                             .name = "by hand",
                             .acc = &tracked_type,
                             .of = &tracked_type,
                             .try_one = poly_below_four_fn.try_one};
    struct tracked acc = tracked_make(1);
    return weir_fold(a, &by_hand, &acc, NULL);
}

static void test_try_fold(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2"}, "P 994 $", {4}, {2}, false},
        {{""}, "1 $", {1}, {0}, false},
        {{"1 4 #"}, "!!4 $", {2}, {2}, true}, /* nothing behind it is read */
        {{"5 #"}, "!!USER $", {1}, {1}, true},
    };
    check_table(rows, build_try);
    check_table(rows, build_try_by_hand);
}

static void test_try_error(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(build_try(source("1 2 5 3"), NULL), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "poly_below_four failed");
    assert_int_equal(error.record, 3);
    assert_string_equal(error.trail[0], "fold");
    assert_int_equal(tracked_live, 0);
}

static bool add_if_positive(int64_t *sum, int64_t x, void *arg, weir_error *error)
{
    if (x <= *(int64_t *)arg)
        weir_error_set(error, WEIR_E_USER, "not positive")->record = 77;
    *sum += x;
    return x > *(int64_t *)arg;
}
WEIR_TRY_FOLD_FN(add_if_positive_fn, add_if_positive, int64_t, int64_t)

static void test_try_numbers(void **state)
{
    (void)state;
    weir_error error;
    int64_t least = 0, sum = 5;
    weir_stream *fold = weir_fold(weir_range(1, 1001), &add_if_positive_fn, &sum, &least);
    assert_int_equal(await(fold, &sum, NULL), WEIR_READY);
    assert_int_equal(sum, 500505);
    fold = weir_fold(weir_range(0, 3), &add_if_positive_fn, &sum, &least);
    assert_int_equal(await(fold, &sum, &error), WEIR_ERROR);
    assert_int_equal(error.record, 77);
}

static void test_demand_grows(void **state)
{
    (void)state;
    enum { ITEMS = 90 };
    char text[2 * ITEMS + 1] = "";
    for (int i = 0; i < ITEMS; i++)
        memcpy(text + 2 * i, "0 ", 3);
    struct script script = {.type = &tracked_type};
    struct tracked acc = tracked_make(0);
    weir_stream *fold = weir_fold(script_stream(&script, text), &poly_fn, &acc, NULL);
    assert_int_equal(await(fold, &acc, NULL), WEIR_READY);
    tracked_drop(acc);
    assert_int_equal(script.given, ITEMS);
    assert_in_range(script.demand_max, 32, ITEMS);
}

int stage_fold(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),        cmocka_unit_test(test_error),
        cmocka_unit_test(test_demand_grows), cmocka_unit_test(test_try_fold),
        cmocka_unit_test(test_try_error),    cmocka_unit_test(test_try_numbers)};
    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
