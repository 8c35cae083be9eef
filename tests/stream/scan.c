/* scan: a running state, until fn says stop. */

#include "stages.h"

static bool sum_until_six(struct tracked *sum, struct tracked item, int64_t *out)
{
    sum->value += item.value;
    *out = sum->value;
    tracked_drop(item);
    return sum->value <= 6;
}
WEIR_SCAN_FN(sum_fn, sum_until_six, struct tracked, struct tracked, int64_t, .state = &tracked_type,
             FROM_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    struct tracked sum = tracked_make(0);
    return weir_scan(a, &sum_fn, &sum);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3 4 #"}, "1 3 6 $", {4}, {4}, false},
        {{"1 P 2 !7 3"}, "1 P 3 !7 6 $", {6}, {3}, false},
        {{"9 1 1"}, "$", {1}, {1}, false},
    };
    check_table(rows, build); /* the state is dropped with the chain: tracked_live is 0 */
}

static void test_refused(void **state)
{
    (void)state;
    struct tracked sum = tracked_make(0);
    weir_drop(weir_scan(weir_range(0, 3), &sum_fn, &sum)); /* a wrong type: the state is taken */
    assert_int_equal(tracked_live, 0);
}

int stage_scan(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
