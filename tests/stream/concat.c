/* concat: the items of all vecs in one. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_concat(weir_chunks(a, 2), 5);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 P 3"}, "P [1 2 3] $", {5}, {3}, false},
        {{""}, "[] $", {1}, {0}, false},
        {{"1 2 3 4 5"}, "[1 2 3 4 5] $", {5}, {5}, false},
    };
    check_table(rows, build);
}

static void test_limit(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(build(source("1 2 3 4 5 6 7"), NULL), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "more than 5 items to concat");
    assert_int_equal(tracked_live, 0);
}

/* The first error is given, and what was gathered is discarded. */
static void test_error(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(build(source("1 2 3 !7 4"), NULL), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(tracked_live, 0);
}

/* Vecs whose items are not known before they come: the second holds something else. */
static bool give_vecs(int64_t *n, weir_vec *out)
{
    static const weir_type half = WEIR_TYPE(int32_t);
    *out = (weir_vec){.items = weir_allocate(32), .n = 4, .room = 4, .of = &weir_type_i64};
    memset(out->items, 0, 32);
    if ((*n)++ == 1)
        *out = (weir_vec){.items = out->items, .n = 8, .room = 8, .of = &half};
    if (*n == 3)
        weir_vec_drop(out);
    return *n < 3;
}
WEIR_UNFOLD_FN(give_vecs_fn, give_vecs, int64_t, weir_vec)

static void test_types_differ(void **state)
{
    (void)state;
    weir_error error;
    memory_begin(0, false);
    weir_stream *future = weir_concat(weir_unfold(&give_vecs_fn, &(int64_t){0}), 99);
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "concat of 'int64_t', but this is a vec of 'int32_t'");
    assert_int_equal(memory_end(), 0);
}

static void test_no_vecs(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_concat(weir_range(0, 3), 9), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "concat takes vecs, but the source yields 'int64_t'");
}

int stage_concat(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table), cmocka_unit_test(test_limit), cmocka_unit_test(test_error),
        cmocka_unit_test(test_types_differ), cmocka_unit_test(test_no_vecs)};
    return cmocka_run_group_tests_name("concat", tests, NULL, NULL);
}
