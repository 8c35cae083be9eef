/* repeat_with: one call an item that is asked for. */

#include "stages.h"

static int64_t square(void *arg)
{
    int64_t *k = arg, n = (*k)++;
    return n * n;
}
WEIR_MAKE_FN(square_fn, square, int64_t)

static struct tracked make(void *arg)
{
    return tracked_make((*(int64_t *)arg)++);
}
WEIR_MAKE_FN(make_fn, make, struct tracked, OF_TRACKED)

static void test_items(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        int64_t k = 1;
        weir_stream *stream = weir_repeat_with(&square_fn, &k);
        check_hint(stream, SIZE_MAX, WEIR_HINT_UNKNOWN);
        assert_string_equal(trace(weir_take(stream, 4), demand), "1 4 9 16 $");
        assert_int_equal(k, 5); /* no call more */
    }
}

/* A constant that was written by hand has no poll of its own. */
static void test_by_hand(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        int64_t k = 1;
        weir_make_fn fn = make_fn;
        fn.poll = NULL;
        assert_string_equal(trace(weir_take(weir_repeat_with(&fn, &k), 3), demand), "1 2 3 $");
        assert_int_equal(tracked_live, 0);
    }
}

static void test_refused(void **state)
{
    (void)state;
    weir_make_fn fn = square_fn;
    fn.of_size = 4;
    assert_string_equal(trace(weir_repeat_with(&fn, NULL), 1), "!!TYPE $");
}

int stage_repeat_with(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items), cmocka_unit_test(test_by_hand),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("repeat_with", tests, NULL, NULL);
}
