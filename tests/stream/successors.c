/* successors: each item is made of the one before. */

#include "stages.h"

static unsigned calls;

static bool doubled(int64_t x, int64_t *next, void *arg)
{
    calls++;
    *next = 2 * x;
    return *next <= *(int64_t *)arg;
}
WEIR_FILTER_MAP_FN(doubled_fn, doubled, int64_t, int64_t)

static bool one_more(struct tracked item, struct tracked *next, void *arg)
{
    (void)arg;
    if (item.value == 4)
        return false;
    *next = tracked_make(item.value + 1);
    return true;
}
WEIR_FILTER_MAP_FN(one_more_fn, one_more, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static void test_items(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        int64_t most = 20, one = 1;
        calls = 0;
        weir_stream *stream = weir_successors(&doubled_fn, &one, &most);
        check_hint(stream, 1, WEIR_HINT_UNKNOWN);
        assert_string_equal(trace(stream, demand), "1 2 4 8 16 $");
        assert_int_equal(calls, 5); /* none after false */
    }
}

static void test_owned(void **state)
{
    (void)state;
    struct tracked one = tracked_make(1);
    assert_string_equal(trace(weir_successors(&one_more_fn, &one, NULL), 2), "1 2 3 4 $");
    one = tracked_make(1);
    assert_string_equal(trace(weir_take(weir_successors(&one_more_fn, &one, NULL), 2), 1), "1 2 $");
    assert_int_equal(tracked_live, 0); /* 3 was made, and nobody asked for it */
    for (unsigned long call = 1; call < 4; call++) {
        one = tracked_make(1);
        memory_begin(call, true);
        weir_drop(weir_successors(&one_more_fn, &one, NULL));
        assert_int_equal(memory_end(), 0);
        assert_int_equal(tracked_live, 0);
    }
}

int stage_successors(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items), cmocka_unit_test(test_owned)};
    return cmocka_run_group_tests_name("successors", tests, NULL, NULL);
}
