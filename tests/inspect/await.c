/* Chains that a thread waits for itself, without weir_rt_run(): looked at from another one. */

#include "looked.h"

/* ---- as a whole ---- */

static void *run_sum(void *arg)
{
    int64_t sum;
    assert_int_equal(weir_run(weir_sum(grinds(10)), &sum, NULL), WEIR_READY);
    stay();
    return arg;
}

static void *await_sum(void *arg)
{
    int64_t sum;
    assert_int_equal(weir_await(weir_sum(grinds(10)), &sum, NULL), WEIR_READY);
    stay();
    return arg;
}

static bool map_limits(void)
{
    weir_inspect_row map = in_window(&looked, "map"), sum = in_window(&looked, "sum");
    return map.busy_ns > rows_sum_ns(&map) * 8 / 10 &&
           sum.starved_ns > rows_sum_ns(&sum) * 8 / 10 && map.items > 100 && map.service_n;
}

static void sum_is_seen(void *(*run)(void *))
{
    begin(&looked, run);
    some_window("map", map_limits);
    weir_inspect_row map = in_window(&looked, "map");
    assert_string_equal(map.function, "grind");
    assert_int_equal(map.index, 2);
    assert_int_equal(map.tasks, 1);
    leave(&looked);
}

static void a_run_is_seen(void **state)
{
    (void)state;
    sum_is_seen(run_sum);
    sum_is_seen(await_sum);
}

/* ---- loops ---- */

static void *loop(void *arg)
{
    weir_for_await (int64_t, n, grinds(100))
        spin_us(300 + n % 2);
    stay();
    return arg;
}

static bool body_is_apart(void)
{
    weir_inspect_row map = in_window(&looked, "map"), body = in_window(&looked, "loop");
    return is_part(map.busy_ns, &looked, 15, 35) && is_part(map.blocked_ns, &looked, 60, 85) &&
           is_part(body.busy_ns, &looked, 60, 85) && is_part(body.starved_ns, &looked, 15, 35) &&
           body.items > 0;
}

static void the_body_of_a_loop_is_its_own(void **state)
{
    (void)state;
    begin(&looked, loop);
    some_window("map", body_is_apart);
    assert_string_equal(in_window(&looked, "loop").function, "loop");
    leave(&looked);
}

static void *loop_over_ticks(void *arg)
{
    weir_for_await (uint64_t, n, weir_interval(2000 * US, WEIR_MISSED_DELAY)) {
        (void)n;
        atomic_store(&works, true);
        if (atomic_load(&leaves))
            break;
    }
    stay();
    return arg;
}

static void a_loop_that_waits_is_starved(void **state)
{
    (void)state;
    begin(&looked, loop_over_ticks);
    some_window("loop", body_is_starved);
    leave(&looked);
}

static void *loop_with_waits(void *arg)
{
    weir_for_await (int64_t, n, grinds(100)) {
        (void)n;
        assert_int_equal(weir_await(weir_sleep(5000 * US), NULL, NULL), WEIR_READY);
    }
    stay();
    return arg;
}

static bool body_is_served(void)
{
    weir_inspect_row body = in_window(&looked, "loop"), sleep = in_window(&looked, "sleep");
    return is_part(body.served_ns, &looked, 70, 110) &&
           is_part(sleep.served_ns, &looked, 70, 110) &&
           is_part(in_window(&looked, "map").blocked_ns, &looked, 70, 110);
}

/* What is awaited in its body is a chain of its own, and the loop is served by it. */
static void a_chain_within_a_loop_is_seen(void **state)
{
    (void)state;
    begin(&looked, loop_with_waits);
    some_window("loop", body_is_served);
    leave(&looked);
}

/* ---- what others do on the stack of a thread that waits ---- */

typedef struct looper {
    int64_t n;
} looper;

static void drop_in_a_loop(const weir_type *type, void *item)
{
    (void)type;
    (void)item;
    weir_for_await (int64_t, n, weir_range(0, 3))
        (void)n;
}

static const weir_type looper_type = WEIR_TYPE_OWNING(looper, drop_in_a_loop);

static weir_poll give_looper(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg;
    (void)cx;
    (void)demand;
    *(looper *)out = (looper){3};
    return (weir_poll){1, WEIR_END};
}

/* Nobody wants what its tasks came to: it is dropped while the thread waits. */
static void *loop_over_drops(void *arg)
{
    weir_for_await (uint64_t, n, weir_interval(2000 * US, WEIR_MISSED_DELAY)) {
        (void)n;
        weir_drop(weir_spawn(weir_future_fn(&looper_type, give_looper, NULL)));
        atomic_store(&works, true);
        if (atomic_load(&leaves))
            break;
    }
    stay();
    return arg;
}

static void a_loop_within_a_wait_is_none_of_the_thread(void **state)
{
    (void)state;
    begin(&looked, loop_over_drops);
    some_window("loop", body_is_starved);
    assert_false(has_row(&looked.after, "range"));
    leave(&looked);
}

/* It waits since long before: nothing of it was told, and it has no turn. */
static void *wait_long(void *arg)
{
    atomic_store(&works, true);
    assert_int_equal(weir_run(weir_sleep(1500000 * (uint64_t)US), NULL, NULL), WEIR_READY);
    stay();
    return arg;
}

static void who_waits_since_before_is_seen(void **state)
{
    (void)state;
    begin(&looked, wait_long);
    take_window(&looked, "sleep");
    weir_inspect_row sleep = in_window(&looked, "sleep");
    assert_true(is_part(sleep.served_ns, &looked, 75, 110));
    leave(&looked);
}

/* ---- fibers: a further input of theirs ---- */

static bool work_in_fiber(int *state, uint64_t *out, weir_error *error)
{
    *out = 0;
    for (int i = 0; i < 5; i++)
        if (weir_await(weir_sleep(1000 * US), NULL, error) != WEIR_READY)
            return false;
    weir_for_try (int64_t, n, grinds(100), *error) {
        weir_for_await (uint64_t, tick, weir_take(weir_interval(2000 * US, WEIR_MISSED_DELAY), 3))
            *out += tick;
        spin_us(300);
        *out += (uint64_t)n + (uint64_t)*state;
    }
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(work_in_fiber_fn, work_in_fiber, int, uint64_t)

static void *run_fiber(void *arg)
{
    int none = 0;
    uint64_t n;
    assert_int_equal(weir_run(weir_fiber(&work_in_fiber_fn, &none, NULL), &n, NULL), WEIR_READY);
    stay();
    return arg;
}

static bool fiber_is_starved(void)
{
    weir_inspect_row map = in_window(&looked, "map"), ticks = in_window(&looked, "interval");
    weir_inspect_row fiber = in_window(&looked, "work_in_fiber");
    return is_part(ticks.served_ns, &looked, 50, 110) && map.items > 5 && ticks.items > 10 &&
           is_part(map.blocked_ns, &looked, 60, 110) &&
           is_part(fiber.starved_ns, &looked, 50, 110) &&
           is_part(rows_sum_ns(&fiber), &looked, 80, 120);
}

static void what_a_fiber_waits_for_is_seen(void **state)
{
    (void)state;
    begin(&looked, run_fiber);
    some_window("map", fiber_is_starved);
    weir_inspect_row map = in_window(&looked, "map");
    assert_string_equal(map.input_of, "work_in_fiber");
    assert_string_equal(map.function, "grind");
    assert_string_equal(in_window(&looked, "interval").input_of, "take");
    assert_int_equal(in_window(&looked, "work_in_fiber").tasks, 1);
    leave(&looked);
}

int inspect_await(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_seen),
        cmocka_unit_test(the_body_of_a_loop_is_its_own),
        cmocka_unit_test(a_loop_that_waits_is_starved),
        cmocka_unit_test(a_chain_within_a_loop_is_seen),
        cmocka_unit_test(a_loop_within_a_wait_is_none_of_the_thread),
        cmocka_unit_test(who_waits_since_before_is_seen),
        cmocka_unit_test(what_a_fiber_waits_for_is_seen),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
