/* filter: drops what fn refuses, and goes on within the same poll. */

#include "stages.h"

static bool odd(struct tracked item, void *arg)
{
    (void)arg;
    return item.value % 2 != 0;
}
WEIR_FILTER_FN(odd_fn, odd, struct tracked, OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_filter(a, &odd_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 P 3"}, "1 P 3 $", {5}, {3}, false},
        {{"2 P 1"}, "P 1 $", {4}, {2}, false},
        {{"2 4 6"}, "$", {4}, {3}, false},
        {{"2 !7 3 !!8 #"}, "!7 3 !!8 $", {4}, {2}, false},
    };
    check_table(rows, build);
}

static bool even(int64_t x, void *arg)
{
    return x % *(const int64_t *)arg == 0;
}
WEIR_FILTER_FN(multiple_fn, even, int64_t)

/* The batch kernels keep what the one-item entry keeps, at every length. */
static void test_kernels(void **state)
{
    (void)state;
    int64_t three = 3;
    for (int64_t n = 0; n < 70; n++) {
        const char *one = trace(weir_filter(weir_range(0, n), &multiple_fn, &three), 1);
        const char *many = trace(weir_filter(weir_range(0, n), &multiple_fn, &three), 64);
        assert_string_equal(one, many);
    }
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = build(source("1 2 3"), NULL);
    check_hint(stream, 0, 3);
    weir_drop(stream);
}

int stage_filter(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_kernels),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
