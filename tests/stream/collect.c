/* collect: a vec of all items, up to its limit. */

#include "stages.h"

static weir_stream *collect_4(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_collect(a, 4);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2"}, "P [1 2] $", {4}, {2}, true},
        {{""}, "[] $", {1}, {0}, false},
        {{"1 2 3 4"}, "[1 2 3 4] $", {4}, {4}, false},
    };
    check_table(rows, collect_4);
}

static void test_limit(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(collect_4(source("1 2 3 4 5 6"), NULL), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_string_equal(error.message, "more than 4 items to collect");
    assert_int_equal(tracked_live, 0);
    assert_string_equal(trace(weir_collect(weir_range(0, 3), 0), 1), "!!ARGUMENT $");
}

static void test_error(void **state)
{
    (void)state;
    weir_error error;
    struct script script = {.type = &tracked_type};
    weir_stream *stream = collect_4(script_stream(&script, "1 !7 2"), NULL);
    assert_int_equal(await(stream, NULL, &error), WEIR_ERROR);
    assert_int_equal(script.given, 1);
    assert_int_equal(tracked_live, 0); /* what was collected is discarded */
}

/* Growing, and a hint that is believed. */
static void test_growth(void **state)
{
    (void)state;
    for (int64_t n = 0; n < 300; n += 37) {
        weir_vec vec;
        memory_begin(0, false);
        weir_stream *stream = weir_collect(weir_range(0, n), 1000);
        unsigned long made = memory.calls;
        assert_int_equal(await(stream, &vec, NULL), WEIR_READY);
        assert_int_equal(memory.calls, made + 1);
        assert_int_equal(vec.n, n);
        for (int64_t i = 0; i < n; i++)
            assert_int_equal(((int64_t *)vec.items)[i], i);
        weir_vec_drop(&vec);
        assert_int_equal(memory_end(), 0);
    }
}

static bool is_even(int64_t x, void *arg)
{
    (void)arg;
    return x % 2 == 0;
}
WEIR_FILTER_FN(is_even_fn, is_even, int64_t)

/* What it is that there is no memory for: also where it has nothing yet. */
static void test_no_memory(void **state)
{
    (void)state;
    static const char *const said[] = {"no memory for a vec of 16 items, 8 bytes each",
                                       "no memory for a vec of 32 items, 8 bytes each"};
    unsigned long made = 0;
    for (unsigned i = 0; i < 3;
         i++) { /* at first nothing fails: it is counted what a chain takes */
        weir_error error;
        weir_vec vec = {0};
        memory_begin(i ? made + i : 0, false);
        weir_stream *evens = weir_filter(weir_range(0, 40), &is_even_fn, NULL);
        weir_stream *stream = weir_collect(evens, 100);
        made = memory.calls;
        weir_state got = await(stream, &vec, &error);
        assert_int_equal(got, i ? WEIR_ERROR : WEIR_READY);
        if (i)
            assert_string_equal(error.message, said[i - 1]);
        weir_vec_drop(&vec);
        assert_int_equal(memory_end(), 0);
    }
}

int stage_collect(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_limit),
                                       cmocka_unit_test(test_error), cmocka_unit_test(test_growth),
                                       cmocka_unit_test(test_no_memory)};
    return cmocka_run_group_tests_name("collect", tests, NULL, NULL);
}
