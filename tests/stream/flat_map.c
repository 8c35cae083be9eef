/* flat_map: flatten of map. */

#include "stages.h"

#include "weir/set.h"

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

static weir_stream *none(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return NULL;
}
WEIR_THEN_FN(none_fn, none, struct tracked, int64_t, FROM_TRACKED)

static void expect_message(weir_stream *stream, const char *wanted)
{
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    trace_run(&seen, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_string_equal(seen.error.message, wanted);
    assert_int_equal(tracked_live, 0);
}

/* It is what the messages are about, not what reads its streams. */
static void test_messages(void **state)
{
    (void)state;
    expect_message(weir_flat_map(source("1"), &none_fn, NULL),
                   "flat_map expects streams of 'int64_t', but was given NULL");
    expect_message(weir_flat_map_unordered(source("1"), &none_fn, NULL, 2),
                   "flat_map_unordered expects streams of 'int64_t', but was given NULL");
    expect_message(weir_flat_map_unordered(source("1"), &none_fn, NULL, 0),
                   "flat_map_unordered: the limit 'limit' is 0");
}

int stage_flat_map(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_lazy),
                                       cmocka_unit_test(test_messages)};
    return cmocka_run_group_tests_name("flat_map", tests, NULL, NULL);
}
