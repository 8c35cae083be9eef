/* flatten_vecs: none, one or many items of each vec, in order. */

#include "stages.h"

/* So many items of each: the vec that a user's function makes. */
static weir_vec many(struct tracked item, void *arg)
{
    size_t n = (size_t)item.value;
    (void)arg;
    tracked_drop(item);
    weir_vec vec = {.room = n, .of = &tracked_type};
    if (n)
        vec.items = weir_allocate_aligned(n * sizeof(struct tracked), _Alignof(struct tracked));
    for (; vec.n < n; vec.n++)
        ((struct tracked *)vec.items)[vec.n] = tracked_make(item.value * 10 + (int64_t)vec.n);
    return vec;
}
WEIR_MAP_FN(many_fn, many, struct tracked, weir_vec, FROM_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_flatten_vecs(weir_map(a, &many_fn, NULL), &tracked_type);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"2 0 1 P 3"}, "20 21 10 P 30 31 32 $", {6}, {4}, false},
        {{"1 !7 2 !!8 #"}, "10 !7 20 21 !!8 $", {4}, {2}, false},
        {{"0 0"}, "$", {3}, {2}, false},
    };
    check_table(rows, build);
}

/* The rest of a vec is dropped with the chain. */
static void test_half_way(void **state)
{
    (void)state;
    memory_begin(0, false);
    assert_string_equal(trace(weir_take(build(source("5 6"), NULL), 3), 2), "50 51 52 $");
    assert_int_equal(tracked_live, 0);
    assert_int_equal(memory_end(), 0);
}

static void test_hint(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build(source("3"), NULL);
    check_hint(stream, 0, WEIR_HINT_UNKNOWN);
    trace_poll(&seen, stream, &test, 1);
    check_hint(stream, 2, 2);
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_flatten_vecs(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table), cmocka_unit_test(test_half_way), cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("flatten_vecs", tests, NULL, NULL);
}
