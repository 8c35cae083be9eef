/* Where the time of tasks goes, on the simulated clock: it adds up, and the slow stage is named. */

#include <pthread.h>
#include <time.h>

#include "../driver/rig.h"
#include "inspect/knobs.h"
#include "weir/sim.h"

enum { US = 1000, STAGES = 5 };

static int64_t work(int64_t n, void *arg)
{
    weir_sim_work(*(uint64_t *)arg);
    return n;
}
WEIR_MAP_FN(work_fn, work, int64_t, int64_t)

static uint64_t works_ns[STAGES];

static weir_rt *simulated(uint64_t seed, bool exact)
{
    weir_error error;
    weir_rt *rt =
        weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = 1, .seed = seed), &error);
    assert_non_null(rt);
    assert_true(weir_inspect_start(rt, &error));
    assert_true(weir_inspect_start(rt, &error));
    weir_inspect_attach(rt, exact);
    return rt;
}

static uint64_t now_ns(const weir_rt *rt)
{
    const weir_sys *sys = weir_rt_sys(rt);
    return sys->now_ns(sys);
}

static uint64_t sum_ns(const weir_inspect_row *row)
{
    assert_true(row->served_ns <= row->busy_ns);
    return row->busy_ns + row->starved_ns + row->blocked_ns + row->runnable_ns;
}

static void adds_up(const weir_inspect_row *row, uint64_t took_ns)
{
    uint64_t sum = sum_ns(row), apart = sum > took_ns ? sum - took_ns : took_ns - sum;
    if (apart > took_ns / 50)
        fail_msg("%s %lu: %lu of %lu ns", row->stage, row->index, sum, took_ns);
}

static const weir_inspect_row *row_of(const weir_inspect_row *rows, size_t n, const char *stage,
                                      size_t index)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].stage, stage) == 0 && rows[i].index == index)
            return &rows[i];
    fail_msg("no row of %s %zu", stage, index);
    return NULL;
}

static const weir_inspect_row *busiest(const weir_inspect_row *rows, size_t n)
{
    const weir_inspect_row *most = rows;
    for (size_t i = 1; i < n; i++)
        if (rows[i].busy_ns > most->busy_ns)
            most = &rows[i];
    return most;
}

/* ---- a short run ---- */

static uint64_t begins(uint64_t n, void *arg)
{
    (void)arg;
    weir_sim_work(n ? 0 : 300 * US);
    return n;
}
WEIR_MAP_FN(begins_fn, begins, uint64_t, uint64_t)

static uint64_t goes_on(uint64_t n, void *arg)
{
    (void)arg;
    weir_sim_work(n ? 50 * US : 0);
    return n;
}
WEIR_MAP_FN(goes_on_fn, goes_on, uint64_t, uint64_t)

/* Its first turn is like no other one: each is seen for itself. */
static void a_short_run_is_exact(void **state)
{
    (void)state;
    enum { TURNS = 20 };
    weir_inspect_row rows[WEIR_INSPECT_ROWS_MAX];
    uint64_t count;
    weir_rt *rt = simulated(7, true);
    weir_stream *ticks = weir_interval(100 * US, WEIR_MISSED_DELAY);
    weir_stream *both = weir_map(weir_map(ticks, &begins_fn, NULL), &goes_on_fn, NULL);
    assert_int_equal(weir_rt_run(rt, weir_count(weir_take(both, TURNS)), &count, NULL), WEIR_READY);
    size_t n = weir_inspect_snapshot(rt, rows, WEIR_INSPECT_ROWS_MAX);
    const weir_inspect_row *first = row_of(rows, n, "map", 1), *then = row_of(rows, n, "map", 2);
    assert_in_range(first->busy_ns, 290 * US, 310 * US);
    assert_in_range(then->busy_ns, (TURNS - 1) * 49 * US, (TURNS - 1) * 51 * US);
    weir_rt_drop(rt);
}

/* ---- one task ---- */

static weir_stream *chain(int64_t items)
{
    weir_stream *all = weir_range(0, items);
    for (size_t i = 1; i < STAGES; i++)
        all = weir_map(all, &work_fn, &works_ns[i]);
    return weir_sum(all);
}

static void set_works(size_t slow, uint64_t slow_ns)
{
    for (size_t i = 0; i < STAGES; i++)
        works_ns[i] = i == slow ? slow_ns : 10 * US;
}

static void run_chain(weir_rt *rt, int64_t items)
{
    int64_t got = 0;
    assert_int_equal(weir_rt_run(rt, chain(items), &got, NULL), WEIR_READY);
    assert_int_equal(got, items * (items - 1) / 2);
}

/* The slow stage works three parts of six; those over it starve by it, those below are blocked. */
static void one_slow_stage(size_t slow, uint64_t seed)
{
    weir_inspect_row rows[WEIR_INSPECT_ROWS_MAX];
    weir_rt *rt = simulated(seed, true);
    uint64_t begin_ns = now_ns(rt);
    set_works(slow, 30 * US);
    run_chain(rt, 2000);
    uint64_t took_ns = now_ns(rt) - begin_ns;
    size_t n = weir_inspect_snapshot(rt, rows, WEIR_INSPECT_ROWS_MAX);
    assert_int_equal(n, STAGES + 1);
    for (size_t i = 0; i < n; i++)
        adds_up(&rows[i], took_ns);
    const weir_inspect_row *most = busiest(rows, n);
    assert_int_equal(most->index, slow);
    assert_in_range(most->busy_ns, took_ns * 46 / 100, took_ns * 54 / 100);
    assert_in_range(most->blocked_ns, (STAGES - 1 - slow) * took_ns * 14 / 100,
                    (STAGES - 1 - slow) * took_ns * 19 / 100 + took_ns / 50);
    assert_int_equal(most->items, 2000);
    assert_true(most->polls >= 2000 / WEIR_DEMAND_MAX);
    assert_int_equal(most->tasks, 1);
    weir_rt_drop(rt);
}

static void the_slow_stage_is_busiest(void **state)
{
    (void)state;
    for (size_t slow = 1; slow < STAGES; slow++)
        for (uint64_t seed = 1; seed <= 3; seed++)
            one_slow_stage(slow, seed);
}

static void long_polls_are_of_the_slow_stage(void **state)
{
    (void)state;
    weir_inspect_row rows[WEIR_INSPECT_ROWS_MAX];
    weir_rt *rt = simulated(1, true);
    set_works(2, 1500 * US);
    run_chain(rt, 100);
    size_t n = weir_inspect_snapshot(rt, rows, WEIR_INSPECT_ROWS_MAX);
    for (size_t i = 0; i < n; i++)
        assert_true(!!rows[i].long_polls == (rows[i].index == 2 && rows[i].stage[0] == 'm'));
    weir_rt_drop(rt);
}

/* ---- two tasks, and a channel between them ---- */

static weir_sender *tx;

/* Returns how long it took. Before it ends: rows of it all. */
static uint64_t run_pair(weir_rt *rt, uint64_t makes_ns, uint64_t takes_ns, int64_t items)
{
    uint64_t begin_ns = now_ns(rt);
    works_ns[0] = makes_ns;
    works_ns[1] = takes_ns;
    weir_stream *rx = weir_channel(&weir_type_i64, 4, &tx);
    weir_stream *made = weir_map(weir_range(0, items), &work_fn, &works_ns[0]);
    assert_true(weir_rt_spawn(rt, weir_send_each(made, tx)));
    weir_sender_drop(tx);
    int64_t got = 0;
    weir_stream *taken = weir_map(rx, &work_fn, &works_ns[1]);
    assert_int_equal(weir_rt_run(rt, weir_sum(taken), &got, NULL), WEIR_READY);
    assert_int_equal(got, items * (items - 1) / 2);
    return now_ns(rt) - begin_ns;
}

static const weir_inspect_row *spawned_row(const weir_inspect_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].place && strcmp(rows[i].stage, "map") == 0)
            return &rows[i];
    fail_msg("no row has the place");
    return NULL;
}

static void rows_have_places(void **state)
{
    (void)state;
    weir_inspect_row rows[WEIR_INSPECT_ROWS_MAX];
    weir_rt *rt = simulated(1, true);
    uint64_t took_ns = run_pair(rt, 10 * US, 40 * US, 500);
    size_t n = weir_inspect_snapshot(rt, rows, WEIR_INSPECT_ROWS_MAX);
    const weir_inspect_row *maker = spawned_row(rows, n), *taker = row_of(rows, n, "map", 1);
    assert_string_equal(maker->place->function, "run_pair");
    for (size_t i = 0; i < n; i++)
        if (!rows[i].place)
            adds_up(&rows[i], took_ns);
    taker = taker == maker ? busiest(rows, n) : taker;
    assert_ptr_not_equal(taker->place, maker->place);
    assert_true(taker->busy_ns > 3 * maker->busy_ns);
    assert_int_equal(maker->items, 500);
    weir_rt_drop(rt);
}

/* ---- waits ---- */

static weir_inspect_row waiting_row(weir_stream *waits, const char *stage)
{
    weir_inspect_row rows[WEIR_INSPECT_ROWS_MAX];
    weir_rt *rt = simulated(1, true);
    uint64_t begin_ns = now_ns(rt);
    assert_int_equal(weir_rt_run(rt, waits, NULL, NULL), WEIR_READY);
    uint64_t took_ns = now_ns(rt) - begin_ns;
    size_t n = weir_inspect_snapshot(rt, rows, WEIR_INSPECT_ROWS_MAX);
    for (size_t i = 0; i < n; i++)
        adds_up(&rows[i], took_ns);
    weir_inspect_row found = *row_of(rows, n, stage, 0);
    const weir_inspect_row *over = row_of(rows, n, "count", n - 1);
    assert_in_range(over->starved_ns, took_ns * 9 / 10, took_ns);
    weir_rt_drop(rt);
    return found;
}

/* A timer is its stage's own: that is served, and the others starve. */
static void timers_are_served(void **state)
{
    (void)state;
    weir_stream *ticks = weir_take(weir_interval(1000 * US, WEIR_MISSED_BURST), 20);
    weir_inspect_row row = waiting_row(weir_count(ticks), "interval");
    assert_true(row.served_ns >= 18 * 1000 * US);
    assert_true(row.waits >= 15);
}

/* ---- who looks ---- */

static void nobody_looks(void **state)
{
    (void)state;
    weir_inspect_row row = {.stage = "untouched"};
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = 1), NULL);
    weir_inspect_attach(rt, true);
    set_works(1, 10 * US);
    run_chain(rt, 100);
    assert_int_equal(weir_inspect_snapshot(rt, &row, 1), 0);
    assert_string_equal(row.stage, "untouched");
    weir_rt_drop(rt);
}

static void fewer_rows_than_there_are(void **state)
{
    (void)state;
    weir_inspect_row rows[2] = {{0}};
    weir_rt *rt = simulated(1, true);
    set_works(1, 10 * US);
    run_chain(rt, 100);
    assert_int_equal(weir_inspect_snapshot(rt, rows, 1), STAGES + 1);
    assert_non_null(rows[0].stage);
    assert_null(rows[1].stage);
    weir_rt_drop(rt);
}

/* Spawned at 300 places: each has two stages, which would be 600 rows. */
static void the_rest_is_other(void **state)
{
    (void)state;
    enum { PLACES = 300 };
    static weir_site places[PLACES];
    weir_inspect_row rows[WEIR_INSPECT_ROWS_MAX];
    weir_rt *rt = simulated(1, true);
    for (unsigned i = 0; i < PLACES; i++) {
        places[i] = (weir_site){__func__, __FILE__, i};
        assert_true(weir_rt_spawn_at(rt, weir_count(weir_range(0, 3)), &places[i]));
    }
    weir_stream *ticks = weir_take(weir_interval(1000 * US, WEIR_MISSED_BURST), 1000);
    assert_int_equal(weir_rt_run(rt, weir_count(ticks), NULL, NULL), WEIR_READY);
    size_t n = weir_inspect_snapshot(rt, rows, WEIR_INSPECT_ROWS_MAX);
    assert_int_equal(n, WEIR_INSPECT_ROWS_MAX);
    const weir_inspect_row *other = row_of(rows, n, "other", 0);
    assert_in_range(other->tasks, 2 * PLACES - WEIR_INSPECT_ROWS_MAX, 2 * PLACES);
    weir_rt_drop(rt);
}

/* On several workers, whose clocks are real: what is sampled, and what is exact. */
static void on_real_drivers(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * rig_drivers_n; i++) {
        weir_inspect_row rows[WEIR_INSPECT_ROWS_MAX];
        weir_error error;
        weir_rt *rt =
            weir_rt_new(&WEIR_RT_OPTIONS(.driver = rig_drivers[i / 2], .workers = 2), NULL);
        assert_true(weir_inspect_start(rt, &error));
        weir_inspect_attach(rt, i % 2);
        for (int j = 0; j < 50; j++)
            run_pair(rt, 0, 0, 1000);
        size_t n = weir_inspect_snapshot(rt, rows, WEIR_INSPECT_ROWS_MAX);
        assert_true(n > 0 && n < 20);
        uint64_t runs = row_of(rows, n, "sum", 2)->items;
        assert_true(i % 2 ? runs > 30 : runs <= 50);
        weir_rt_drop(rt);
    }
}

/* ---- read while they are written ---- */

static struct weir_accounts written;

/* Of a task that waits since 1 s: that there is one more stands there, since when does not. */
static struct weir_account_row *half_a_write(void)
{
    static const struct weir_account_key key = {.stage = "map", .unit = "items"};
    memset(&written, 0, sizeof written);
    weir_accounts_begin(&written);
    struct weir_account_row *row = weir_accounts_row(&written, &key);
    WEIR_TALLY(row->ns[WEIR_SHARE_STARVED], 7000);
    WEIR_TALLY(row->open[WEIR_SHARE_STARVED].n, 1);
    return row;
}

static void *write_the_rest(void *row)
{
    nanosleep(&(struct timespec){0, 2000000}, NULL);
    WEIR_TALLY(((struct weir_account_row *)row)->open[WEIR_SHARE_STARVED].since_ns,
               1000 * US * 1000);
    weir_accounts_end(&written);
    return row;
}

static uint64_t read_starved_ns(void)
{
    struct weir_knobs_met met = {.n = 0};
    weir_inspect_row sum = {.stage = NULL};
    weir_accounts_add(&written, 0, 1000 * US * 1000 + 500, false, &met, &sum);
    return sum.starved_ns;
}

/* Its worker has lost the processor in the middle of it; where it does not come back, what is over
 * is read alone. */
static void half_a_write_is_not_read(void **state)
{
    (void)state;
    pthread_t thread;
    half_a_write();
    assert_int_equal(read_starved_ns(), 7000);
    assert_int_equal(pthread_create(&thread, NULL, write_the_rest, half_a_write()), 0);
    uint64_t starved_ns = read_starved_ns();
    pthread_join(thread, NULL);
    assert_true(starved_ns == 7500 || starved_ns == 7000);
    assert_int_equal(read_starved_ns(), 7500);
}

int inspect_accounts(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_run_is_exact),
        cmocka_unit_test(the_slow_stage_is_busiest),
        cmocka_unit_test(long_polls_are_of_the_slow_stage),
        cmocka_unit_test(rows_have_places),
        cmocka_unit_test(timers_are_served),
        cmocka_unit_test(nobody_looks),
        cmocka_unit_test(fewer_rows_than_there_are),
        cmocka_unit_test(the_rest_is_other),
        cmocka_unit_test(on_real_drivers),
        cmocka_unit_test(half_a_write_is_not_read),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
