/* limit: so many items and an error, or so much weight. */

#include "stages.h"

static weir_stream *limit_2(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_limit(a, 2);
}

static uint64_t weigh(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value;
}
WEIR_KEY_FN(weigh_fn, weigh, struct tracked, uint64_t, OF_TRACKED)

static weir_stream *weight_7(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_limit_weighted(a, &weigh_fn, NULL, 7);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2"}, "1 2 $", {3}, {2}, false},
        {{"1 P 2 P $"}, "1 P 2 P $", {5}, {2}, false},
        {{"1 2 3 #"}, "1 2 !!LIMIT $", {3}, {3}, false},
        {{"!7 1 !8 2 !9"}, "!7 1 !8 2 !9 $", {6}, {2}, false}, /* errors are not counted */
        {{"1 !!7 #"}, "1 !!7 $", {2}, {1}, false},
    };
    static const struct stage_case weights[] = {
        {{"3 4 0 0"}, "3 4 0 0 $", {5}, {4}, false},
        {{"3 4 0 1 #"}, "3 4 0 !!LIMIT $", {4}, {4}, false},
        {{"3 5 #"}, "3 !!LIMIT $", {2}, {2}, false},
    };
    check_table(rows, limit_2);
    check_table(weights, weight_7);
}

/* One more than is allowed is asked for, and no more. */
static void test_demand(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *stream = weir_limit(script_stream(&script, "1 2 3 4 5 6"), 3);
    assert_string_equal(trace(stream, 64), "1 2 3 !!LIMIT $");
    assert_int_equal(script.given, 4);
}

static void test_words(void **state)
{
    (void)state;
    weir_error error;
    weir_state got = await(weir_count(weir_limit(weir_range(0, 9), 3)), NULL, &error);
    assert_int_equal(got, WEIR_ERROR);
    assert_string_equal(error.message, "more than 3 items came");
    got = await(weir_count(weight_7(source("3 5"), NULL)), NULL, &error);
    assert_int_equal(got, WEIR_ERROR);
    assert_string_equal(error.message, "more came than a weight of 7 by 'weigh'");
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_limit(source("1 2 3"), 2);
    check_hint(stream, 2, 2);
    weir_drop(stream);
    stream = weir_limit(source("1 2 3"), 9);
    check_hint(stream, 3, 3);
    weir_drop(stream);
}

int stage_limit(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_demand),
                                       cmocka_unit_test(test_words), cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
