/* Operators on time, on the clock of a runtime: here a simulated one, so that nothing waits. */

#include "../driver/rig.h"
#include "doubles.h"
#include "task/worker.h"

enum { MS = 1000000 };

static weir_rt *rt;

static uint64_t now_ns(void)
{
    return weir_rt_sys(rt)->now_ns(weir_rt_sys(rt));
}

static int begin(void **state)
{
    (void)state;
    rt = rig_rt("sim");
    return !rt;
}

static int end(void **state)
{
    (void)state;
    assert_null(rt->worker.driver->moments);
    weir_rt_drop(rt);
    return 0;
}

/* A look at the clock takes some of it. */
static void took(uint64_t since_ns, uint64_t ns)
{
    assert_in_range(now_ns() - since_ns, ns, ns + MS);
}

static void a_day_in_no_time(void **state)
{
    (void)state;
    const uint64_t hour = UINT64_C(3600) * 1000 * MS;
    uint64_t n, since = now_ns();
    weir_stream *day = weir_take(weir_interval(hour, WEIR_MISSED_BURST), 25);
    assert_int_equal(weir_rt_run(rt, weir_count(day), &n, NULL), WEIR_READY);
    assert_int_equal(n, 25);
    took(since, 24 * hour);
}

static void one_behind_the_other(void **state)
{
    (void)state;
    uint64_t n, since = now_ns();
    weir_stream *slow = weir_throttle(weir_initial_delay(weir_range(0, 5), 50 * MS), 100 * MS);
    weir_stream *chunks = weir_chunks_timeout(weir_timeout(slow, 200 * MS), 9, 150 * MS);
    assert_int_equal(weir_rt_run(rt, weir_count(chunks), &n, NULL), WEIR_READY);
    assert_int_equal(n, 3); /* 2, 2 and the rest */
    took(since, 550 * MS);
}

static int64_t tick(uint64_t number, void *arg)
{
    (void)arg;
    return -1 - (int64_t)number;
}
WEIR_MAP_FN(tick_fn, tick, uint64_t, int64_t)

static uint64_t seen;
static bool before_third(int64_t x, void *arg)
{
    (void)arg;
    seen++;
    return x > -3;
}
WEIR_FILTER_FN(before_third_fn, before_third, int64_t)

/* Nobody starves a timer: the driver is looked at though the task never waits. */
static void beside_what_is_always_ready(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        weir_stream *flood = weir_repeat(&weir_type_i64, &(int64_t){7});
        weir_stream *ticks =
            weir_map(weir_interval_at(1000, 1000, WEIR_MISSED_BURST), &tick_fn, NULL);
        weir_stream *both[2] = {flood, ticks};
        weir_stream *all = how ? weir_merge(both, 2) : weir_select(flood, ticks);
        uint64_t n;
        seen = 0;
        all = weir_take_while(all, &before_third_fn, NULL);
        assert_int_equal(weir_rt_run(rt, weir_count(all), &n, NULL), WEIR_READY);
        assert_in_range(seen, 3, 10000000);
    }
}

/* And one task none of another's. */
static void beside_a_task_that_never_waits(void **state)
{
    (void)state;
    uint64_t n;
    weir_stream *flood = weir_completion_timeout(weir_repeat(&weir_type_i64, &(int64_t){7}), 10000);
    assert_true(weir_rt_spawn(rt, weir_count(flood)));
    weir_stream *ticks = weir_take(weir_interval(1000, WEIR_MISSED_BURST), 5);
    assert_int_equal(weir_rt_run(rt, weir_count(ticks), &n, NULL), WEIR_READY);
    assert_int_equal(n, 5);
    weir_rt_run(rt, weir_sleep(MS), NULL, NULL);
}

static void a_stop_ends_ticks(void **state)
{
    (void)state;
    uint64_t n;
    weir_error error;
    weir_rt_stop(rt);
    weir_stream *ticks = weir_interval(MS, WEIR_MISSED_BURST);
    weir_state got = weir_rt_run(rt, weir_count(ticks), &n, &error);
    assert_true(got == WEIR_READY || error.code == WEIR_E_STOPPED);
}

int task_timed(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_day_in_no_time, begin, end),
        cmocka_unit_test_setup_teardown(one_behind_the_other, begin, end),
        cmocka_unit_test_setup_teardown(beside_what_is_always_ready, begin, end),
        cmocka_unit_test_setup_teardown(beside_a_task_that_never_waits, begin, end),
        cmocka_unit_test_setup_teardown(a_stop_ends_ticks, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
