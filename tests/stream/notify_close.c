/* notify_close: the end is an item. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_notify_close(a);
}

static weir_stream *materialized(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_notify_close(weir_results(a));
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1"}, "1 none $", {2}, {1}, false},
        {{"1 P 2 !7 3"}, "1 P 2 !7 3 none $", {6}, {3}, false},
        {{"$"}, "none $", {1}, {0}, false},
        {{"1 !!7 #"}, "1 !!7 $", {2}, {1}, false},
    };
    static const struct stage_case results[] = {
        {{"1 !7 2"}, "1 !7 2 none $", {4}, {2}, false},
        {{"1 !!7 #"}, "1 !!7 none $", {2}, {1}, false}, /* here it is an item */
    };
    check_table(rows, build);
    check_table(results, materialized);
}

/* A function takes it as a struct. */
WEIR_OPTION(int64_t, maybe)

static int64_t or_minus_one(struct maybe maybe, void *arg)
{
    (void)arg;
    return maybe.some ? maybe.item : -1;
}
WEIR_MAP_FN(or_minus_one_fn, or_minus_one, struct maybe, int64_t, .from = &maybe_type)

static void test_struct(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        weir_stream *stream = weir_notify_close(weir_range(1, 4));
        assert_string_equal(trace(weir_map(stream, &or_minus_one_fn, NULL), demand), "1 2 3 -1 $");
    }
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = build(source("1 2"), NULL);
    check_hint(stream, 2, 3);
    weir_drop(stream);
}

int stage_notify_close(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_struct),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("notify_close", tests, NULL, NULL);
}
