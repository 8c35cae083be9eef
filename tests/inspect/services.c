/* Service times in order, queues and limits, of stages that have several items at once. */

#include "rows.h"

enum { ITEMS = 300, WORKS_US = 20 };

/* The nth item waits for so long. */
static uint64_t waits_us(int64_t n)
{
    return (uint64_t)(100 + n % 3 * 200);
}

struct machine {
    int64_t n;
    bool begun;
    weir_timer timer;
};

static void machine_start(struct machine *machine, int64_t n, void *arg)
{
    (void)arg;
    machine->n = n;
}

static weir_poll machine_poll(struct machine *machine, weir_cx *cx, int64_t *out)
{
    if (!machine->begun) {
        weir_sim_work(WORKS_US * US);
        weir_timer_set(&machine->timer, weir_clock_now_ns(cx) + waits_us(machine->n) * US);
        machine->begun = true;
    }
    if (weir_timer_poll(cx, &machine->timer).state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    *out = machine->n;
    return (weir_poll){1, WEIR_END};
}

static void machine_drop(void *state)
{
    weir_timer_stop(&((struct machine *)state)->timer);
}
WEIR_ASYNC_FN(machine_fn, machine_start, machine_poll, struct machine, int64_t, int64_t,
              .drop = machine_drop)

static weir_stream *future_of(int64_t n, void *arg)
{
    (void)arg;
    return weir_then_async(weir_once(&weir_type_i64, &n), &machine_fn, NULL);
}
WEIR_THEN_FN(future_fn, future_of, int64_t, int64_t, .to = &weir_type_i64)

static void about(uint64_t is_ns, uint64_t expected_us)
{
    assert_in_range(is_ns, expected_us * US, expected_us * US * 11 / 10 + 10 * US);
}

/* In the order of the items, since one starts when another ends. */
static void read_services(weir_rt *rt, const char *stage, size_t limit)
{
    static struct rows rows;
    weir_service services[WEIR_INSPECT_SERVICES];
    rows_read(rt, &rows);
    const weir_inspect_row *row = rows_find(&rows, stage, NULL);
    assert_int_equal(row->service_n, ITEMS);
    assert_int_equal(row->limit, 0); /* its task is over */
    size_t n =
        weir_inspect_service(rt, row->place, stage, row->index, services, WEIR_INSPECT_SERVICES);
    assert_int_equal(n, ITEMS);
    for (size_t i = 0; i < n; i++) {
        about(services[i].cpu_ns, WORKS_US);
        if (limit == 1)
            about(services[i].wait_ns, waits_us((int64_t)i));
    }
    weir_service last;
    assert_int_equal(weir_inspect_service(rt, row->place, stage, row->index, &last, 1), 1);
    assert_memory_equal(&last, &services[n - 1], sizeof last);
    assert_int_equal(weir_inspect_service(rt, row->place, "none", row->index, &last, 1), 0);
}

static void times_of_machines(void **state)
{
    (void)state;
    for (size_t limit = 1; limit <= 4; limit += 3) {
        weir_rt *rt = rows_rt(limit, true);
        weir_stream *all = weir_map_async(weir_range(0, ITEMS), &machine_fn, NULL, limit);
        assert_int_equal(weir_rt_run(rt, weir_count(all), NULL, NULL), WEIR_READY);
        read_services(rt, "map_async", limit);
        weir_rt_drop(rt);
    }
}

static void times_of_futures(void **state)
{
    (void)state;
    static struct rows rows;
    weir_rt *rt = rows_rt(1, true);
    weir_stream *all =
        weir_par_map(weir_range(0, ITEMS), &future_fn, NULL, 1, &WEIR_PAR_OPTIONS(.local = true));
    assert_int_equal(weir_rt_run(rt, weir_count(all), NULL, NULL), WEIR_READY);
    rows_read(rt, &rows);
    assert_string_equal(rows_find(&rows, "par_map", NULL)->function, "future_of");
    read_services(rt, "buffered", 1);
    weir_rt_drop(rt);
}

/* Nobody is attached: children are not timed, and one after the other by samples. */
static int64_t works(int64_t n, void *arg)
{
    (void)arg;
    weir_sim_work(50 * US);
    return n;
}
WEIR_MAP_FN(works_fn, works, int64_t, int64_t)

static void times_of_one_by_one(void **state)
{
    (void)state;
    static struct rows rows;
    weir_service services[WEIR_INSPECT_SERVICES];
    for (int exact = 0; exact < 2; exact++) {
        weir_rt *rt = rows_rt(1, exact);
        weir_stream *all = weir_map(weir_range(0, 60000), &works_fn, NULL);
        assert_int_equal(weir_rt_run(rt, weir_count(all), NULL, NULL), WEIR_READY);
        rows_read(rt, &rows);
        const weir_inspect_row *row = rows_find(&rows, "map", NULL);
        size_t n = weir_inspect_service(rt, NULL, "map", row->index, services, 8);
        assert_true(n > 3 && row->service_n >= n);
        for (size_t i = 0; i < n; i++) {
            about(services[i].cpu_ns, 50);
            assert_int_equal(services[i].wait_ns, 0);
        }
        weir_rt_drop(rt);
    }
}

/* The mean of each batch, as its task took it. */
static void times_of_batches(void **state)
{
    (void)state;
    static struct rows rows;
    weir_service services[WEIR_INSPECT_SERVICES];
    weir_rt *rt = rows_rt(1, true);
    weir_stream *all = weir_par_map(weir_range(0, 5000), &works_fn, NULL, 4, NULL);
    assert_int_equal(weir_rt_run(rt, weir_count(all), NULL, NULL), WEIR_READY);
    rows_read(rt, &rows);
    const weir_inspect_row *row = rows_find(&rows, "par_map", "works");
    size_t n = weir_inspect_service(rt, row->place, "par_map", row->index, services,
                                    WEIR_INSPECT_SERVICES);
    assert_true(n > 3);
    for (size_t i = 0; i < n; i++)
        about(services[i].cpu_ns, 50);
    weir_rt_drop(rt);
}

/* ---- what they have in hand ---- */

static weir_rt *looked_at;
static weir_inspect_row seen;

static int64_t looks(int64_t n, void *arg)
{
    static struct rows rows;
    weir_sim_work(1000 * US);
    if (n != 40)
        return n;
    rows_read(looked_at, &rows);
    seen = *rows_find(&rows, arg, NULL);
    return n;
}
WEIR_MAP_FN(looks_fn, looks, int64_t, int64_t)

/* Whoever sends is fast: it is full each time its reader looks. */
static void channels_fill(void **state)
{
    (void)state;
    static struct rows rows;
    char name[] = "channel";
    weir_sender *tx;
    looked_at = rows_rt(1, true);
    weir_stream *rx = weir_channel(&weir_type_i64, 4, &tx);
    assert_true(weir_rt_spawn(looked_at, weir_send_each(weir_range(0, 50), tx)));
    weir_sender_drop(tx);
    uint64_t begin_ns = rows_now_ns(looked_at);
    weir_stream *all = weir_map(rx, &looks_fn, name);
    assert_int_equal(weir_rt_run(looked_at, weir_count(all), NULL, NULL), WEIR_READY);
    uint64_t took_ns = rows_now_ns(looked_at) - begin_ns;
    assert_int_equal(seen.queue_max, 4);
    rows_read(looked_at, &rows);
    const weir_inspect_row *row = rows_find(&rows, "channel", NULL);
    assert_in_range(row->queue_item_ns, took_ns, 4 * took_ns);
    assert_int_equal(row->queue_n, 0);
    assert_int_equal(row->queue_max, 0);
    assert_true(row->starved_ns < took_ns / 10);
    row = rows_find(&rows, "send_each", NULL); /* room woke it, and its worker was busy */
    assert_in_range(row->blocked_ns + row->runnable_ns, took_ns * 8 / 10, took_ns);
    assert_true(row->starved_ns < took_ns / 10);
    weir_rt_drop(looked_at);
}

static void limits_are_there(void **state)
{
    (void)state;
    char name[] = "map_async";
    looked_at = rows_rt(1, true);
    weir_stream *all = weir_map_async(weir_range(0, 50), &machine_fn, NULL, 3);
    all = weir_map(all, &looks_fn, name);
    assert_int_equal(weir_rt_run(looked_at, weir_count(all), NULL, NULL), WEIR_READY);
    assert_int_equal(seen.limit, 3);
    assert_in_range(seen.in_flight + seen.queue_n, 1, 3);
    weir_rt_drop(looked_at);
}

/* ---- limits that change ---- */

static size_t most_at_once;

static uint64_t watch_limit(uint64_t n, void *arg)
{
    static struct rows rows;
    (void)arg;
    rows_read(looked_at, &rows);
    for (size_t i = 0; i < rows.n; i++)
        if (strcmp(rows.all[i].stage, "batches") == 0 && rows.all[i].limit > most_at_once)
            most_at_once = rows.all[i].limit;
    return n;
}
WEIR_MAP_FN(watch_limit_fn, watch_limit, uint64_t, uint64_t)

static int64_t work(int64_t n, void *arg)
{
    (void)arg;
    weir_sim_work(100 * US);
    return n;
}
WEIR_MAP_FN(work_fn, work, int64_t, int64_t)

/* What the row of a place says at most, of so many tasks with these limits. */
static size_t limit_of_row(weir_par_limit *const *limits, size_t n)
{
    static const weir_site place = {"limit_of_row", __FILE__, 1};
    most_at_once = 0;
    looked_at = rows_rt(1, true);
    for (size_t i = 0; i < n; i++) {
        weir_stream *worked = weir_par_map(weir_pending(&weir_type_i64), &work_fn, NULL, 8,
                                           &WEIR_PAR_OPTIONS(.limit = limits[i]));
        assert_true(weir_rt_spawn_at(looked_at, weir_count(worked), &place));
    }
    weir_stream *ticks = weir_take(weir_interval(500 * US, WEIR_MISSED_SKIP), 100);
    weir_stream *watched = weir_map(ticks, &watch_limit_fn, NULL);
    assert_int_equal(weir_rt_run(looked_at, weir_count(watched), NULL, NULL), WEIR_READY);
    weir_rt_drop(looked_at);
    return most_at_once;
}

static void a_limit_that_is_shared_is_there_once(void **state)
{
    (void)state;
    enum { N = 10 };
    weir_par_limit *limits[N], *shared = weir_par_limit_new(5);
    for (size_t i = 0; i < N; i++)
        limits[i] = shared;
    assert_int_equal(limit_of_row(limits, 3), 5);
    for (size_t i = 0; i < N; i++)
        limits[i] = weir_par_limit_new(2);
    assert_int_equal(limit_of_row(limits, 3), 6);
    assert_int_equal(limit_of_row(limits, N), 2 * N); /* more than are kept */
    for (size_t i = 0; i < N; i++)
        weir_par_limit_drop(limits[i]);
    weir_par_limit_drop(shared);
}

int inspect_services(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_machines),
        cmocka_unit_test(times_of_futures),
        cmocka_unit_test(times_of_one_by_one),
        cmocka_unit_test(channels_fill),
        cmocka_unit_test(limits_are_there),
        cmocka_unit_test(times_of_batches),
        cmocka_unit_test(a_limit_that_is_shared_is_there_once),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
