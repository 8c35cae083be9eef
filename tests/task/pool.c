/* The pool of a runtime: chains that are made and dropped while it runs cost no allocation. */

#include "../driver/rig.h"
#include "doubles.h"

static unsigned long calls_of(weir_rt *rt, weir_stream *future)
{
    unsigned long before = memory.calls;
    weir_error error = {0};
    if (weir_rt_run(rt, future, NULL, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    return memory.calls - before;
}

static weir_stream *up_to_three(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return weir_take(weir_range(0, 9), 3);
}
WEIR_THEN_FN(up_to_three_fn, up_to_three, int64_t, int64_t)

static weir_stream *inner_chains(int64_t n)
{
    return weir_count(weir_flat_map(weir_range(0, n), &up_to_three_fn, NULL));
}

static void what_is_dropped_is_used_again(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_rt *rt = weir_rt_new(NULL, NULL);
    unsigned long one = calls_of(rt, inner_chains(1));
    unsigned long thousand = calls_of(rt, inner_chains(1000));
    assert_true(thousand <= one); /* the first came from the allocator, all others from the pool */
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
}

/* Outside of a run there is no pool: what is made there is given back there. */
static void outside_of_a_run_there_is_none(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_rt *rt = weir_rt_new(NULL, NULL);
    unsigned long live = memory.live;
    for (int i = 0; i < 3; i++) {
        unsigned long calls = memory.calls;
        weir_stream *stream = weir_range(0, 3);
        assert_int_equal(memory.calls, calls + 1);
        weir_drop(stream);
        assert_int_equal(memory.live, live);
    }
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
}

enum { KEPT = 1200 };
static weir_stream *kept[KEPT];

static weir_stream *keep(int64_t x, void *arg)
{
    (void)arg;
    kept[x] = weir_range(0, x);
    return weir_by_ref(kept[x]);
}
WEIR_THEN_FN(keep_fn, keep, int64_t, int64_t)

static void drop_kept(int64_t x, void *arg)
{
    (void)arg;
    weir_drop(kept[x]);
}
WEIR_EACH_FN(drop_kept_fn, drop_kept, int64_t)

/* Many that are dropped at once: no more than 1 MiB wait for their next use. */
static void the_pool_is_bounded(void **state)
{
    (void)state;
    enum { POOL_MAX_BYTES = 1 << 20 };
    memory_begin(0, false);
    weir_rt *rt = weir_rt_new(NULL, NULL);
    unsigned long live = memory.live;
    size_t live_bytes = memory.live_bytes;
    calls_of(rt, weir_count(weir_flat_map(weir_range(0, KEPT), &keep_fn, NULL)));
    assert_true(memory.live >= live + KEPT);
    calls_of(rt, weir_for_each(weir_range(0, KEPT), &drop_kept_fn, NULL));
    assert_in_range(memory.live_bytes, live_bytes, live_bytes + POOL_MAX_BYTES);
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
}

static weir_poll of_two_runtimes(void *arg, weir_cx *cx, void *out, size_t demand)
{
    weir_stream **outer = arg;
    (void)cx, (void)demand;
    weir_drop(*outer); /* made in the run around this one */
    *outer = weir_range(0, 4);
    *(int64_t *)out = 7;
    return (weir_poll){1, WEIR_END};
}

static weir_poll run_another(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)cx, (void)demand, (void)arg;
    weir_stream *stream = weir_range(0, 3);
    weir_stream *future = weir_future_fn(&weir_type_i64, of_two_runtimes, &stream);
    assert_int_equal(weir_run(future, out, NULL), WEIR_READY);
    weir_drop(stream); /* made in the run inside of this one, whose runtime is gone */
    return (weir_poll){1, WEIR_END};
}

static void chains_go_from_one_runtime_to_another(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_rt *rt = weir_rt_new(NULL, NULL);
    for (int i = 0; i < 3; i++) {
        int64_t out = 0;
        weir_stream *future = weir_future_fn(&weir_type_i64, run_another, NULL);
        assert_int_equal(weir_rt_run(rt, future, &out, NULL), WEIR_READY);
        assert_int_equal(out, 7);
    }
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
}

int task_pool(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_dropped_is_used_again),
        cmocka_unit_test(outside_of_a_run_there_is_none),
        cmocka_unit_test(the_pool_is_bounded),
        cmocka_unit_test(chains_go_from_one_runtime_to_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
