/* unfold: one call an item, none after false. */

#include "stages.h"

static unsigned calls;

static bool squares(int64_t *k, int64_t *out)
{
    calls++;
    *out = *k * *k;
    return (*k)++ < 3;
}
WEIR_UNFOLD_FN(squares_fn, squares, int64_t, int64_t)

static bool own_state(struct tracked *from, struct tracked *out)
{
    if (from->value == 2)
        return false;
    *out = tracked_make(from->value++);
    return true;
}
WEIR_UNFOLD_FN(own_state_fn, own_state, struct tracked, struct tracked, .state = &tracked_type,
               OF_TRACKED)

static void test_items(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        calls = 0;
        assert_string_equal(trace(weir_unfold(&squares_fn, &(int64_t){0}), demand), "0 1 4 $");
        assert_int_equal(calls, 4);
    }
}

/* One call for each item that is asked for: none to see whether it is over. */
static void test_lazy(void **state)
{
    (void)state;
    calls = 0;
    assert_string_equal(trace(weir_take(weir_unfold(&squares_fn, &(int64_t){0}), 2), 64), "0 1 $");
    assert_int_equal(calls, 2);
}

static void test_state(void **state)
{
    (void)state;
    struct tracked from = tracked_make(0);
    assert_string_equal(trace(weir_unfold(&own_state_fn, &from), 1), "0 1 $");
    assert_int_equal(tracked_live, 0);
    for (unsigned long call = 1; call < 4; call++) {
        from = tracked_make(0);
        memory_begin(call, true);
        weir_drop(weir_unfold(&own_state_fn, &from));
        assert_int_equal(memory_end(), 0);
        assert_int_equal(tracked_live, 0);
    }
}

int stage_unfold(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items), cmocka_unit_test(test_lazy),
                                       cmocka_unit_test(test_state)};
    return cmocka_run_group_tests_name("unfold", tests, NULL, NULL);
}
