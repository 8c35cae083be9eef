/* Another thread may read the counters of a chain that runs, at any time and without a race: they
 * only grow, and in the end they are exact. */

#include "proofs.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ITEMS = 300000 };

struct watch {
    weir_stream *stream;
    atomic_bool stop;
    bool shrank;
    uint64_t looks;
};

static void *look(void *arg)
{
    struct watch *watch = arg;
    const weir_stage *stage = &watch->stream->stage;
    uint64_t n = 0, waits = 0;
    do {
        uint64_t now = weir_stage_n(stage), waits_now = weir_stage_waits(stage);
        watch->shrank |= now < n || waits_now < waits;
        n = now;
        waits = waits_now;
        watch->looks += weir_stage_polls(stage) != 0;
    } while (!atomic_load(&watch->stop));
    return NULL;
}

static int64_t same(int64_t x, void *arg)
{
    (void)arg;
    return x;
}
WEIR_MAP_FN(same_fn, same, int64_t, int64_t)

static bool is_even(int64_t x, void *arg)
{
    (void)arg;
    return x % 2 == 0;
}
WEIR_FILTER_FN(even_fn, is_even, int64_t)

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

/* demand_max 1 is the path of the functions' own polls, 64 that of batches. */
static void watched_run(uint32_t demand_max)
{
    const int64_t zero = 0;
    int64_t sum = 0;
    struct watch watch = {.stream = weir_map(weir_range(0, ITEMS), &same_fn, NULL)};
    weir_stream *even = weir_filter(watch.stream, &even_fn, NULL);
    weir_stream *future = weir_fold(even, &add_fn, &zero, NULL);
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.demand_max = demand_max), NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, look, &watch);
    assert_int_equal(weir_rt_run(rt, weir_by_ref(future), &sum, NULL), WEIR_READY);
    atomic_store(&watch.stop, true);
    pthread_join(thread, NULL);
    assert_false(watch.shrank);
    assert_int_equal(weir_stage_n(&watch.stream->stage), ITEMS);
    assert_int_equal(weir_stage_n(&even->stage), ITEMS / 2);
    assert_true(weir_stage_polls(&watch.stream->stage) >= ITEMS / demand_max);
    weir_drop(future);
    weir_rt_drop(rt);
}

static void test_watched(void **state)
{
    (void)state;
    watched_run(1);
    watched_run(64);
}

int proofs_ts3(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_watched)};
    return cmocka_run_group_tests_name("ts3", tests, NULL, NULL);
}
