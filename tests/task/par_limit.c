/* A limit that changes while it holds: it is exact from then on, whoever sets it, and for all
 * stages together that share it. */

#include "bodies.h"
#include "weir/sim.h"

/* ---- bodies that look ---- */

static weir_par_limit *limit;

static struct {
    _Atomic unsigned now, most, begun, over;
    _Atomic unsigned allowed; /* whoever begins now finds no more than that, with itself */
    _Atomic unsigned broken;  /* how often that was not so */
    uint64_t nap_ns;
} seen;

static void allow(unsigned n)
{
    if (!weir_par_limit_set(limit, n))
        fail();
    seen.allowed = n;
}

static void begin_with(unsigned n)
{
    memset((void *)&seen, 0, sizeof seen);
    limit = weir_par_limit_new(n);
    assert_non_null(limit);
    seen.allowed = n;
}

static void end_all(void)
{
    size_t running = 99;
    assert_int_equal(seen.broken, 0);
    assert_int_equal(seen.now, 0);
    weir_par_limit_get(limit, &running);
    assert_int_equal(running, 0);
    weir_par_limit_drop(limit);
}

static void come(void)
{
    unsigned now = ++seen.now, most = seen.most;
    seen.broken += now > seen.allowed;
    while (now > most && !atomic_compare_exchange_weak(&seen.most, &most, now))
        ;
    seen.begun++;
}

static void leave_body(void)
{
    seen.over++;
    seen.now--;
}

WEIR_PAR_FN(wait_some, int64_t, item, void *, arg)
{
    (void)item, (void)arg;
    come();
    weir_await(weir_sleep(seen.nap_ns), NULL, NULL);
    leave_body();
}

static bool wait_more(int64_t item, int64_t *out, void *arg, weir_error *error)
{
    (void)error;
    wait_some_body(item, arg);
    *out = item;
    return true;
}
WEIR_PAR_MAP_FN(wait_some_more, wait_more, int64_t, int64_t)

static void work(int64_t item, void *arg)
{
    (void)item, (void)arg;
    come();
    weir_sim_work(1000);
    leave_body();
}
WEIR_EACH_FN(work_fn, work, int64_t)

static int64_t work_out(int64_t item, void *arg)
{
    work(item, arg);
    return item;
}
WEIR_MAP_FN(work_out_fn, work_out, int64_t, int64_t)

/* ---- on a simulated clock ---- */

enum { NAP_NS = 1000000 };

/* Lowers it: those under way go on, and nobody comes before they are fewer. Raises it: others come
 * at once. */
static bool change(int *unused, int64_t *out, weir_error *error)
{
    (void)unused, (void)error;
    weir_await(weir_sleep(NAP_NS / 2), NULL, NULL);
    *out = seen.now == 6;
    if (!weir_par_limit_set(limit, 2))
        return false;
    weir_await(weir_sleep(NAP_NS), NULL, NULL); /* the six are over, two have begun */
    seen.allowed = 2;
    *out += seen.now == 2 && seen.begun == 8;
    weir_await(weir_sleep(5 * NAP_NS), NULL, NULL);
    *out += seen.begun == 18;
    allow(5);
    weir_await(weir_sleep(NAP_NS / 4), NULL, NULL);
    *out += seen.now == 5 && seen.begun == 21;
    allow(100);
    weir_await(weir_sleep(NAP_NS / 8), NULL, NULL);
    *out += seen.now == 12; /* the stage's own is the most */
    return true;
}
WEIR_FIBER_FN(change_fn, change, int, int64_t)

static void change_while(weir_rt *rt, weir_stream *stage)
{
    weir_error error;
    int64_t right = 0;
    weir_stream *changes =
        weir_worker_spawn(weir_rt_worker(rt), weir_fiber(&change_fn, &(int){0}, NULL));
    if (weir_rt_run(rt, stage, NULL, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    assert_int_equal(weir_rt_run(rt, changes, &right, NULL), WEIR_READY);
    assert_int_equal(right, 5);
    assert_int_equal(seen.begun, 100);
}

static void in_a_simulation(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    begin_with(6);
    seen.nap_ns = NAP_NS;
    weir_par_options how = WEIR_PAR_OPTIONS(.limit = limit);
    change_while(rt, weir_par_for_each(weir_range(0, 100), &wait_some, NULL, 12, &how));
    end_all();
    begin_with(6);
    seen.nap_ns = NAP_NS;
    how.limit = limit;
    change_while(rt, weir_count(weir_par_map(weir_range(0, 100), &wait_some_more, NULL, 12, &how)));
    end_all();
}

static void it_holds_from_then_on(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        in_one(in_a_simulation, "sim", seed, 1);
    replay.driver = NULL;
}

/* Up and down again, before the stage could begin anything. */
static bool change_twice(int *unused, int64_t *out, weir_error *error)
{
    (void)unused, (void)error;
    weir_await(weir_sleep(NAP_NS / 2), NULL, NULL);
    bool set = weir_par_limit_set(limit, 3) && weir_par_limit_set(limit, 2);
    weir_await(weir_sleep(NAP_NS / 4), NULL, NULL);
    *out = set && seen.now == 2;
    return true;
}
WEIR_FIBER_FN(change_twice_fn, change_twice, int, int64_t)

static void rise_and_fall(weir_rt *rt, uint32_t workers)
{
    int64_t right = 0;
    (void)workers;
    begin_with(2);
    seen.nap_ns = NAP_NS;
    weir_par_options how = WEIR_PAR_OPTIONS(.limit = limit);
    weir_stream *stage = weir_par_for_each(weir_range(0, 20), &wait_some, NULL, 12, &how);
    weir_stream *changes = weir_fiber(&change_twice_fn, &(int){0}, NULL);
    changes = weir_worker_spawn(weir_rt_worker(rt), changes);
    assert_int_equal(weir_rt_run(rt, stage, NULL, NULL), WEIR_READY);
    assert_int_equal(weir_rt_run(rt, changes, &right, NULL), WEIR_READY);
    assert_true(right);
    assert_int_equal(seen.most, 2);
    end_all();
}

static void what_was_promised_falls_with_it(void **state)
{
    (void)state;
    in_seeds(rise_and_fall);
}

/* ---- everywhere ---- */

static weir_stream *stage_of(unsigned kind, const weir_par_options *how)
{
    weir_stream *source = weir_range(0, 60);
    switch (kind) {
    case 0:
        return weir_par_for_each(source, &wait_some, NULL, 9, how);
    case 1:
        return weir_count(weir_par_map(source, &wait_some_more, NULL, 9, how));
    case 2:
        return weir_count(weir_par_map_unordered(source, &wait_some_more, NULL, 9, how));
    case 3:
        return weir_par_for_each(source, &work_fn, NULL, 9, how);
    default:
        /* weir-lint: allow(unbounded) no limit is what is looked at */
        return weir_count(weir_par_map(source, &work_out_fn, NULL, WEIR_NO_LIMIT, how));
    }
}
enum { KINDS = 5 };

static void run_all(weir_rt *rt, weir_stream *future)
{
    weir_error error;
    if (weir_rt_run(rt, future, NULL, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
}

static void share(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        begin_with(1 + kind % 3);
        seen.nap_ns = 1000;
        weir_par_options how = WEIR_PAR_OPTIONS(.limit = limit, .batch_max = 3);
        run_all(rt, stage_of(kind, &how));
        assert_int_equal(seen.begun, 60);
        run_all(rt, weir_join(stage_of(kind, &how), stage_of((kind + 1) % KINDS, &how)));
        assert_int_equal(seen.begun, 180);
        assert_in_range(seen.most, 1, 1 + kind % 3);
        end_all();
    }
}

static void it_is_the_most_of_all_that_share_it(void **state)
{
    (void)state;
    everywhere(share);
}

/* ---- another thread changes it ---- */

static _Atomic bool settled;

/* Up and down; then 1: when no more run, never more than one does. */
static void *change_elsewhere(void *unused)
{
    for (unsigned i = 0; i < 300; i++) {
        weir_par_limit_set(limit, 1 + i * 7 % 9);
        sched_yield();
    }
    weir_par_limit_set(limit, 1);
    size_t running = 99;
    while (weir_par_limit_get(limit, &running) != 1 || running > 1)
        sched_yield();
    seen.allowed = 1;
    settled = true;
    return unused;
}

static weir_poll until_settled(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *more = arg;
    (void)cx, (void)demand;
    *(int64_t *)out = 1;
    if (settled && !--*more)
        return (weir_poll){1, WEIR_END};
    return (weir_poll){1, WEIR_READY};
}

static void be_changed(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (unsigned kind = 0; kind < 2; kind++) {
        pthread_t thread;
        unsigned more = 50;
        begin_with(9);
        settled = false;
        weir_par_options how = WEIR_PAR_OPTIONS(.limit = limit, .batch_max = 2);
        weir_stream *source = weir_poll_fn(&weir_type_i64, until_settled, &more);
        assert_int_equal(pthread_create(&thread, NULL, change_elsewhere, NULL), 0);
        weir_stream *stage = kind ? weir_par_for_each(source, &work_fn, NULL, 9, &how)
                                  : weir_par_for_each(source, &wait_some, NULL, 9, &how);
        assert_int_equal(weir_rt_run(rt, stage, NULL, NULL), WEIR_READY);
        pthread_join(thread, NULL);
        assert_in_range(seen.most, 1, 9);
        end_all();
    }
}

static void any_thread_may_change_it(void **state)
{
    (void)state;
    on_threads(be_changed);
}

/* ---- what ends while it stands in the line ---- */

static void drop_waiting(weir_rt *rt, uint32_t workers)
{
    int64_t n = -1;
    (void)workers;
    begin_with(1);
    seen.nap_ns = NAP_NS;
    weir_par_options how = WEIR_PAR_OPTIONS(.limit = limit);
    weir_stream *first = weir_worker_spawn(weir_rt_worker(rt), stage_of(0, &how));
    weir_stream *second = weir_worker_spawn(weir_rt_worker(rt), stage_of(1, &how));
    weir_rt_run(rt, weir_sleep(5 * NAP_NS / 2), NULL, NULL);
    weir_cancel(second);
    weir_drop(second);
    assert_int_equal(weir_rt_run(rt, first, NULL, NULL), WEIR_READY);
    assert_in_range(seen.begun, 60, 64);
    weir_drop(stage_of(3, &how)); /* never polled */
    how.stop = WEIR_CANCEL;
    weir_stream *third = stage_of(2, &how);
    weir_rt_run(rt, weir_timeout(third, NAP_NS), &n, NULL);
    weir_rt_run(rt, weir_sleep(2 * NAP_NS), NULL, NULL);
    end_all();
}

/* It is over and not dropped: what it was promised is for who comes behind it. */
static void end_promised(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (unsigned kind = 0; kind < 2; kind++) {
        uint64_t n = 0;
        begin_with(1);
        seen.nap_ns = NAP_NS;
        weir_par_options how = WEIR_PAR_OPTIONS(.limit = limit, .batch_max = 1);
        weir_stream *parts[2];
        for (unsigned i = 0; i < 2; i++)
            parts[i] = kind ? weir_par_map(weir_range(0, 9), &work_out_fn, NULL, 4, &how)
                            : weir_par_map(weir_range(0, 9), &wait_some_more, NULL, 4, &how);
        weir_stream *both = weir_chain(weir_take(parts[0], 3), parts[1]);
        assert_int_equal(weir_rt_run(rt, weir_count(both), &n, NULL), WEIR_READY);
        assert_int_equal(n, 12);
        end_all();
    }
}

static void who_goes_gives_its_place(void **state)
{
    (void)state;
    in_seeds(drop_waiting);
    in_seeds(end_promised);
}

static void each_allocation_fails(void **state)
{
    (void)state;
    bool done = false;
    for (unsigned long fail_at = 1; !done; fail_at++) {
        memset((void *)&seen, 0, sizeof seen);
        seen.allowed = 2;
        memory_begin(fail_at, false);
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim"), NULL);
        limit = weir_par_limit_new(2);
        weir_par_options how = WEIR_PAR_OPTIONS(.limit = limit);
        if (rt && limit)
            weir_rt_run(rt, stage_of(fail_at % KINDS, &how), NULL, NULL);
        weir_rt_drop(rt);
        done = !memory.failed;
        size_t running = 0;
        if (limit)
            weir_par_limit_get(limit, &running);
        assert_int_equal(running, 0);
        assert_int_equal(seen.now + seen.broken, 0);
        weir_par_limit_drop(limit);
        assert_int_equal(memory_end(), 0);
        assert_true(fail_at < 5000);
    }
}

static void nothing_is_no_limit(void **state)
{
    (void)state;
    size_t running = 99;
    assert_null(weir_par_limit_new(0));
    assert_null(weir_par_limit_ref(NULL));
    weir_par_limit_drop(NULL);
    limit = weir_par_limit_new(3);
    assert_false(weir_par_limit_set(limit, 0));
    assert_int_equal(weir_par_limit_get(limit, NULL), 3);
    assert_true(weir_par_limit_set(limit, 4));
    assert_int_equal(weir_par_limit_get(limit, &running), 4);
    assert_int_equal(running, 0);
    assert_ptr_equal(weir_par_limit_ref(limit), limit);
    weir_par_limit_drop(limit);
    weir_par_limit_drop(limit);
}

int task_par_limit(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_from_then_on),
        cmocka_unit_test(what_was_promised_falls_with_it),
        cmocka_unit_test(it_is_the_most_of_all_that_share_it),
        cmocka_unit_test(any_thread_may_change_it),
        cmocka_unit_test(who_goes_gives_its_place),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(nothing_is_no_limit),
    };
    return cmocka_run_group_tests(tests, bodies_setup, rig_teardown);
}
