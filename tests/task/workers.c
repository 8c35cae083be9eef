/* Several workers on threads of their own: every task is run once and dropped once, whoever takes
 * it; children end before their parents; nothing sleeps through what it should have seen. */

#include "jobs.h"

/* ---- many, from one ---- */

enum { JOBS = 2000 };

/* Gives back what it spawned, wherever it is stopped. */
static bool run_many(int *n, int64_t *sum, weir_error *error)
{
    weir_stream **handles = calloc((size_t)*n, sizeof *handles);
    int64_t item;
    int awaited = 0;
    bool well = true;
    *sum = 0;
    for (int i = 0; i < *n; i++)
        handles[i] = weir_spawn(job(draw(3)));
    for (; awaited < *n && well; awaited++) {
        well = weir_await(handles[awaited], &item, error) == WEIR_READY;
        *sum += well ? item : 0;
    }
    for (; awaited < *n; awaited++)
        weir_drop(handles[awaited]);
    free(handles);
    return well;
}
WEIR_FIBER_FN(run_many_fn, run_many, int, int64_t)

static void spread_over(weir_rt *rt, uint32_t workers)
{
    int n = JOBS; /* more than a ring holds */
    int64_t sum;
    seen_begin();
    for (int round = 0; round < 3; round++) {
        assert_int_equal(weir_rt_run(rt, weir_fiber(&run_many_fn, &n, NULL), &sum, NULL),
                         WEIR_READY);
        assert_int_equal(sum, JOBS);
    }
    weir_rt_drop(rt);
    assert_int_equal(seen.finis, 3 * JOBS);
    assert_int_equal(seen.over, 3 * JOBS);
    if (workers == 1)
        assert_int_equal(seen.on[0], 3 * JOBS);
}

static void tasks_are_spread(void **state)
{
    (void)state;
    with_each(spread_over);
}

/* ---- beside tasks that are always ready ---- */

static bool pause_until_begun(int *n, int64_t *out, weir_error *error)
{
    (void)error;
    for (*out = 0; seen.begun < (unsigned)*n && *out < 1000000; ++*out)
        if (!weir_pause())
            return false;
    return true;
}
WEIR_FIBER_FN(pause_until_begun_fn, pause_until_begun, int, int64_t)

static void *spawn_one(void *rt)
{
    assert_true(weir_rt_spawn(rt, job(0)));
    return NULL;
}

static void spawn_beside(weir_rt *rt, uint32_t workers)
{
    pthread_t thread;
    int64_t out;
    (void)workers;
    seen_begin();
    pthread_create(&thread, NULL, spawn_one, rt);
    weir_state got =
        weir_rt_run(rt, weir_fiber(&pause_until_begun_fn, &(int){1}, NULL), &out, NULL);
    pthread_join(thread, NULL);
    weir_rt_drop(rt);
    assert_int_equal(got, WEIR_READY);
    assert_true(out < 1000000); /* it began */
}

static void new_tasks_begin_beside_busy_ones(void **state)
{
    (void)state;
    with_each(spawn_beside);
}

/* ---- from other threads ---- */

enum { THREADS = 3, EACH = 300 };

static void *spawn_from_outside(void *arg)
{
    for (int i = 0; i < EACH; i++)
        while (!weir_rt_spawn(arg, job((unsigned)i % 3)))
            ;
    return NULL;
}

static bool wait_for_jobs(int *n, int64_t *out, weir_error *error)
{
    (void)error;
    while (seen.finis < (unsigned)*n)
        weir_await(weir_sleep(100000), NULL, error);
    *out = 0;
    return true;
}
WEIR_FIBER_FN(wait_for_jobs_fn, wait_for_jobs, int, int64_t)

static void spawn_outside(weir_rt *rt, uint32_t workers)
{
    pthread_t threads[THREADS];
    int n = THREADS * EACH + 2;
    int64_t out;
    (void)workers;
    seen_begin();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, spawn_from_outside, rt);
    assert_true(weir_rt_spawn(rt, job(1))); /* outside of a run */
    weir_stream *handle = weir_worker_spawn(weir_rt_worker(rt), job(2));
    assert_int_equal(weir_rt_run(rt, weir_fiber(&wait_for_jobs_fn, &n, NULL), &out, NULL),
                     WEIR_READY);
    assert_int_equal(weir_rt_run(rt, handle, &out, NULL), WEIR_READY);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    weir_rt_drop(rt);
    assert_int_equal(seen.finis, n);
    assert_int_equal(seen.over, n);
}

static void tasks_come_from_anywhere(void **state)
{
    (void)state;
    with_each(spawn_outside);
}

/* Nobody runs the runtime, and its other workers take what comes. */
static void others_work_while_the_first_does_not(void **state)
{
    (void)state;
    weir_rt *rt = runtime("epoll", 2);
    seen_begin();
    for (int i = 0; i < 100; i++)
        assert_true(weir_rt_spawn(rt, job(1)));
    while (seen.over < 100)
        sched_yield();
    weir_rt_drop(rt);
    assert_int_equal(seen.on[1], 100);
}

/* ---- handles ---- */

enum fate { JOINED, LET_GO, ABORTED, CANCELLED, CANCELLED_LATE, FATES };

static bool give_fates(int *n, int64_t *cancelled, weir_error *error)
{
    *cancelled = 0;
    for (int i = 0; i < *n; i++) {
        enum fate fate = (enum fate)draw(FATES);
        bool hangs = fate >= ABORTED && draw(2);
        weir_stream *handle = weir_spawn(hangs ? job_for_ever(draw(3)) : job(draw(3)));
        for (unsigned pauses = draw(4); pauses; pauses--)
            (void)!weir_pause();
        if (fate == CANCELLED_LATE)
            for (volatile unsigned spins = draw(3000); spins; spins--)
                ;
        if (fate >= CANCELLED)
            weir_cancel(handle);
        if (fate == LET_GO || fate == ABORTED) {
            weir_drop(fate == ABORTED ? weir_abort_on_drop(handle) : handle);
            continue;
        }
        if (weir_await(handle, NULL, error) == WEIR_READY)
            continue;
        if (error->code != WEIR_E_CANCELLED)
            return false;
        ++*cancelled;
    }
    return true;
}
WEIR_FIBER_FN(give_fates_fn, give_fates, int, int64_t)

static void handles_of(weir_rt *rt, uint32_t workers)
{
    int n = JOBS / (TSAN ? 4 : 1);
    int64_t cancelled;
    weir_error error;
    (void)workers;
    seen_begin();
    assert_int_equal(weir_rt_run(rt, weir_fiber(&give_fates_fn, &n, NULL), &cancelled, &error),
                     WEIR_READY);
    assert_true(cancelled > n / 10);
    weir_rt_drop(rt);
    assert_int_equal(seen.finis, seen.made);
}

static void handles_have_every_fate(void **state)
{
    (void)state;
    with_each(handles_of);
}

/* ---- trees of children ---- */

enum { FAN = 3, NODES = 121 }; /* 1 + 3 + 9 + 27 + 81 */

static struct {
    _Atomic unsigned finis;
    _Atomic bool spawned;
} nodes[NODES];
static _Atomic unsigned wrong;

struct node {
    weir_stream stream;
    unsigned number, polls;
    weir_stop_how how;
    weir_waker_slot slot;
    weir_stream *kids[FAN];
};

static weir_stream *node_new(unsigned number, weir_stop_how how);

static weir_poll node_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct node *self = WEIR_SELF(struct node, stream);
    (void)demand;
    (void)out;
    bool has_kids = self->number * FAN + FAN < NODES;
    if (!self->polls++ && has_kids) {
        nodes[self->number].spawned = true;
        for (unsigned i = 0; i < FAN; i++)
            self->kids[i] =
                weir_par_child_spawn(cx, node_new(self->number * FAN + 1 + i, self->how), i % 2,
                                     &(struct weir_par){.how = {.stop = self->how}}, self);
    }
    if (self->polls < 4)
        return weir_wait_turn(cx);
    return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
}

/* No parent's memory goes before its children's: what they borrowed was there to the end. */
static void node_fini(weir_stream *stream)
{
    struct node *self = WEIR_SELF(struct node, stream);
    weir_waker_slot_clear(&self->slot);
    for (unsigned i = 0; i < FAN && nodes[self->number].spawned; i++)
        wrong += nodes[self->number * FAN + 1 + i].finis != 1;
    for (unsigned i = 0; i < FAN; i++)
        if (self->kids[i])
            weir_drop(self->kids[i]);
    nodes[self->number].finis++;
}

static const weir_stream_ops node_ops = {
    .size = sizeof node_ops, .name = "node", .poll_next = node_poll_next, .fini = node_fini};

static weir_stream *node_new(unsigned number, weir_stop_how how)
{
    weir_stream *stream = weir_source_new(sizeof(struct node), &node_ops, &weir_type_i64);
    stream->stage.one = true;
    WEIR_SELF(struct node, stream)->number = number;
    WEIR_SELF(struct node, stream)->how = how;
    return stream;
}

static void plant(void)
{
    for (unsigned i = 0; i < NODES; i++) {
        nodes[i].finis = 0;
        nodes[i].spawned = false;
    }
}

static void look_at_tree(void)
{
    assert_int_equal(wrong, 0);
    for (unsigned i = 0; i < NODES; i++)
        assert_int_equal(nodes[i].finis, !i || nodes[(i - 1) / FAN].spawned);
}

static bool fell(int *moment, int64_t *out, weir_error *error)
{
    weir_stream *root = weir_spawn(node_new(0, WEIR_CANCEL));
    *out = 0;
    for (int i = 0; i < *moment % 6; i++)
        (void)!weir_pause();
    for (volatile int spins = *moment * 37 % 20000; spins; spins--)
        ;
    weir_cancel(root);
    return weir_await(root, NULL, error) == WEIR_ERROR && error->code == WEIR_E_CANCELLED;
}
WEIR_FIBER_FN(fell_fn, fell, int, int64_t)

static void fell_trees(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    int rounds = TSAN ? 60 : 400;
    for (int moment = 0; moment < rounds; moment++) {
        plant();
        assert_int_equal(weir_rt_run(rt, weir_fiber(&fell_fn, &moment, NULL), NULL, NULL),
                         WEIR_READY);
        look_at_tree();
    }
    weir_rt_drop(rt);
}

static void trees_end_from_their_leaves(void **state)
{
    (void)state;
    with_each(fell_trees);
}

/* ---- a runtime goes ---- */

static void drop_trees(weir_rt *rt, uint32_t workers)
{
    const char *driver = weir_rt_driver(rt);
    weir_rt_drop(rt);
    for (int moment = 0; moment < 20; moment++) {
        plant();
        rt = runtime(driver, workers);
        assert_true(weir_rt_spawn(rt, node_new(0, WEIR_DRAIN)));
        assert_true(weir_rt_spawn(rt, weir_fiber(&run_many_fn, &(int){1000}, NULL)));
        for (int i = 0; i < moment % 4; i++)
            weir_worker_turn(weir_rt_worker(rt), 0);
        for (volatile int spins = moment * 1000; spins; spins--)
            ;
        weir_rt_drop(rt);
        if (workers > 1) /* one worker ends them in no order */
            assert_int_equal(wrong, 0);
        wrong = 0;
        for (unsigned i = 0; i < NODES; i++)
            assert_int_equal(nodes[i].finis, !i || nodes[(i - 1) / FAN].spawned);
    }
}

static void runtimes_go_in_the_middle(void **state)
{
    (void)state;
    seen_begin();
    with_each(drop_trees);
    assert_int_equal(seen.finis, seen.made);
}

/* Whoever makes another task at each end of one does not keep the runtime. */
static void drop_endless(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (int i = 0; i < 4; i++) {
        weir_stream *first = job(0);
        WEIR_SELF(struct job, first)->makes_another = true;
        assert_true(weir_rt_spawn(rt, first));
    }
    for (int i = 0; i < 20; i++)
        weir_worker_turn(weir_rt_worker(rt), 0);
    weir_rt_drop(rt);
}

static void endless_tasks_end_with_their_runtime(void **state)
{
    (void)state;
    seen_begin();
    with_each(drop_endless);
    assert_int_equal(seen.finis, seen.made);
}

/* The handle has what its task came to, though the runtime is gone. */
static void handles_outlive_runtimes(weir_rt *rt, uint32_t workers)
{
    weir_stream *handles[3];
    int64_t item;
    (void)workers;
    handles[0] = weir_worker_spawn(weir_rt_worker(rt), job(0));
    handles[1] = weir_worker_spawn(weir_rt_worker(rt), job_for_ever(1));
    handles[2] = weir_worker_spawn(weir_rt_worker(rt), job(1));
    for (int i = 0; i < 6; i++)
        weir_worker_turn(weir_rt_worker(rt), 0);
    weir_rt_drop(rt);
    weir_drop(handles[1]);
    weir_drop(handles[2]);
    assert_int_equal(weir_run(handles[0], &item, NULL), WEIR_READY);
    assert_int_equal(item, 1);
}

static void handles_last(void **state)
{
    (void)state;
    with_each(handles_outlive_runtimes);
}

/* ---- sleep ---- */

/* How often threads other than this one gave their processor up. */
static unsigned long switches_of_others(void)
{
    unsigned long all = 0;
    char path[300], line[128];
    DIR *dir = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (atoi(entry->d_name) == gettid() || entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        FILE *file = fopen(path, "r");
        for (unsigned long n; file && fgets(line, sizeof line, file);)
            if (sscanf(line, "voluntary_ctxt_switches: %lu", &n) == 1)
                all += n;
        if (file)
            fclose(file);
    }
    closedir(dir);
    return all;
}

static bool look_at_idle(int *ignored, int64_t *woken, weir_error *error)
{
    (void)ignored;
    for (int i = 0; i < 100; i++)
        weir_await(weir_spawn(job(1)), NULL, error);
    weir_await(weir_sleep(100000000), NULL, error);
    unsigned long before = switches_of_others();
    weir_await(weir_sleep(1000000000), NULL, error);
    *woken = (int64_t)(switches_of_others() - before);
    return true;
}
WEIR_FIBER_FN(look_at_idle_fn, look_at_idle, int, int64_t)

static _Atomic unsigned ticks_elsewhere, ticks;
static void on_tick(weir_rt *rt, void *arg)
{
    (void)rt;
    ticks++;
    ticks_elsewhere += arg != weir_thread_here();
}

/* on_tick is the first worker's alone, and wakes no other. */
static void idle_workers_sleep(void **state)
{
    (void)state;
    if (TSAN)
        return; /* it has a thread of its own */
    for (size_t d = 0; d < rig_drivers_n; d++) {
        if (!strcmp(rig_drivers[d], "sim"))
            continue;
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = rig_drivers[d], .workers = 4,
                                                   .tick_ns = 50000000, .on_tick = on_tick,
                                                   .arg = (void *)(uintptr_t)weir_thread_here()),
                                  NULL);
        int64_t woken = -1;
        ticks = 0;
        weir_rt_run(rt, weir_fiber(&look_at_idle_fn, &(int){0}, NULL), &woken, NULL);
        assert_int_equal(woken, 0);
        assert_true(ticks > 10);
        assert_int_equal(ticks_elsewhere, 0);
        weir_rt_drop(rt);
    }
}

/* Sleeps and calls follow each other closely: no call is lost. A lost one hangs. */
static bool call_and_sleep(int *rounds, int64_t *out, weir_error *error)
{
    *out = 0;
    for (int i = 0; i < *rounds; i++) {
        weir_stream *one = weir_spawn(job(draw(2))), *two = weir_spawn(job(0));
        for (volatile unsigned spins = draw(4000); spins; spins--)
            ;
        if (weir_await(one, NULL, error) != WEIR_READY ||
            weir_await(two, NULL, error) != WEIR_READY)
            return false;
    }
    return true;
}
WEIR_FIBER_FN(call_and_sleep_fn, call_and_sleep, int, int64_t)

static void call_and_sleep_on(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    int rounds = TSAN ? 500 : 5000;
    assert_int_equal(weir_rt_run(rt, weir_fiber(&call_and_sleep_fn, &rounds, NULL), NULL, NULL),
                     WEIR_READY);
    weir_rt_drop(rt);
}

static void no_call_is_lost(void **state)
{
    (void)state;
    with_each(call_and_sleep_on);
}

/* ---- stop ---- */

struct source {
    weir_stream stream;
    weir_waker_slot slot;
    bool waits;
};

static _Atomic unsigned sources_waiting;

static weir_poll source_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct source *self = WEIR_SELF(struct source, stream);
    (void)demand, (void)out;
    if (cx->stopping)
        return (weir_poll){0, WEIR_END};
    sources_waiting += !self->waits;
    self->waits = true;
    return weir_wait(cx, &self->slot, WEIR_WAIT_IO);
}

static void source_fini(weir_stream *stream)
{
    weir_waker_slot_clear(&WEIR_SELF(struct source, stream)->slot);
}

static const weir_stream_ops source_ops = {.size = sizeof source_ops,
                                           .name = "source",
                                           .poll_next = source_poll_next,
                                           .fini = source_fini};

static weir_stream *source(void)
{
    return weir_source_new(sizeof(struct source), &source_ops, &weir_type_i64);
}

static weir_rt *to_stop;
static void on_signal(int number)
{
    (void)number;
    weir_rt_stop(to_stop);
}

enum { SOURCES = 40 };

static bool count_to_the_end(int *from, int64_t *out, weir_error *error)
{
    weir_stream *counts_of[SOURCES];
    uint64_t n;
    *out = 0;
    for (int i = 0; i < SOURCES; i++)
        counts_of[i] = weir_spawn(weir_count(source()));
    while (sources_waiting < SOURCES)
        weir_await(weir_sleep(100000), NULL, error);
    if (*from)
        raise(SIGUSR1);
    else
        weir_rt_stop(to_stop);
    for (int i = 0; i < SOURCES; i++)
        *out += weir_await(counts_of[i], &n, error) == WEIR_READY;
    return true;
}
WEIR_FIBER_FN(count_to_the_end_fn, count_to_the_end, int, int64_t)

static void stop_all(weir_rt *rt, uint32_t workers)
{
    const char *driver = weir_rt_driver(rt);
    weir_rt_drop(rt);
    for (int from = 0; from < 2; from++) {
        int64_t ended = 0;
        to_stop = runtime(driver, workers);
        sources_waiting = 0;
        assert_int_equal(
            weir_rt_run(to_stop, weir_fiber(&count_to_the_end_fn, &from, NULL), &ended, NULL),
            WEIR_READY);
        assert_int_equal(ended, SOURCES);
        weir_rt_drop(to_stop);
    }
}

static void stop_reaches_all(void **state)
{
    (void)state;
    signal(SIGUSR1, on_signal);
    with_each(stop_all);
    signal(SIGUSR1, SIG_DFL);
}

int task_workers(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_are_spread),
        cmocka_unit_test(new_tasks_begin_beside_busy_ones),
        cmocka_unit_test(tasks_come_from_anywhere),
        cmocka_unit_test(others_work_while_the_first_does_not),
        cmocka_unit_test(handles_have_every_fate),
        cmocka_unit_test(trees_end_from_their_leaves),
        cmocka_unit_test(runtimes_go_in_the_middle),
        cmocka_unit_test(endless_tasks_end_with_their_runtime),
        cmocka_unit_test(handles_last),
        cmocka_unit_test(idle_workers_sleep),
        cmocka_unit_test(no_call_is_lost),
        cmocka_unit_test(stop_reaches_all),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
