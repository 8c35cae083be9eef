/* Chains that a thread, or a fiber, asks item by item: looked at from another thread. */

#include <sys/socket.h>
#include <unistd.h>

#include "looked.h"

/* ---- streams ---- */

static void *ask_one(void *arg)
{
    int64_t n;
    weir_stream *all = grinds(100);
    while (weir_await_next(all, &n, NULL) == WEIR_READY)
        spin_us(300);
    weir_drop(all);
    stay();
    return arg;
}

static bool body_is_apart(void)
{
    weir_inspect_row map = in_window(&looked, "map"), body = in_window(&looked, "loop");
    return is_part(map.busy_ns, &looked, 15, 35) && is_part(map.blocked_ns, &looked, 60, 85) &&
           is_part(body.busy_ns, &looked, 60, 85) && is_part(body.starved_ns, &looked, 15, 35) &&
           body.items > 100 && map.service_n;
}

/* One chain with who asks as its consumer, as a loop is. */
static void a_chain_that_is_asked_is_seen(void **state)
{
    (void)state;
    begin(&looked, ask_one);
    some_window("map", body_is_apart);
    weir_inspect_row map = in_window(&looked, "map"), body = in_window(&looked, "loop");
    assert_string_equal(map.function, "grind");
    assert_int_equal(map.index, 2);
    assert_int_equal(map.tasks, 1);
    assert_int_equal(body.index, 3);
    assert_int_equal(body.tasks, 1);
    assert_string_equal(body.function, "ask_one");
    leave(&looked);
}

static void *ask_runtime(void *arg)
{
    int64_t n;
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.workers = 1), &error);
    weir_stream *all = grinds(100);
    while (weir_rt_next(rt, all, &n, NULL) == WEIR_READY)
        spin_us(300);
    weir_drop(all);
    stay();
    weir_rt_drop(rt);
    return arg;
}

static void a_runtime_that_is_asked_is_seen(void **state)
{
    (void)state;
    begin(&looked, ask_runtime);
    some_window("map", body_is_apart);
    assert_string_equal(in_window(&looked, "loop").function, "ask_runtime");
    leave(&looked);
}

/* ---- as other languages ask: in batches ---- */

static void *pull_items(void *arg)
{
    enum { ROOM = 4 };
    int64_t items[ROOM];
    size_t n;
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.workers = 1), &error);
    weir_stream *all = grinds(100);
    while (weir_pull(rt, all, items, ROOM, &n, NULL) == WEIR_READY)
        spin_us(300 * n);
    weir_drop(all);
    stay();
    weir_rt_drop(rt);
    return arg;
}

static void *pull_bytes_and_lines(void *arg)
{
    char bytes[512];
    uint32_t line_ends[8];
    size_t n;
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.workers = 1), &error);
    weir_reader *zeros = weir_file_reader("/dev/zero");
    weir_stream *lines = weir_lines(weir_repeat_reader('\n'), 80);
    while (!atomic_load(&leaves)) {
        assert_int_equal(weir_pull_bytes(rt, zeros, bytes, sizeof bytes, &n, NULL), WEIR_READY);
        spin_us(100);
        n = 8;
        assert_int_equal(weir_pull_lines(rt, lines, bytes, sizeof bytes, line_ends, &n, NULL),
                         WEIR_READY);
    }
    weir_drop(zeros);
    weir_drop(lines);
    stay();
    weir_rt_drop(rt);
    return arg;
}

static bool both_are_read(void)
{
    return in_window(&looked, "file_reader").items > 5000 &&
           in_window(&looked, "lines").items > 100;
}

static void see(bool (*holds)(void));
static void who_pulls_is_seen(void **state)
{
    (void)state;
    begin(&looked, pull_items);
    some_window("map", body_is_apart);
    assert_string_equal(in_window(&looked, "map").function, "grind");
    assert_null(in_window(&looked, "loop").function);
    leave(&looked);
    begin(&looked, pull_bytes_and_lines);
    see(both_are_read);
    leave(&looked);
}

static void *ask_ticks(void *arg)
{
    uint64_t n;
    weir_stream *ticks = weir_interval(2000 * US, WEIR_MISSED_DELAY);
    while (!atomic_load(&leaves) && weir_await_next(ticks, &n, NULL) == WEIR_READY)
        atomic_store(&works, true);
    weir_drop(ticks);
    stay();
    return arg;
}

static void who_asks_and_waits_is_starved(void **state)
{
    (void)state;
    begin(&looked, ask_ticks);
    some_window("loop", body_is_starved);
    leave(&looked);
}

/* It waits for its first item since before anybody looked. */
static void *ask_late(void *arg)
{
    char n;
    weir_stream *sleep = weir_sleep(1500000 * (uint64_t)US);
    atomic_store(&works, true);
    assert_int_equal(weir_await_next(sleep, &n, NULL), WEIR_READY);
    weir_drop(sleep);
    stay();
    return arg;
}

static void who_asked_before_is_seen(void **state)
{
    (void)state;
    begin(&looked, ask_late);
    take_window(&looked, "sleep");
    assert_true(is_part(in_window(&looked, "sleep").served_ns, &looked, 75, 110));
    leave(&looked);
}

/* ---- what else a thread does ---- */

static void *ask_and_await(void *arg)
{
    int64_t n;
    weir_stream *all = grinds(100);
    while (weir_await_next(all, &n, NULL) == WEIR_READY)
        assert_int_equal(weir_await(weir_sleep(5000 * US), NULL, NULL), WEIR_READY);
    weir_drop(all);
    stay();
    return arg;
}

static void *ask_and_run(void *arg)
{
    int64_t n;
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.workers = 1), &error);
    weir_stream *all = grinds(100);
    while (weir_rt_next(rt, all, &n, NULL) == WEIR_READY)
        assert_int_equal(weir_rt_run(rt, weir_sleep(5000 * US), NULL, NULL), WEIR_READY);
    weir_drop(all);
    stay();
    weir_rt_drop(rt);
    return arg;
}

static bool body_is_served(void)
{
    weir_inspect_row body = in_window(&looked, "loop"), sleep = in_window(&looked, "sleep");
    return is_part(body.served_ns, &looked, 70, 110) &&
           is_part(sleep.served_ns, &looked, 70, 110) &&
           is_part(in_window(&looked, "map").blocked_ns, &looked, 70, 110);
}

/* What is awaited between two items serves who asks. */
static void what_is_awaited_between_items_is_seen(void **state)
{
    (void)state;
    begin(&looked, ask_and_await);
    some_window("loop", body_is_served);
    assert_int_equal(in_window(&looked, "loop").tasks, 1);
    leave(&looked);
    begin(&looked, ask_and_run);
    some_window("loop", body_is_served);
    leave(&looked);
}

static void *ask_within(void *arg)
{
    uint64_t n;
    weir_stream *ticks = weir_interval(2000 * US, WEIR_MISSED_DELAY);
    weir_for_await (int64_t, i, grinds(100)) {
        (void)i;
        assert_int_equal(weir_await_next(ticks, &n, NULL), WEIR_READY);
    }
    weir_drop(ticks);
    stay();
    return arg;
}

static bool loop_is_served(void)
{
    weir_inspect_row map = in_window(&looked, "map"), ticks = in_window(&looked, "interval");
    return is_part(ticks.served_ns, &looked, 60, 110) && is_part(map.blocked_ns, &looked, 60, 110);
}

static void a_chain_that_is_asked_within_a_loop_is_seen(void **state)
{
    (void)state;
    begin(&looked, ask_within);
    some_window("map", loop_is_served);
    leave(&looked);
}

/* ---- chains that go ---- */

/* Another one each time, at the same address mostly; and one becomes a part of another. */
static void *ask_many(void *arg)
{
    int64_t n;
    while (!atomic_load(&leaves)) {
        weir_stream *all[6];
        for (size_t i = 0; i < 6; i++)
            all[i] = i % 2 ? grinds(20) : weir_take(grinds(20), 50);
        for (size_t k = 0; k < 60; k++)
            (void)!weir_await_next(all[k % 6], &n, NULL);
        for (size_t i = 1; i < 6; i++)
            weir_drop(all[i]);
        assert_int_equal(weir_await(weir_sum(weir_take(all[0], 10)), &n, NULL), WEIR_READY);
    }
    stay();
    return arg;
}

static bool maps_are_seen(void)
{
    weir_inspect_row map = in_window(&looked, "map");
    return map.items > 20 && map.tasks > 20;
}

/* In a window, whatever its shares are. */
static void see(bool (*holds)(void))
{
    for (int tries = 0; tries < WINDOWS_MAX && !holds(); tries++) {
        rows_read(looked.rt, &looked.before);
        nap_ms(WINDOW_MS);
        rows_read(looked.rt, &looked.after);
    }
    assert_true(holds());
}

static void chains_come_and_go(void **state)
{
    (void)state;
    begin(&looked, ask_many);
    see(maps_are_seen);
    leave(&looked);
}

static void *drop_it(void *stream)
{
    weir_drop((weir_stream *)stream);
    return NULL;
}

/* Another thread drops it, while this one has another. */
static void *ask_and_give(void *arg)
{
    int64_t n;
    while (!atomic_load(&leaves)) {
        pthread_t thread;
        weir_stream *all = grinds(200);
        assert_int_equal(weir_await_next(all, &n, NULL), WEIR_READY);
        assert_int_equal(pthread_create(&thread, NULL, drop_it, all), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(weir_await(weir_sleep(100 * US), NULL, NULL), WEIR_READY);
    }
    stay();
    return arg;
}

/* ... or while this one waits for something else. */
static void *ask_and_wait(void *arg)
{
    int64_t n;
    while (!atomic_load(&leaves)) {
        pthread_t thread;
        weir_stream *all = grinds(200);
        assert_int_equal(weir_await_next(all, &n, NULL), WEIR_READY);
        weir_for_await (int64_t, i, weir_range(0, 2)) {
            assert_int_equal(weir_await(weir_sleep(200 * US), NULL, NULL), WEIR_READY);
            if (!i)
                assert_int_equal(pthread_create(&thread, NULL, drop_it, all), 0);
            else
                assert_int_equal(pthread_join(thread, NULL), 0);
        }
    }
    stay();
    return arg;
}

/* What it counted since the last wait went with it. */
static bool tasks_are_seen(void)
{
    return in_window(&looked, "map").tasks > 20;
}

static void one_that_another_thread_drops_is_let_go(void **state)
{
    (void)state;
    begin(&looked, ask_and_give);
    see(tasks_are_seen);
    leave(&looked);
    begin(&looked, ask_and_wait);
    see(tasks_are_seen);
    leave(&looked);
}

/* ---- bytes, and several ---- */

static void *read_and_write(void *arg)
{
    char bytes[512];
    size_t n;
    weir_reader *zeros = weir_file_reader("/dev/zero");
    weir_writer *nobody = weir_file_writer("/dev/null", NULL);
    while (!atomic_load(&leaves)) {
        assert_int_equal(weir_await_read(zeros, bytes, sizeof bytes, &n, NULL), WEIR_READY);
        spin_us(100);
        assert_int_equal(weir_await_write(nobody, bytes, n, NULL), WEIR_READY);
    }
    weir_drop(zeros);
    weir_writer_give_up(nobody);
    stay();
    return arg;
}

static bool body_works(void)
{
    weir_inspect_row body = in_window(&looked, "loop");
    weir_inspect_row zeros = in_window(&looked, "file_reader");
    weir_inspect_row nobody = in_window(&looked, "file_writer");
    return body.busy_ns > rows_sum_ns(&body) * 8 / 10 && body.items > 50 && zeros.items > 5000 &&
           nobody.items > 5000;
}

static void bytes_that_are_asked_are_seen(void **state)
{
    (void)state;
    begin(&looked, read_and_write);
    see(body_works);
    assert_string_equal(in_window(&looked, "file_reader").unit, "bytes");
    leave(&looked);
}

static void *await_any(void *arg)
{
    char unit;
    while (!atomic_load(&leaves)) {
        weir_stream *both[] = {weir_sleep(3000 * US), weir_sleep(1000000 * US)};
        assert_int_equal(weir_await_any(both, 2, &unit, NULL), 0);
        atomic_store(&works, true);
        weir_drop(both[0]);
        weir_drop(both[1]);
    }
    stay();
    return arg;
}

static bool any_is_starved(void)
{
    weir_inspect_row any = in_window(&looked, "await_any"), body = in_window(&looked, "loop");
    return is_part(any.starved_ns, &looked, 70, 110) && is_part(body.starved_ns, &looked, 70, 110);
}

static void the_first_of_several_is_seen(void **state)
{
    (void)state;
    begin(&looked, await_any);
    some_window("await_any", any_is_starved);
    assert_string_equal(in_window(&looked, "sleep").input_of, "await_any");
    leave(&looked);
}

/* ---- in a fiber ---- */

static bool ask_in_fiber(int *state, uint64_t *out, weir_error *error)
{
    uint64_t n;
    weir_stream *ticks = weir_interval(2000 * US, WEIR_MISSED_DELAY);
    for (*out = 0; !atomic_load(&leaves); *out += (uint64_t)*state) {
        if (weir_await_next(ticks, &n, error) != WEIR_READY)
            break;
        atomic_store(&works, true);
        spin_us(200);
    }
    weir_drop(ticks);
    return true;
}
WEIR_FIBER_FN(ask_in_fiber_fn, ask_in_fiber, int, uint64_t)

static void *run_fiber(void *arg)
{
    int none = 0;
    uint64_t n;
    assert_int_equal(weir_run(weir_fiber(&ask_in_fiber_fn, &none, NULL), &n, NULL), WEIR_READY);
    stay();
    return arg;
}

static bool fiber_is_starved(void)
{
    weir_inspect_row ticks = in_window(&looked, "interval");
    weir_inspect_row fiber = in_window(&looked, "ask_in_fiber");
    return is_part(ticks.served_ns, &looked, 60, 110) && ticks.items > 20 &&
           is_part(fiber.starved_ns, &looked, 60, 110);
}

static void what_a_fiber_asks_is_seen(void **state)
{
    (void)state;
    begin(&looked, run_fiber);
    some_window("interval", fiber_is_starved);
    weir_inspect_row ticks = in_window(&looked, "interval");
    assert_string_equal(ticks.input_of, "ask_in_fiber");
    assert_int_equal(ticks.tasks, 1);
    leave(&looked);
}

int inspect_asked(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_that_is_asked_is_seen),
        cmocka_unit_test(a_runtime_that_is_asked_is_seen),
        cmocka_unit_test(who_pulls_is_seen),
        cmocka_unit_test(who_asks_and_waits_is_starved),
        cmocka_unit_test(who_asked_before_is_seen),
        cmocka_unit_test(what_is_awaited_between_items_is_seen),
        cmocka_unit_test(a_chain_that_is_asked_within_a_loop_is_seen),
        cmocka_unit_test(chains_come_and_go),
        cmocka_unit_test(one_that_another_thread_drops_is_let_go),
        cmocka_unit_test(bytes_that_are_asked_are_seen),
        cmocka_unit_test(the_first_of_several_is_seen),
        cmocka_unit_test(what_a_fiber_asks_is_seen),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
