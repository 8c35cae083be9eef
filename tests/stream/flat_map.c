/* flat_map: flatten of map. */

#include "stages.h"

static weir_stream *count_down(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return item.value < 0 ? weir_empty(&tracked_type) : weir_range(0, item.value);
}
WEIR_THEN_FN(count_fn, count_down, struct tracked, int64_t, FROM_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_flat_map(a, &count_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"2 0 P 1 3"}, "0 1 P 0 0 1 2 $", {6}, {4}, false},
        {{"1 !7 1 !!8 1"}, "0 !7 0 !!8 $", {4}, {2}, false},
        {{"1 -1 1"}, "0 !!TYPE $", {2}, {2}, false},
    };
    check_table(rows, build);
}

/* The next item is not taken before the stream of the last one ended. */
static void test_lazy(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    weir_stream *stream = build(script_stream(&script, "3 3 #"), NULL);
    assert_string_equal(trace(weir_take(stream, 6), 64), "0 1 2 0 1 2 $");
    assert_int_equal(script.demand_max, 1);
}

int stage_flat_map(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_lazy)};
    return cmocka_run_group_tests_name("flat_map", tests, NULL, NULL);
}
