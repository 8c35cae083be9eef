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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error),
                                       cmocka_unit_test(test_demand_grows)};
    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
