/* filter_map: keeps what fn makes; fn takes every item. */

#include "stages.h"

static bool half_if_even(struct tracked item, int64_t *out, void *arg)
{
    (void)arg;
    *out = item.value / 2;
    bool even = item.value % 2 == 0;
    tracked_drop(item);
    return even;
}
WEIR_FILTER_MAP_FN(half_fn, half_if_even, struct tracked, int64_t, FROM_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_filter_map(a, &half_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3 4"}, "1 2 $", {5}, {4}, false},
        {{"1 P 6"}, "P 3 $", {4}, {2}, false},
        {{"1 3"}, "$", {3}, {2}, false},
        {{"2 !7 8"}, "1 !7 4 $", {4}, {2}, false},
    };
    check_table(rows, build);
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = build(source("1 2 3"), NULL);
    check_hint(stream, 0, 3);
    weir_drop(stream);
}

int stage_filter_map(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("filter_map", tests, NULL, NULL);
}
