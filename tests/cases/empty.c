/* W20: over an input without items reducers give their unit, selectors nothing. */

#include "../stream/stages.h"

static bool yes(int64_t item, void *arg)
{
    (void)arg;
    return item >= INT64_MIN;
}
WEIR_FILTER_FN(yes_fn, yes, int64_t)

static bool same(int64_t item, int64_t *out, void *arg)
{
    (void)arg;
    *out = item;
    return true;
}
WEIR_FILTER_MAP_FN(same_fn, same, int64_t, int64_t)

static void add(int64_t *sum, int64_t item, void *arg)
{
    (void)arg;
    *sum += item;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static void look(int64_t item, void *arg)
{
    (void)item, (void)arg;
}
WEIR_EACH_FN(look_fn, look, int64_t)

static weir_stream *none(void)
{
    return weir_empty(&weir_type_i64);
}

static void reducers_give_their_unit(void **state)
{
    (void)state;
    int64_t seven = 7;
    assert_string_equal(trace(weir_count(none()), 1), "0 $");
    assert_string_equal(trace(weir_fold(none(), &add_fn, &seven, NULL), 1), "7 $");
    assert_string_equal(trace(weir_collect(none(), 9), 1), "[] $");
    assert_string_equal(trace(weir_any(none(), &yes_fn, NULL), 1), "false $");
    assert_string_equal(trace(weir_all(none(), &yes_fn, NULL), 1), "true $");
    assert_string_equal(trace(weir_sum(none()), 1), "0 $");
    assert_string_equal(trace(weir_product(none()), 1), "1 $");
    assert_string_equal(trace(weir_for_each(none(), &look_fn, NULL), 1), "() $");
    assert_string_equal(trace(weir_drain(none()), 1), "() $");
    assert_string_equal(trace(weir_eq(none(), none(), NULL, NULL), 1), "true $");
    assert_string_equal(trace(weir_lt(none(), none(), NULL, NULL), 1), "false $");
    assert_string_equal(trace(weir_cmp(none(), none(), NULL, NULL), 1), "0 $");
}

static void selectors_give_nothing(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_min(none()), 1), "$");
    assert_string_equal(trace(weir_max(none()), 1), "$");
    assert_string_equal(trace(weir_last(none()), 1), "$");
    assert_string_equal(trace(weir_nth(none(), 0), 1), "$");
    assert_string_equal(trace(weir_find(none(), &yes_fn, NULL), 1), "$");
    assert_string_equal(trace(weir_find_map(none(), &same_fn, NULL), 1), "$");
    assert_string_equal(trace(weir_position(none(), &yes_fn, NULL), 1), "$");
    assert_string_equal(trace(weir_reduce(none(), &add_fn, NULL), 1), "$");
    weir_stream *kept = none();
    assert_string_equal(trace(weir_next(kept), 1), "$");
    weir_drop(kept);
}

int cases_empty(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reducers_give_their_unit),
        cmocka_unit_test(selectors_give_nothing),
    };
    return cmocka_run_group_tests_name("empty", tests, NULL, NULL);
}
