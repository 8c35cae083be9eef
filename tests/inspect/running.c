/* What a worker does is named from another thread, also where it never comes back; and from the
 * attach on all is exact. */

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "inspect/session.h"
#include "rows.h"
#include "weir/par.h"

static _Atomic bool spins, leaves;
static weir_rt *attached;

static int64_t spin(int64_t n, void *arg)
{
    volatile int64_t sum = 0;
    for (int i = 0; i < 500; i++)
        sum += i;
    (void)sum;
    if (n != (int64_t)(intptr_t)arg)
        return n;
    atomic_store(&spins, true);
    while (!atomic_load(&leaves))
        ;
    return n;
}
WEIR_MAP_FN(spin_fn, spin, int64_t, int64_t)

static void nap_ms(long ms)
{
    nanosleep(&(struct timespec){0, ms * 1000000}, NULL);
}

static weir_inspect_turn found;

/* From when its poll goes on for 20 ms. */
static void *watch(void *arg)
{
    weir_inspect_turn turns[4];
    found = (weir_inspect_turn){0};
    while (!atomic_load(&spins))
        nap_ms(1);
    for (int tries = 0; tries < 5000 && found.for_ns < 20 * 1000 * US; tries++) {
        size_t n = weir_inspect_running(arg, turns, 4);
        for (size_t i = 0; i < n && i < 4; i++)
            if (turns[i].stage && turns[i].for_ns > found.for_ns)
                found = turns[i];
        nap_ms(1);
    }
    atomic_store(&leaves, true);
    return NULL;
}

static void spinning_poll(const char *driver, int64_t at)
{
    weir_error error;
    pthread_t thread;
    atomic_store(&spins, false);
    atomic_store(&leaves, false);
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .workers = 1), &error);
    assert_true(weir_inspect_start(rt, &error));
    weir_inspect_attach(rt, true);
    assert_int_equal(pthread_create(&thread, NULL, watch, rt), 0);
    weir_stream *all = weir_map(weir_range(0, 100000), &spin_fn, (void *)(intptr_t)at);
    assert_int_equal(weir_rt_run(rt, weir_count(all), NULL, &error), WEIR_READY);
    pthread_join(thread, NULL);
    assert_string_equal(found.stage, "map");
    assert_string_equal(found.function, "spin");
    assert_int_equal(found.index, 1);
    assert_true(found.known || at);
    assert_true(found.for_ns >= 20 * 1000 * US);
    weir_rt_drop(rt);
}

/* In its first turn, and in a later one. */
static void a_poll_that_spins_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        if (strcmp(rig_drivers[i], "sim") == 0)
            continue;
        spinning_poll(rig_drivers[i], 0);
        spinning_poll(rig_drivers[i], 90000);
    }
}

/* It is stuck before anybody looks, or before anybody is attached. */
static void *watch_late(void *rt)
{
    weir_error error;
    while (!atomic_load(&spins))
        nap_ms(1);
    assert_true(weir_inspect_start(rt, &error));
    weir_inspect_attach(rt, true);
    return watch(rt);
}

static void a_turn_that_was_stuck_before(bool started, const char *stage)
{
    weir_error error;
    pthread_t thread;
    atomic_store(&spins, false);
    atomic_store(&leaves, false);
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .workers = 1), &error);
    if (started)
        assert_true(weir_inspect_start(rt, &error));
    weir_stream *chain = weir_count(weir_map(weir_range(0, 1000), &spin_fn, (void *)-1));
    assert_int_equal(weir_rt_run(rt, chain, NULL, &error), WEIR_READY);
    assert_int_equal(pthread_create(&thread, NULL, watch_late, rt), 0);
    chain = weir_count(weir_map(weir_range(0, 10), &spin_fn, (void *)5));
    assert_int_equal(weir_rt_run(rt, chain, NULL, &error), WEIR_READY);
    pthread_join(thread, NULL);
    assert_string_equal(found.stage, stage);
    assert_false(found.known);
    assert_true(found.for_ns >= 2000 * 1000 * (uint64_t)US);
    weir_inspect_turn turn = {.stage = NULL}; /* it is over */
    assert_true(weir_inspect_running(rt, &turn, 1) <= 1);
    assert_null(turn.stage);
    weir_rt_drop(rt);
}

static void what_was_stuck_before_is_named(void **state)
{
    (void)state;
    a_turn_that_was_stuck_before(false, "count");
    a_turn_that_was_stuck_before(true, "map");
}

/* ---- what a client is told of it ---- */

static char told[1 << 16];

/* Until it says so, or for 10 s. */
static void hear(struct weir_session *session, const char *last)
{
    size_t n = 0;
    told[0] = 0;
    for (int tries = 0; tries < 500 && !strstr(told, last); tries++) {
        weir_session_tick(session, rows_now_ns(attached));
        n += weir_session_take(session, told + n, sizeof told - 1 - n);
        told[n] = 0;
        assert_true(n < sizeof told - WEIR_INSPECT_LINE_BYTES - 1);
        nap_ms(20);
    }
    assert_non_null(strstr(told, last));
}

static void *ask(void *command)
{
    static struct weir_export of;
    weir_error error;
    while (!atomic_load(&spins))
        nap_ms(1);
    weir_export_init(&of, &weir_sys_posix);
    struct weir_session *session = weir_session_new(&of, &error);
    assert_non_null(session);
    weir_session_command(session, command);
    hear(session, strcmp(command, "snapshot") ? "\"t\":\"running\"" : "\"t\":\"done\"");
    weir_session_drop(session);
    weir_export_fini(&of);
    atomic_store(&leaves, true);
    return NULL;
}

static void stuck_and_asked(char *command)
{
    weir_error error;
    pthread_t thread;
    atomic_store(&spins, false);
    atomic_store(&leaves, false);
    attached = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .workers = 1), &error);
    assert_true(weir_inspect_start(attached, &error));
    weir_stream *chain = weir_count(weir_map(weir_range(0, 1000), &spin_fn, (void *)-1));
    assert_int_equal(weir_rt_run(attached, chain, NULL, &error), WEIR_READY);
    assert_int_equal(pthread_create(&thread, NULL, ask, command), 0);
    chain = weir_count(weir_map(weir_range(0, 10), &spin_fn, (void *)5));
    assert_int_equal(weir_rt_run(attached, chain, NULL, &error), WEIR_READY);
    pthread_join(thread, NULL);
    weir_rt_drop(attached);
    const char *running = strstr(told, "\"t\":\"running\"");
    assert_non_null(running);
    assert_non_null(strstr(running, "\"stage\":\"map\""));
    assert_non_null(strstr(running, "\"function\":\"spin\""));
}

/* Also who asks once: a snapshot is over when it is known. Who watches knows before that there is
 * something to wait for. */
static void who_comes_is_told_what_is_stuck(void **state)
{
    static char snapshot[] = "snapshot", watch_it[] = "watch 100";
    (void)state;
    stuck_and_asked(snapshot);
    stuck_and_asked(watch_it);
    assert_non_null(strstr(told, "\"same_ns\":"));
    assert_true(strstr(told, "\"same_ns\":") < strstr(told, "\"t\":\"running\""));
}

static void nothing_runs(void **state)
{
    (void)state;
    weir_inspect_turn turn = {.stage = "untouched"};
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = 1), NULL);
    assert_int_equal(weir_inspect_running(rt, &turn, 1), 0);
    weir_rt_drop(rt);
    rt = rows_rt(1, true);
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 10)), NULL, NULL), WEIR_READY);
    assert_int_equal(weir_inspect_running(rt, &turn, 1), 1);
    assert_int_equal(turn.worker, 0);
    assert_null(turn.stage);
    weir_rt_drop(rt);
}

/* ---- from the attach on ---- */

static uint64_t attached_ns;

static int64_t attach_at(int64_t n, void *arg)
{
    weir_sim_work(10 * US);
    if (n == 1000) {
        attached_ns = rows_now_ns(attached);
        weir_inspect_attach(attached, *(bool *)arg);
    }
    return n;
}
WEIR_MAP_FN(attach_fn, attach_at, int64_t, int64_t)

/* What was before is apart, and comes back when nobody is attached any more. */
static void sums_begin_with_the_attach(void **state)
{
    (void)state;
    static struct rows rows;
    bool exact = true;
    attached = rows_rt(1, false);
    weir_sender *tx;
    weir_stream *rx = weir_channel(&weir_type_i64, 4, &tx);
    uint64_t begin_ns = rows_now_ns(attached);
    assert_true(weir_rt_spawn(attached, weir_send_each(weir_range(0, 2000), tx)));
    weir_sender_drop(tx);
    weir_stream *all = weir_map(rx, &attach_fn, &exact);
    assert_int_equal(weir_rt_run(attached, weir_count(all), NULL, NULL), WEIR_READY);
    uint64_t end_ns = rows_now_ns(attached);
    rows_read(attached, &rows);
    for (size_t i = 0; i < rows.n; i++)
        if (!rows.all[i].place) {
            uint64_t sum_ns = rows_sum_ns(&rows.all[i]), is_ns = end_ns - attached_ns;
            assert_in_range(sum_ns, is_ns * 98 / 100, is_ns * 102 / 100);
        }
    assert_int_equal(rows_find(&rows, "map", NULL)->items, 2000);
    weir_inspect_attach(attached, false);
    rows_read(attached, &rows);
    uint64_t all_ns = rows_sum_ns(rows_find(&rows, "map", NULL));
    assert_in_range(all_ns, (end_ns - begin_ns) * 98 / 100, (end_ns - begin_ns) * 102 / 100);
    weir_rt_drop(attached);
}

static weir_sender *idle(weir_rt *rt)
{
    weir_sender *tx;
    weir_stream *rx = weir_channel(&weir_type_i64, 1, &tx);
    assert_true(weir_rt_spawn(rt, weir_count(rx)));
    return tx;
}

/* A task that waits since long before is there at once, and its time adds up from then on. */
static void tasks_that_wait_are_seen(void **state)
{
    (void)state;
    static struct rows rows;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        weir_error error;
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = rig_drivers[i], .workers = 1), &error);
        weir_sender *tx = idle(rt);
        weir_rt_run(rt, weir_sleep(1000 * US), NULL, NULL);
        assert_true(weir_inspect_start(rt, &error));
        weir_inspect_attach(rt, true);
        uint64_t begin_ns = rows_now_ns(rt);
        weir_rt_run(rt, weir_sleep(50000 * US), NULL, NULL);
        uint64_t took_ns = rows_now_ns(rt) - begin_ns;
        rows_read(rt, &rows);
        const weir_inspect_row *row = rows_find(&rows, "channel", NULL);
        assert_string_equal(row->place->function, "idle");
        uint64_t most_ns = rows_now_ns(rt) - begin_ns; /* it may have waited for a processor here */
        assert_in_range(row->starved_ns, took_ns / 2, most_ns * 110 / 100);
        weir_sender_drop(tx);
        weir_rt_drop(rt);
    }
}

/* ---- windows of a live program ---- */

enum { WINDOW_MS = 300, WINDOWS_MAX = 20 };
static weir_inspect_row windows[2];
static uint64_t windows_ns;

static uint64_t window_sum_ns(void)
{
    return rows_sum_ns(&windows[1]) - rows_sum_ns(&windows[0]);
}

static bool window_adds_up(void)
{
    uint64_t sum_ns = window_sum_ns();
    return sum_ns > windows_ns * 85 / 100 && sum_ns < windows_ns * 115 / 100;
}

/* Until one adds up: a worker that has no processor for a while tells of it later. */
static void *take_windows(void *rt)
{
    static struct rows rows;
    uint64_t begin_ns = 0;
    while (!atomic_load(&spins))
        nap_ms(1);
    for (size_t i = 0; i < WINDOWS_MAX && (i < 2 || !window_adds_up()); i++) {
        nap_ms(WINDOW_MS);
        windows_ns = rows_now_ns(rt) - begin_ns;
        begin_ns = rows_now_ns(rt);
        rows_read(rt, &rows);
        windows[0] = windows[1];
        windows[1] = *rows_find(&rows, "map", NULL);
    }
    atomic_store(&leaves, true);
    return NULL;
}

static int64_t grind(int64_t n, void *arg)
{
    volatile int64_t sum = 0;
    (void)arg;
    for (int i = 0; i < 100000; i++)
        sum += i;
    (void)sum;
    atomic_store(&spins, true);
    return n;
}
WEIR_MAP_FN(grind_fn, grind, int64_t, int64_t)

static bool goes_on(int64_t n, void *arg)
{
    (void)n;
    (void)arg;
    return !atomic_load(&leaves);
}
WEIR_FILTER_FN(goes_on_fn, goes_on, int64_t)

/* One task that never waits, in turns of a second: rows go on all the same. */
static void windows_add_up(void **state)
{
    (void)state;
    weir_error error;
    pthread_t thread;
    atomic_store(&spins, false);
    atomic_store(&leaves, false);
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .workers = 1), &error);
    assert_true(weir_inspect_start(rt, &error));
    weir_inspect_attach(rt, true);
    assert_int_equal(pthread_create(&thread, NULL, take_windows, rt), 0);
    weir_stream *all = weir_map(weir_range(0, INT64_MAX), &grind_fn, NULL);
    all = weir_take_while(all, &goes_on_fn, NULL);
    assert_int_equal(weir_rt_run(rt, weir_count(all), NULL, &error), WEIR_READY);
    pthread_join(thread, NULL);
    assert_true(window_adds_up());
    assert_true(windows[1].items > windows[0].items + 10);
    assert_true(windows[1].busy_ns - windows[0].busy_ns > window_sum_ns() * 9 / 10);
    weir_rt_drop(rt);
}

/* ---- a task that is told to end while others that it began go on ---- */

enum { PATIENT_MS = 400 };
static _Atomic bool patient_over;

WEIR_PAR_FN(be_patient, int64_t, n, void *, arg)
{
    (void)n, (void)arg;
    weir_await(weir_sleep(PATIENT_MS * 1000 * US), NULL, NULL);
    atomic_store(&patient_over, true);
}

/* Its time limit wakes it when it was cancelled already: it has no turn any more, and waits. */
static bool cancels_one(void **rt, int64_t *out, weir_error *error)
{
    (void)rt, (void)error;
    *out = 0;
    weir_stream *one =
        weir_par_for_each(weir_range(0, 1), &be_patient, NULL, 1, &WEIR_PAR_OPTIONS(.local = true));
    weir_stream *handle = weir_spawn_local(weir_timeout(one, 30 * 1000 * US));
    weir_await(weir_sleep(5 * 1000 * US), NULL, NULL);
    weir_cancel(handle);
    weir_await(weir_sleep(2 * PATIENT_MS * 1000 * US), NULL, NULL);
    weir_drop(handle);
    return true;
}
WEIR_FIBER_FN(cancels_fn, cancels_one, void *, int64_t)

static uint64_t most_ns, runnable_ns;

static void *watch_patient(void *rt)
{
    static struct rows rows;
    while (!atomic_load(&patient_over)) {
        rows_read(rt, &rows);
        for (size_t i = 0; i < rows.n && !atomic_load(&patient_over); i++)
            if (strcmp(rows.all[i].stage, "sleep") == 0 && rows_sum_ns(&rows.all[i]) > most_ns)
                most_ns = rows_sum_ns(&rows.all[i]);
        nap_ms(5);
    }
    return NULL;
}

/* Who looks meanwhile sees the time of all tasks pass; it waits for what it began, and wants no
 * processor. */
static void time_passes_beside_a_cancelled_task(void **state)
{
    (void)state;
    for (int tries = 0; tries < 10 && most_ns < PATIENT_MS / 2 * 1000 * (uint64_t)US; tries++) {
        weir_error error;
        pthread_t thread;
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .workers = 1), &error);
        void *none = NULL;
        atomic_store(&patient_over, false);
        assert_true(weir_inspect_start(rt, &error));
        weir_inspect_attach(rt, true);
        assert_int_equal(pthread_create(&thread, NULL, watch_patient, rt), 0);
        assert_int_equal(weir_rt_run(rt, weir_fiber(&cancels_fn, &none, NULL), NULL, &error),
                         WEIR_READY);
        pthread_join(thread, NULL);
        static struct rows rows;
        rows_read(rt, &rows);
        runnable_ns = rows_find(&rows, "timeout", NULL)->runnable_ns;
        weir_rt_drop(rt);
    }
    assert_in_range(runnable_ns, 0, PATIENT_MS / 2 * 1000 * US);
    assert_true(most_ns >= PATIENT_MS / 2 * 1000 * (uint64_t)US);
}

static weir_stream *itself;

static int64_t cancel_at(int64_t n, void *arg)
{
    (void)arg;
    if (n)
        weir_cancel(itself);
    return n;
}
WEIR_MAP_FN(cancel_at_fn, cancel_at, int64_t, int64_t)

static bool cancels_itself(void **rt, int64_t *out, weir_error *error)
{
    static struct rows rows;
    (void)error;
    *out = 0;
    weir_stream *two =
        weir_map(weir_throttle(weir_range(0, 2), 10 * 1000 * US), &cancel_at_fn, NULL);
    itself = weir_spawn_local(
        weir_par_for_each(two, &be_patient, NULL, 4, &WEIR_PAR_OPTIONS(.local = true)));
    weir_await(weir_sleep(PATIENT_MS / 2 * 1000 * US), NULL, NULL);
    rows_read(*rt, &rows);
    most_ns = rows_sum_ns(rows_find(&rows, "map", NULL));
    weir_drop(itself);
    return true;
}
WEIR_FIBER_FN(cancels_itself_fn, cancels_itself, void *, int64_t)

static void who_cancels_itself_waits_too(void **state)
{
    (void)state;
    weir_error error;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = rig_drivers[i], .workers = 1), &error);
        void *arg = rt;
        assert_true(weir_inspect_start(rt, &error));
        weir_inspect_attach(rt, true);
        assert_int_equal(weir_rt_run(rt, weir_fiber(&cancels_itself_fn, &arg, NULL), NULL, &error),
                         WEIR_READY);
        weir_rt_drop(rt);
        assert_true(most_ns >= PATIENT_MS / 4 * 1000 * (uint64_t)US);
    }
}

int inspect_running(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_poll_that_spins_is_named),
        cmocka_unit_test(what_was_stuck_before_is_named),
        cmocka_unit_test(who_comes_is_told_what_is_stuck),
        cmocka_unit_test(nothing_runs),
        cmocka_unit_test(sums_begin_with_the_attach),
        cmocka_unit_test(tasks_that_wait_are_seen),
        cmocka_unit_test(windows_add_up),
        cmocka_unit_test(time_passes_beside_a_cancelled_task),
        cmocka_unit_test(who_cancels_itself_waits_too),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
