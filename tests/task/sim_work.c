/* Work on the simulated clock: workers do theirs at the same time, and say so when it is done. */

#include "../driver/rig.h"
#include "doubles.h"
#include "nap.h"
#include "weir/sim.h"

enum { US = 1000 };

static int64_t square(int64_t n, void *arg)
{
    weir_sim_work(*(uint64_t *)arg);
    return n * n;
}
WEIR_MAP_FN(square_fn, square, int64_t, int64_t)

static weir_rt *simulated(uint32_t workers, uint64_t seed)
{
    weir_rt *rt =
        weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = workers, .seed = seed), NULL);
    assert_non_null(rt);
    return rt;
}

/* How long it took to square n numbers, one a task. */
static uint64_t squares_ns(uint32_t workers, uint64_t seed, int64_t n, uint64_t work_ns)
{
    weir_rt *rt = simulated(workers, seed);
    const weir_sys *sys = weir_rt_sys(rt);
    weir_par_options how = WEIR_PAR_OPTIONS(.batch_max = 1);
    int64_t sum = 0;
    uint64_t begin_ns = sys->now_ns(sys);
    /* weir-lint: allow(unbounded) no limit is one of what is drawn */
    weir_stream *all = weir_par_map(weir_range(0, n), &square_fn, &work_ns, WEIR_NO_LIMIT, &how);
    weir_error error;
    if (weir_rt_run(rt, weir_sum(all), &sum, &error) != WEIR_READY)
        fail_msg("%s", error.message);
    assert_int_equal(sum, (n - 1) * n * (2 * n - 1) / 6);
    uint64_t took_ns = sys->now_ns(sys) - begin_ns;
    weir_rt_drop(rt);
    return took_ns;
}

/* Within a tenth of the ideal, and never better. */
static void workers_work_at_once(void **state)
{
    (void)state;
    static const uint32_t workers[] = {1, 2, 4, 8, 16};
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
        uint64_t ideal_ns = 320 * 1000 * US / workers[i];
        uint64_t took_ns = squares_ns(workers[i], 3, 320, 1000 * US);
        if (took_ns < ideal_ns || took_ns > ideal_ns + ideal_ns / 10)
            fail_msg("%u workers: %lu us, ideally %lu", workers[i], took_ns / US, ideal_ns / US);
    }
}

/* What a task came to is told when its work is done, not before. */
static int64_t late(int64_t n, void *arg)
{
    (void)arg;
    weir_sim_work((uint64_t)n);
    return n;
}
WEIR_MAP_FN(late_fn, late, int64_t, int64_t)

static void the_end_is_told_late(void **state)
{
    (void)state;
    for (uint32_t workers = 1; workers <= 3; workers++) {
        weir_rt *rt = simulated(workers, workers);
        const weir_sys *sys = weir_rt_sys(rt);
        uint64_t begin_ns = sys->now_ns(sys);
        int64_t got = 0;
        weir_stream *work = weir_map(weir_range(5000 * US, 5000 * US + 1), &late_fn, NULL);
        assert_int_equal(weir_rt_run(rt, weir_sum(work), &got, NULL), WEIR_READY);
        assert_int_equal(got, 5000 * US);
        uint64_t took_ns = sys->now_ns(sys) - begin_ns;
        assert_in_range(took_ns, 5000 * US, 5050 * US);
        weir_rt_drop(rt);
    }
}

static void others_are_told_late(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++)
        assert_true(squares_ns(2, seed, 1, 5000 * US) >= 5000 * US);
}

/* A worker at work sleeps no shorter and no longer; others go on. */
static void naps_beside_work(void **state)
{
    (void)state;
    weir_rt *rt = simulated(2, 1);
    const weir_sys *sys = weir_rt_sys(rt);
    uint64_t begin_ns = sys->now_ns(sys);
    weir_stream *work = weir_map(weir_range(9000 * US, 9000 * US + 1), &late_fn, NULL);
    assert_true(weir_rt_spawn(rt, weir_sum(work)));
    assert_int_equal(weir_rt_run(rt, weir_sleep(3000 * US), NULL, NULL), WEIR_READY);
    uint64_t took_ns = sys->now_ns(sys) - begin_ns;
    assert_true(took_ns >= 3000 * US && took_ns < 9100 * US);
    weir_rt_drop(rt);
}

static void elsewhere_it_is_nothing(void **state)
{
    (void)state;
    weir_sim_work(WEIR_NO_LIMIT);
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), NULL);
    int64_t got = 0;
    weir_stream *work = weir_map(weir_range(1000000 * US, 1000000 * US + 1), &late_fn, NULL);
    assert_int_equal(weir_rt_run(rt, weir_sum(work), &got, NULL), WEIR_READY);
    weir_rt_drop(rt);
}

int task_sim_work(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_work_at_once),    cmocka_unit_test(the_end_is_told_late),
        cmocka_unit_test(others_are_told_late),    cmocka_unit_test(naps_beside_work),
        cmocka_unit_test(elsewhere_it_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
