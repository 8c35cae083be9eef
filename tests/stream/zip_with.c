/* zip_with: fn of one item of either side. */

#include "stages.h"

static struct tracked sum(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    a.value += b.value;
    tracked_drop(b);
    return a;
}
WEIR_PAIR_FN(sum_fn, sum, struct tracked, struct tracked, struct tracked, .from = &sum_fn_from,
             TO_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    return weir_zip_with(a, b, &sum_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "7 8"}, "8 10 $", {3, 3}, {3, 2}, false},
        {{"P 1", "7"}, "P 8 $", {3, 2}, {1, 1}, false},
        {{"1 !5 2", "7 !6 8"}, "8 !5 !6 10 $", {4, 4}, {2, 2}, false},
    };
    check_table(rows, build);
}

/* Of two types, with an arg; the members of the pair are compared, not its size alone. */
static int64_t scaled(int64_t a, bool negative, void *arg)
{
    return (negative ? -a : a) * *(const int64_t *)arg;
}
WEIR_PAIR_FN(scaled_fn, scaled, int64_t, bool, int64_t)

static int64_t other(int64_t a, int64_t b, void *arg)
{
    (void)arg;
    return a + b;
}
WEIR_PAIR_FN(other_fn, other, int64_t, int64_t, int64_t)

static weir_stream *signs(void)
{
    static const bool negative[] = {true, false, true};
    return weir_iter(&weir_type_bool, negative, 3);
}

static void test_two_types(void **state)
{
    (void)state;
    int64_t scale = 10;
    for (size_t demand = 1; demand <= 4; demand++)
        assert_string_equal(
            trace(weir_zip_with(weir_range(1, 9), signs(), &scaled_fn, &scale), demand),
            "-10 20 -30 $");
    assert_string_equal(trace(weir_zip_with(weir_range(1, 9), signs(), &other_fn, NULL), 1),
                        "!!TYPE $");
}

/* The function is a map of pairs, wherever they come from. */
static void test_behind_another_stage(void **state)
{
    (void)state;
    int64_t scale = 1, none = 7;
    bool yes = true;
    weir_stream *pairs =
        weir_zip_all(weir_range(1, 5), &weir_type_i64, &none, signs(), &weir_type_bool, &yes);
    assert_string_equal(trace(weir_map(pairs, &scaled_fn, &scale), 3), "-1 2 -3 -4 $");
}

int stage_zip_with(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_two_types),
                                       cmocka_unit_test(test_behind_another_stage)};
    return cmocka_run_group_tests_name("zip_with", tests, NULL, NULL);
}
