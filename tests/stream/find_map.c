/* find_map: what fn makes of the first item for which it is true. */

#include "stages.h"

static bool half(struct tracked item, int64_t *out, void *arg)
{
    (void)arg;
    *out = item.value / 2;
    tracked_drop(item);
    return item.value % 2 == 0;
}
WEIR_FILTER_MAP_FN(half_fn, half, struct tracked, int64_t, FROM_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_find_map(a, &half_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{""}, "$", {1}, {0}, false},
        {{"1 8 #"}, "4 $", {2}, {2}, false},
        {{"1 3 5"}, "$", {4}, {3}, false},
        {{"1 P 2 4"}, "P 1 $", {3}, {2}, false},
    };
    check_table(rows, build);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    struct script script = {.type = &tracked_type};
    weir_stream *future = build(script_stream(&script, "1 3 !7 8"), NULL);
    assert_ptr_equal(future->type, &weir_type_i64);
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(script.demand_max, 1);
    assert_int_equal(tracked_live, 0);
}

int stage_find_map(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error)};
    return cmocka_run_group_tests_name("find_map", tests, NULL, NULL);
}
