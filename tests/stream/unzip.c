/* unzip: two vecs of pairs. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    return weir_unzip(weir_zip(a, b), 4);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "11 12"}, "([1 2],[11 12]) $", {2, 3}, {3, 2}, true},
        {{"", "11"}, "([],[]) $", {1, 1}, {0, 1}, true},
        {{"1 P 2", "11 12"}, "P ([1 2],[11 12]) $", {4, 3}, {2, 2}, true},
        {{"1 2 3 4", "1 2 3 4"}, "([1 2 3 4],[1 2 3 4]) $", {4, 4}, {4, 4}, true},
        {{"1 2 3 4 5", "1 2 3 4 5"}, "!!LIMIT $", {3, 3}, {5, 5}, true},
    };
    check_table(rows, build);
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    weir_stream *future = build(source("1 2 !7 3"), source("1 2 3"));
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(tracked_live, 0);
}

WEIR_PAIR(int64_t, bool, with_sign)
static struct with_sign sign(int64_t x, void *arg)
{
    (void)arg;
    return (struct with_sign){x, x >= 0};
}
WEIR_MAP_FN(sign_fn, sign, int64_t, struct with_sign, .to = &with_sign_type)

static void test_pairs_of_a_map(void **state)
{
    (void)state;
    weir_stream *pairs = weir_map(weir_range(-2, 2), &sign_fn, NULL);
    assert_string_equal(trace(weir_unzip(pairs, 100), 64),
                        "([-2 -1 0 1],[false false true true]) $");
}

static void test_no_pairs(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_unzip(weir_range(0, 3), 9), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "unzip takes pairs, but the source yields 'int64_t'");
    assert_int_equal(await(weir_unzip(weir_enumerate(source("1")), 9), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "unzip takes pairs, but the source yields 'indexed'");
    assert_int_equal(tracked_live, 0);
}

int stage_unzip(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_error),
                                       cmocka_unit_test(test_pairs_of_a_map),
                                       cmocka_unit_test(test_no_pairs)};
    return cmocka_run_group_tests_name("unzip", tests, NULL, NULL);
}
