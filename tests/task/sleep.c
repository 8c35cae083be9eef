/* sleep: a future of some time, exact where time is simulated, never short where it is real. */

#include "../driver/rig.h"
#include "doubles.h"
#include "task/worker.h"

static uint64_t now(weir_rt *rt)
{
    const weir_sys *sys = weir_rt_sys(rt);
    return sys->now_ns(sys);
}

/* The simulated clock moves on by itself a little with each look at it. */
enum { LOOKS_NS = 2000 };
static void took(uint64_t took_ns, uint64_t ns)
{
    assert_in_range(took_ns, ns, ns + LOOKS_NS);
}

static weir_state sleep_for(weir_rt *rt, uint64_t ns, uint64_t *took_ns)
{
    uint64_t before = now(rt);
    unsigned char unit;
    weir_state state = weir_rt_run(rt, weir_sleep(ns), &unit, NULL);
    *took_ns = now(rt) - before;
    return state;
}

static void exact_in_a_simulation(void **state)
{
    (void)state;
    static const uint64_t times[] = {0, 1, 1000, 50000000, UINT64_C(86400) * 1000000000};
    weir_rt *rt = rig_rt("sim");
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        uint64_t took_ns;
        assert_int_equal(sleep_for(rt, times[i], &took_ns), WEIR_READY);
        took(took_ns, times[i]);
    }
    weir_rt_drop(rt);
}

static void never_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        weir_rt *rt = rig_rt(rig_drivers[i]);
        uint64_t took_ns;
        assert_int_equal(sleep_for(rt, 2000000, &took_ns), WEIR_READY);
        assert_true(took_ns >= 2000000);
        weir_rt_drop(rt);
    }
}

static weir_stream *third_of_a_second(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return weir_sleep(1000000000 / 3);
}
WEIR_THEN_FN(third_fn, third_of_a_second, int64_t, unsigned char, .to = &weir_type_unit)

/* The clock begins at the first poll: three that were made together end one after the other. */
static void the_clock_begins_at_the_first_poll(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt("sim");
    weir_stream *late = weir_sleep(7);
    uint64_t before = now(rt), n = 0;
    weir_stream *three = weir_then(weir_range(0, 3), &third_fn, NULL);
    assert_int_equal(weir_rt_run(rt, weir_count(three), &n, NULL), WEIR_READY);
    took(now(rt) - before, 3 * (1000000000 / 3));
    before = now(rt);
    assert_int_equal(weir_rt_run(rt, late, NULL, NULL), WEIR_READY);
    took(now(rt) - before, 7);
    weir_rt_drop(rt);
}

static void for_ever_is_long(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt("sim");
    assert_true(weir_rt_spawn(rt, weir_sleep(UINT64_MAX)));
    uint64_t took_ns;
    assert_int_equal(sleep_for(rt, 1000, &took_ns), WEIR_READY);
    took(took_ns, 1000);
    assert_int_equal(rt->worker.driver->outstanding, 1);
    weir_rt_drop(rt);
}

static void a_stop_does_not_cut_it(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt("sim");
    uint64_t took_ns;
    weir_rt_stop(rt);
    assert_int_equal(sleep_for(rt, 1000, &took_ns), WEIR_READY);
    took(took_ns, 1000);
    weir_rt_drop(rt);
}

/* Dropped before its first poll, while it waits, and after its runtime. */
static void dropped_while_it_waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        memory_begin(0, false);
        weir_rt *rt = rig_rt(rig_drivers[i]);
        weir_drop(weir_sleep(1));
        weir_stream *two[] = {weir_sleep(UINT64_C(3600) * 1000000000), weir_sleep(1000)};
        weir_stream *first = weir_take(weir_merge(two, 2), 1);
        assert_int_equal(weir_rt_run(rt, weir_count(first), NULL, NULL), WEIR_READY);
        assert_int_equal(rt->worker.driver->outstanding, 0);
        assert_null(rt->worker.driver->moments);
        assert_true(weir_rt_spawn(rt, weir_sleep(UINT64_C(3600) * 1000000000)));
        assert_int_equal(weir_rt_run(rt, weir_sleep(1000), NULL, NULL), WEIR_READY);
        weir_rt_drop(rt);
        assert_int_equal(memory_end(), 0);
    }
}

/* What its first runtime did not wait for, the second one does. */
static void goes_on_elsewhere(void **state)
{
    (void)state;
    weir_stream *sleep = weir_sleep(50000), *two[2] = {weir_by_ref(sleep), weir_sleep(10000)};
    weir_rt *rt = rig_rt("sim");
    weir_stream *first = weir_take(weir_merge(two, 2), 1);
    assert_int_equal(weir_rt_run(rt, weir_count(first), NULL, NULL), WEIR_READY);
    assert_int_equal(rt->worker.driver->outstanding, 1);
    weir_rt_drop(rt);
    rt = rig_rt("sim");
    uint64_t before = now(rt);
    assert_int_equal(weir_rt_run(rt, sleep, NULL, NULL), WEIR_READY);
    took(now(rt) - before, 50000); /* each simulation begins at the same time */
    weir_rt_drop(rt);
}

int task_sleep(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_in_a_simulation),
        cmocka_unit_test(never_short),
        cmocka_unit_test(the_clock_begins_at_the_first_poll),
        cmocka_unit_test(for_ever_is_long),
        cmocka_unit_test(a_stop_does_not_cut_it),
        cmocka_unit_test(dropped_while_it_waits),
        cmocka_unit_test(goes_on_elsewhere),
    };
    rig_find_drivers();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
