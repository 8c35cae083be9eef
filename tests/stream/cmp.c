/* cmp and its like: two streams, item by item, up to the first difference. */

#include "stages.h"

static int by_value(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    return (int)(a.value - b.value);
}
WEIR_COMPARE_FN(by_value_fn, by_value, struct tracked, OF_TRACKED)

#define BUILD(name)                                                                                \
    static weir_stream *build_##name(weir_stream *a, weir_stream *b)                               \
    {                                                                                              \
        return weir_##name(a, b, &by_value_fn, NULL);                                              \
    }
BUILD(cmp)
BUILD(partial_cmp)
BUILD(eq)
BUILD(ne)
BUILD(lt)
BUILD(le)
BUILD(gt)
BUILD(ge)

/* Lock step: neither is read behind the first difference or the first end. */
static void test_cmp(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"", ""}, "0 $", {1, 1}, {0, 0}, false},
        {{"1 2", "1 2"}, "0 $", {3, 3}, {2, 2}, false},
        {{"1 2 3", "1 2"}, "1 $", {3, 3}, {3, 2}, false},
        {{"1 2", "1 2 3"}, "-1 $", {3, 3}, {2, 3}, false},
        {{"1 2 #", "1 3 #"}, "-1 $", {2, 2}, {2, 2}, false},
        {{"1 4 #", "1 3 #"}, "1 $", {2, 2}, {2, 2}, false},
        {{"", "1 #"}, "-1 $", {1, 1}, {0, 1}, false},
        {{"1 P 2", "1 2"}, "P 0 $", {4, 3}, {2, 2}, false},
        {{"1 P 2", "P 1 2"}, "P P 0 $", {4, 4}, {2, 2}, false},
        {{"1 2 #", "1 !!7"}, "!!7 $", {2, 2}, {2, 1}, false},
        {{"!!8", "1 #"}, "!!8 $", {1, 0}, {0, 0}, false},
    };
    check_table(rows, build_cmp);
    check_table(rows, build_partial_cmp);
}

static void check_verdicts(const char *a, const char *b, const char *wanted)
{
    static stage_build *const builds[] = {build_eq, build_ne, build_lt,
                                          build_le, build_gt, build_ge};
    char got[7] = "";
    for (int i = 0; i < 6; i++)
        got[i] = trace(builds[i](source(a), source(b)), 1)[0]; /* true or false */
    assert_string_equal(got, wanted);
    assert_int_equal(tracked_live, 0);
}

/* eq ne lt le gt ge */
static void test_verdicts(void **state)
{
    (void)state;
    check_verdicts("1 2", "1 2", "tfftft");
    check_verdicts("1 2", "1 3", "ftttff");
    check_verdicts("1 3", "1 2", "ftfftt");
    check_verdicts("1", "1 2", "ftttff");
    check_verdicts("1 2", "1", "ftfftt");
    check_verdicts("", "", "tfftft");
}

static weir_stream *reals(const double *items, size_t n)
{
    static const weir_type double_type = WEIR_TYPE(double);
    return weir_iter(&double_type, items, n);
}

/* Where a NaN is met there is no answer, and nothing holds but "not equal". */
static void test_nan(void **state)
{
    (void)state;
    static const double a[] = {1, __builtin_nan("")}, b[] = {1, 2};
    assert_string_equal(trace(weir_partial_cmp(reals(a, 2), reals(b, 2), NULL, NULL), 1), "$");
    assert_string_equal(trace(weir_partial_cmp(reals(b, 2), reals(b, 2), NULL, NULL), 1), "0 $");
    assert_string_equal(trace(weir_eq(reals(a, 2), reals(a, 2), NULL, NULL), 1), "false $");
    assert_string_equal(trace(weir_ne(reals(a, 2), reals(a, 2), NULL, NULL), 1), "true $");
    assert_string_equal(trace(weir_lt(reals(a, 2), reals(b, 2), NULL, NULL), 1), "false $");
    assert_string_equal(trace(weir_le(reals(a, 2), reals(b, 2), NULL, NULL), 1), "false $");
    assert_string_equal(trace(weir_gt(reals(a, 2), reals(b, 2), NULL, NULL), 1), "false $");
    assert_string_equal(trace(weir_ge(reals(a, 2), reals(b, 2), NULL, NULL), 1), "false $");
    assert_string_equal(trace(weir_cmp(reals(a, 2), reals(b, 2), NULL, NULL), 1), "!!TYPE $");
}

static void test_own_order(void **state)
{
    (void)state;
    static const weir_line lines[] = {{"ab", 2}, {"", 0}}, others[] = {{"ab", 2}, {"c", 1}};
    assert_string_equal(trace(weir_cmp(weir_range(0, 9), weir_range(0, 8), NULL, NULL), 1), "1 $");
    weir_stream *a = weir_iter(&weir_type_line, lines, 2),
                *b = weir_iter(&weir_type_line, lines, 2);
    assert_string_equal(trace(weir_eq(a, b, NULL, NULL), 1), "true $");
    a = weir_iter(&weir_type_line, lines, 2), b = weir_iter(&weir_type_line, others, 2);
    assert_string_equal(trace(weir_eq(a, b, NULL, NULL), 1), "false $");
    a = weir_iter(&weir_type_line, lines, 2), b = weir_iter(&weir_type_line, others, 2);
    assert_string_equal(trace(weir_lt(a, b, NULL, NULL), 1), "!!TYPE $"); /* no order is known */
}

static void test_types_differ(void **state)
{
    (void)state;
    weir_error error;
    weir_stream *future = weir_eq(weir_range(0, 2), source("1 2"), NULL, NULL);
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    assert_int_equal(tracked_live, 0);
}

int stage_cmp(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cmp), cmocka_unit_test(test_verdicts),
                                       cmocka_unit_test(test_nan), cmocka_unit_test(test_own_order),
                                       cmocka_unit_test(test_types_differ)};
    return cmocka_run_group_tests_name("cmp", tests, NULL, NULL);
}
