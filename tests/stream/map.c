/* map: one out for one in; one that may fail goes on behind its error. */

#include "stages.h"

static int64_t to_number(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return item.value * 10;
}
WEIR_MAP_FN(to_number_fn, to_number, struct tracked, int64_t, FROM_TRACKED)

static bool not_four(struct tracked item, struct tracked *out, void *arg, weir_error *error)
{
    (void)arg;
    if (item.value == 4) {
        weir_error_set(error, WEIR_E_USER, "it is four")->number = 4;
        tracked_drop(item);
        return false;
    }
    *out = item;
    return true;
}
WEIR_TRY_MAP_FN(not_four_fn, not_four, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static weir_stream *map(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map(a, &to_number_fn, NULL);
}

static weir_stream *try_map(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map(a, &not_four_fn, NULL);
}

static void test_tables(void **state)
{
    (void)state;
    static const struct stage_case plain[] = {
        {{"1 P 2 !7 3"}, "10 P 20 !7 30 $", {6}, {3}, false},
        {{"$"}, "$", {1}, {0}, false},
    };
    static const struct stage_case failing[] = {
        {{"1 4 2"}, "1 !4 2 $", {4}, {3}, false},
        {{"4 4 P 4"}, "!4 !4 P !4 $", {5}, {3}, false},
        {{"1 2 !7 4"}, "1 2 !7 !4 $", {5}, {3}, false},
    };
    check_table(plain, map);
    check_table(failing, try_map);
}

static void test_drop(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = try_map(source("1 4 2 3"), NULL);
    trace_poll(&seen, stream, &test, 64);
    weir_drop(stream); /* with an error and two items in hand */
    test_cx_fini(&test);
    assert_string_equal(seen.text, "1");
    assert_int_equal(tracked_live, 0);
}

int stage_map(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables), cmocka_unit_test(test_drop)};
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
