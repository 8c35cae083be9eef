/* zip_n: one item of each; what one gave waits for the others, and only those are polled that were
 * woken. */

#include "stages.h"

static weir_stream *zipped(weir_stream *a, weir_stream *b)
{
    weir_stream *both[] = {a, b};
    return weir_zip_n(both, 2);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "7 8"}, "[1 7] [2 8] $", {3, 3}, {3, 2}, false},
        {{"1 !5 2", "7 8"}, "[1 7] !5 [2 8] $", {4, 2}, {2, 2}, false},
        {{"", "P~"}, "$", {1, 0}, {0, 0}, false},
        {{"1", ""}, "$", {1, 1}, {1, 0}, false},
    };
    check_table(rows, zipped);
}

static void test_three(void **state)
{
    (void)state;
    weir_stream *three[] = {source("1 2"), source("3 4"), source("5 6")};
    assert_string_equal(trace(weir_zip_n(three, 3), 1), "[1 3 5] [2 4 6] $");
    weir_stream *one[] = {source("1 2")};
    assert_string_equal(trace(weir_zip_n(one, 1), 64), "[1] [2] $");
    weir_stream *many[] = {source("1"), weir_empty(&weir_type_i64)};
    assert_string_equal(trace(weir_zip_n(many, 0), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weir_zip_n(many, 2), 1), "!!TYPE $");
    assert_int_equal(tracked_live, 0);
}

/* W16: of a thousand the one is polled that was woken. */
static void test_woken(void **state)
{
    enum { MANY = 1000 };
    static struct script scripts[MANY];
    static weir_stream *inputs[MANY];
    static struct test_cx test;
    weir_vec vec;
    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        scripts[i] = (struct script){.type = &tracked_type};
        inputs[i] = script_stream(&scripts[i], i == 500 ? "P 1" : "1");
    }
    weir_stream *stream = weir_zip_n(inputs, MANY);
    test_cx_init(&test);
    weir_poll got = {0, WEIR_PENDING};
    for (unsigned turns = 0; turns < 20 && scripts[999].polls == 0; turns++) {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, &vec, 1);
    }
    assert_int_equal(got.state, WEIR_PENDING);
    assert_true(script_wake(&scripts[500]));
    do {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, &vec, 1);
    } while (!got.n);
    assert_int_equal(vec.n, MANY);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(scripts[i].polls, i == 500 ? 2 : 1);
    weir_vec_drop(&vec);
    weir_drop(stream);
    test_cx_fini(&test);
}

static void test_hint(void **state)
{
    (void)state;
    static struct test_cx test;
    weir_vec vec;
    weir_stream *two[] = {source("1 2 3"), source("4 5")};
    weir_stream *stream = weir_zip_n(two, 2);
    check_hint(stream, 2, 2);
    test_cx_init(&test);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &vec, 1).n, 1);
    weir_vec_drop(&vec);
    check_hint(stream, 1, 1);
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_zip_n(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_three),
                                       cmocka_unit_test(test_woken), cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("zip_n", tests, NULL, NULL);
}
