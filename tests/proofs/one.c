/* What takes futures takes nothing else: a stream of several items is refused with a cure, and none
 * of its items is dropped in silence. */

#include "proofs.h"

static weir_stream *many(int64_t x, void *arg)
{
    (void)x;
    (void)arg;
    return weir_range(0, 5);
}
WEIR_THEN_FN(many_fn, many, int64_t, int64_t)

typedef weir_stream *stream_pointer;
WEIR_MAP_FN(many_map_fn, many, int64_t, stream_pointer, .to = &weir_type_stream)

static weir_poll five(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg;
    (void)cx;
    (void)demand;
    *(int64_t *)out = 5;
    return (weir_poll){1, WEIR_READY};
}

static weir_stream *three_of_many(void)
{
    return weir_map(weir_range(0, 3), &many_map_fn, NULL);
}

static void test_stages(void **state)
{
    (void)state;
    proof_fails(weir_count(weir_then(weir_range(0, 3), &many_fn, NULL)), WEIR_E_TYPE,
                "more than one");
    proof_fails(weir_count(weir_buffered(three_of_many(), &weir_type_i64, 2)), WEIR_E_TYPE,
                "more than one");
    proof_fails(weir_count(weir_buffer_unordered(three_of_many(), &weir_type_i64, 2)), WEIR_E_TYPE,
                "weir_collect()");
    proof_counts(weir_count(weir_flat_map(weir_range(0, 3), &many_fn, NULL)), 15);
    proof_counts(weir_count(weir_flatten(three_of_many(), &weir_type_i64)), 15);
}

static void test_runs(void **state)
{
    (void)state;
    proof_fails(weir_range(7, 12), WEIR_E_TYPE, "takes futures, but");
    proof_fails(weir_poll_fn(&weir_type_i64, five, NULL), WEIR_E_TYPE, "takes futures, but");
    proof_fails(weir_chain(weir_range(0, 1), weir_range(0, 1)), WEIR_E_TYPE, "weir_nth(it, 0)");
    int64_t item = 0;
    assert_int_equal(weir_run(weir_future_fn(&weir_type_i64, five, NULL), &item, NULL), WEIR_READY);
    assert_int_equal(item, 5);
    weir_stream *range = weir_range(7, 12);
    assert_int_equal(weir_run(weir_next(range), &item, NULL), WEIR_READY);
    assert_int_equal(item, 7);
    weir_drop(range);
}

static void test_spawned(void **state)
{
    (void)state;
    weir_rt *rt = weir_rt_new(NULL, NULL);
    assert_false(weir_rt_spawn(rt, weir_range(7, 12)));
    assert_true(weir_rt_spawn(rt, weir_count(weir_range(7, 12))));
    weir_rt_drop(rt);
}

/* What stays a future: one stage over one. */
static int64_t twice(int64_t x, void *arg)
{
    (void)arg;
    return 2 * x;
}
WEIR_MAP_FN(twice_fn, twice, int64_t, int64_t)

static void test_a_future_under_stages(void **state)
{
    (void)state;
    int64_t seven = 7, item = 0;
    weir_stream *once = weir_once(&weir_type_i64, &seven);
    assert_int_equal(weir_run(weir_map(once, &twice_fn, NULL), &item, NULL), WEIR_READY);
    assert_int_equal(item, 14);
}

int proofs_one(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stages), cmocka_unit_test(test_runs),
                                       cmocka_unit_test(test_spawned),
                                       cmocka_unit_test(test_a_future_under_stages)};
    return cmocka_run_group_tests_name("one", tests, NULL, NULL);
}
