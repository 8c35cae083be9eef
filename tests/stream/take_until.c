/* take_until: the future is asked first, and wins. */

#include "futures.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    return weir_take_until(a, weir_take(b, 1));
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "7"}, "$", {0, 1}, {0, 1}, false}, /* ready at once: no source is polled */
        {{"1 2 3", ""}, "1 2 3 $", {4, 1}, {3, 0}, false},
        {{"1 2 3", "P~"}, "1 2 3 $", {4, 4}, {3, 0}, false},
        {{"1 #", "P* 7"}, "1 $", {1, 2}, {1, 1}, true},
        {{"1 P 2 #", "P P* 7"}, "1 P P $", {3, 4}, {1, 1}, true},
        {{"P~", "P 7"}, "P $", {1, 2}, {0, 1}, false}, /* the future wakes it */
        {{"1 !5 !!6", "P~"}, "1 !5 !!6 $", {3, 3}, {1, 0}, false},
        {{"1 2", "!8"}, "!!8 $", {0, 1}, {0, 0}, false},
        {{"1 2", "!!8"}, "!!8 $", {0, 1}, {0, 0}, false},
        {{"", "P~"}, "$", {1, 1}, {0, 0}, false},
    };
    check_table(rows, build);
}

/* D2: 1, the future is ready, 2: what stands behind stays in the source. */
static void test_d2_the_rest_stays_in_the_source(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *kept = script_stream(&script, "1 2 3");
    struct script stop = {.one = true};
    assert_string_equal(trace(weir_take_until(weir_by_ref(kept), script_stream(&stop, "P* 7")), 1),
                        "1 $");
    assert_string_equal(trace(kept, 1), "2 3 $");
}

static weir_poll five_polls(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *polls = arg;
    (void)demand;
    if (++*polls <= 5)
        return weir_wait_turn(cx);
    *(bool *)out = true;
    return (weir_poll){1, WEIR_END};
}

/* A20: stop after 5 polls, over 1 to 10. */
static void test_a20_stop_after_five_polls(void **state)
{
    (void)state;
    unsigned polls = 0;
    weir_stream *stop = weir_take(weir_poll_fn(&weir_type_bool, five_polls, &polls), 1);
    assert_string_equal(trace(weir_take_until(weir_range(1, 11), stop), 1), "1 2 3 4 5 $");
}

static void see(int64_t item, void *arg)
{
    *(int64_t *)arg = item;
}
WEIR_EACH_FN(see_fn, see, int64_t)

/* take_result: inspect around the future. take_future: by_ref of it. */
static void test_result_and_future(void **state)
{
    (void)state;
    int64_t result = 0;
    struct script stop = {.one = true};
    weir_stream *shown = weir_inspect(script_stream(&stop, "7"), &see_fn, &result);
    assert_string_equal(trace(weir_take_until(weir_range(1, 4), shown), 1), "$");
    assert_int_equal(result, 7);
    weir_stream *kept = script_stream(&stop, "P~ 7");
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_take_until(weir_range(1, 4), weir_by_ref(kept));
    trace_run(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "1 2 3 $");
    weir_drop(stream);
    assert_false(weir_is_done(kept));
    weir_drop(kept);
    test_cx_fini(&test);
}

int stage_take_until(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table), cmocka_unit_test(test_d2_the_rest_stays_in_the_source),
        cmocka_unit_test(test_a20_stop_after_five_polls), cmocka_unit_test(test_result_and_future)};
    return cmocka_run_group_tests_name("take_until", tests, NULL, NULL);
}
