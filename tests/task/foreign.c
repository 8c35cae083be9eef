/* A worker in somebody else's loop: it is turned only when its descriptor, or its timeout, says so.
 */

#include "../driver/rig.h"
#include "event.h"
#include "loop_rows.h"
#include "nap.h"
#include "task/executor.h"
#include "task/worker.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>

#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull

static const char *driver; /* the one under test */

static int milliseconds(uint64_t ns)
{
    uint64_t ms = ns / NS_PER_MS + (ns % NS_PER_MS != 0);
    return ms < 10000 ? (int)ms : 10000; /* a test that hangs fails */
}

/* ---- the loop of a program that knows poll(2) ---- */

struct loop {
    weir_worker *worker;
    unsigned waits, turns;
    unsigned blocking; /* functions it was given */
};

/* One wait, and a turn where there is a reason. False: nothing happened. */
static bool loop_once(struct loop *loop)
{
    uint64_t timeout_ns = weir_worker_timeout_ns(loop->worker);
    struct pollfd ready = {.fd = weir_worker_fd(loop->worker), .events = POLLIN};
    int n = poll(&ready, 1, milliseconds(timeout_ns));
    loop->waits++;
    if (!n && timeout_ns == UINT64_MAX)
        return false;
    loop->turns++;
    assert_true(weir_worker_turn(loop->worker, 0));
    return true;
}

static void loop_until(struct loop *loop, const bool *over)
{
    while (!*over)
        assert_true(loop_once(loop));
}

struct arrival {
    bool over;
    int64_t sum;
};

static void arrive(int64_t x, void *arg)
{
    struct arrival *arrival = arg;
    arrival->sum += x;
    arrival->over = true;
}
WEIR_EACH_FN(arrive_fn, arrive, int64_t)

static weir_stream *arriving(weir_stream *future, struct arrival *arrival)
{
    return weir_for_each(future, &arrive_fn, arrival);
}

static weir_rt *begin_loop(struct loop *loop)
{
    weir_rt *rt = rig_rt(driver);
    *loop = (struct loop){.worker = weir_rt_worker(rt)};
    return rt;
}

static void spawned_tasks_run(void **state)
{
    (void)state;
    struct loop loop;
    weir_rt *rt = begin_loop(&loop);
    for (int i = 0; i < 3; i++) { /* the second one while the loop is about to wait */
        struct arrival arrival = {0};
        if (i)
            assert_int_equal(weir_worker_timeout_ns(loop.worker), UINT64_MAX);
        weir_drop(weir_worker_spawn(loop.worker, arriving(weir_range(0, 100), &arrival)));
        if (i) {
            struct pollfd ready = {.fd = weir_worker_fd(loop.worker), .events = POLLIN};
            assert_int_equal(poll(&ready, 1, 10000), 1);
        }
        loop_until(&loop, &arrival.over);
        for (int turns = 0; loop.worker->tasks; turns++)
            assert_true(turns < 10 && loop_once(&loop));
        assert_int_equal(arrival.sum, 4950);
    }
    weir_rt_drop(rt);
}

struct watch {
    weir_stream *task;
    bool *over;
};

static bool watch(struct watch *self, bool *out, weir_error *error)
{
    weir_state got = weir_await(self->task, NULL, error);
    *self->over = *out = true;
    return got != WEIR_ERROR;
}
WEIR_FIBER_FN(watch_fn, watch, struct watch, bool)

/* As weir/executor.h says that a loop learns of the end of a task. */
static void a_fiber_tells_the_loop(void **state)
{
    (void)state;
    struct loop loop;
    weir_rt *rt = begin_loop(&loop);
    bool over = false;
    struct watch all = {weir_worker_spawn(loop.worker, nap(NS_PER_MS)), &over};
    weir_drop(weir_worker_spawn(loop.worker, weir_fiber(&watch_fn, &all, NULL)));
    while (!over) {
        struct pollfd ready = {weir_worker_fd(loop.worker), POLLIN, 0};
        uint64_t ns = weir_worker_timeout_ns(loop.worker);
        uint64_t ms = ns / NS_PER_MS + (ns % NS_PER_MS != 0);
        poll(&ready, 1, ns == UINT64_MAX ? -1 : ms < INT_MAX ? (int)ms : INT_MAX);
        assert_true(weir_worker_turn(loop.worker, 0));
    }
    weir_rt_drop(rt);
}

static void timers_fire(void **state)
{
    (void)state;
    struct loop loop;
    weir_rt *rt = begin_loop(&loop);
    struct arrival arrival = {0};
    weir_drop(weir_worker_spawn(loop.worker, arriving(nap(20 * NS_PER_MS), &arrival)));
    loop_until(&loop, &arrival.over);
    assert_in_range(loop.turns, 2, 20);
    weir_rt_drop(rt);
}

static void *wake_soon(void *arg)
{
    usleep(5000);
    event_wake(arg, true, 3);
    return NULL;
}

static void other_threads_wake_it(void **state)
{
    (void)state;
    struct loop loop;
    weir_rt *rt = begin_loop(&loop);
    for (int i = 0; i < 20; i++) {
        struct event event;
        struct arrival arrival = {0};
        pthread_t thread;
        event_init(&event);
        weir_drop(weir_worker_spawn(loop.worker, arriving(event_future(&event), &arrival)));
        pthread_create(&thread, NULL, wake_soon, &event);
        loop_until(&loop, &arrival.over);
        pthread_join(thread, NULL);
        assert_int_equal(arrival.sum, 42);
        weir_waker_slot_clear(&event.slot);
    }
    assert_true(loop.turns < 200);
    weir_rt_drop(rt);
}

/* The same thread, between two turns. */
static void wakes_between_turns_are_seen(void **state)
{
    (void)state;
    struct loop loop;
    weir_rt *rt = begin_loop(&loop);
    struct event event;
    struct arrival arrival = {0};
    event_init(&event);
    weir_drop(weir_worker_spawn(loop.worker, arriving(event_future(&event), &arrival)));
    while (event.polls == 0)
        assert_true(loop_once(&loop));
    for (int i = 0; i < 3; i++)
        if (weir_worker_timeout_ns(loop.worker) == 0)
            assert_true(weir_worker_turn(loop.worker, 0));
    assert_int_equal(weir_worker_timeout_ns(loop.worker), UINT64_MAX);
    event_wake(&event, true, 1);
    loop_until(&loop, &arrival.over);
    weir_waker_slot_clear(&event.slot);
    weir_rt_drop(rt);
}

static void bytes_arrive(void **state)
{
    (void)state;
    struct loop loop;
    int ends[2];
    weir_rt *rt = begin_loop(&loop);
    assert_int_equal(pipe(ends), 0);
    weir_stream *lines = weir_count(weir_lines(weir_fd_reader(ends[0], "pipe"), 80));
    weir_stream *handle = weir_worker_spawn(loop.worker, lines);
    struct pollfd ready = {.fd = weir_worker_fd(loop.worker), .events = POLLIN};
    while (weir_worker_timeout_ns(loop.worker) == 0 || poll(&ready, 1, 50) > 0)
        assert_true(weir_worker_turn(loop.worker, 0)); /* until it waits for the pipe */
    assert_int_equal(write(ends[1], "one\ntwo\n", 8), 8);
    assert_int_equal(weir_worker_timeout_ns(loop.worker), UINT64_MAX);
    assert_int_equal(poll(&ready, 1, 10000), 1);
    close(ends[1]);
    while (loop.worker->tasks)
        assert_true(loop_once(&loop));
    uint64_t n = 0;
    assert_int_equal(weir_rt_run(rt, handle, &n, NULL), WEIR_READY);
    assert_int_equal(n, 2);
    weir_rt_drop(rt);
}

/* Nothing to do is no reason to wake up. */
static void an_idle_loop_sleeps(void **state)
{
    (void)state;
    struct loop loop;
    weir_rt *rt = begin_loop(&loop);
    struct event event;
    event_init(&event);
    weir_drop(weir_worker_spawn(loop.worker, event_future(&event)));
    struct pollfd ready = {.fd = weir_worker_fd(loop.worker), .events = POLLIN};
    for (int turns = 0;; turns++) {
        uint64_t timeout_ns = weir_worker_timeout_ns(loop.worker);
        if (timeout_ns && !poll(&ready, 1, 30))
            break;
        assert_true(turns < 5);
        assert_true(weir_worker_turn(loop.worker, 0));
    }
    weir_rt_drop(rt);
    weir_waker_slot_clear(&event.slot);
}

static void a_tick_has_its_time(void **state)
{
    (void)state;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .tick_ns = NS_PER_S,
                                               .on_tick = (void (*)(weir_rt *, void *))abort),
                              NULL);
    weir_worker *worker = weir_rt_worker(rt);
    assert_in_range(weir_worker_timeout_ns(worker), 1, NS_PER_S);
    weir_drop(weir_worker_spawn(worker, nap(NS_PER_MS)));
    assert_int_equal(weir_worker_timeout_ns(worker), 0);
    assert_true(weir_worker_turn(worker, 0));
    assert_in_range(weir_worker_timeout_ns(worker), 0, NS_PER_MS);
    weir_rt_drop(rt);
}

/* ---- the executor of the process lives on it ---- */

static weir_stream *spawn_on_loop(void *self, weir_stream *future)
{
    struct loop *loop = self;
    return weir_worker_spawn(loop->worker, future);
}

static weir_stream *count_blocking(void *self, const weir_blocking_fn *fn, const void *state)
{
    (void)fn;
    ((struct loop *)self)->blocking++;
    return weir_once(&weir_type_i64, state);
}

static uint64_t own_clock(void *self)
{
    (void)self;
    return 12345;
}

static const weir_executor_ops on_loop = {.size = sizeof on_loop,
                                          .spawn = spawn_on_loop,
                                          .spawn_blocking = count_blocking,
                                          .now_ns = own_clock};

static bool double_it(int64_t *state, int64_t *out, weir_error *error)
{
    (void)error;
    *out = 2 * *state;
    return true;
}
WEIR_BLOCKING_FN(double_fn, double_it, int64_t, int64_t)

/* What blocks, and the clock, are the executor's too, where it says so. */
static void the_rest_is_the_executors_too(void **state)
{
    (void)state;
    struct loop loop;
    weir_rt *rt = begin_loop(&loop);
    int64_t got = 0, seven = 7;
    weir_executor_forget();
    assert_true(weir_executor_set(&on_loop, &loop));
    assert_int_equal(weir_run(weir_spawn_blocking(&double_fn, &seven), &got, NULL), WEIR_READY);
    assert_int_equal(got, 7);
    assert_int_equal(loop.blocking, 1);
    assert_int_equal(weir_now_ns(), 12345);
    weir_executor_forget();
    assert_int_equal(weir_run(weir_spawn_blocking(&double_fn, &seven), &got, NULL), WEIR_READY);
    assert_int_equal(got, 14);
    uint64_t before = weir_now_ns();
    assert_true(before && before != 12345 && weir_now_ns() >= before);
    weir_executor_forget();
    weir_rt_drop(rt);
}

/* Every way out of a loop, in fibers that the executor runs. */
static bool rows_in_a_fiber(const char **where, int64_t *out, weir_error *error)
{
    (void)error;
    *out = loop_rows_run(*where);
    return true;
}
WEIR_FIBER_FN(rows_fn, rows_in_a_fiber, const char *, int64_t)

static weir_stream *every_way_out(const char *where, struct arrival *arrival)
{
    return arriving(weir_fiber(&rows_fn, &where, NULL), arrival);
}

static void loops_run_on_it(void **state)
{
    (void)state;
    struct loop loop;
    struct arrival rows = {0};
    weir_rt *rt = begin_loop(&loop);
    weir_executor_forget();
    assert_true(weir_executor_set(&on_loop, &loop));
    weir_drop(weir_spawn(every_way_out("a fiber in a foreign loop", &rows)));
    loop_until(&loop, &rows.over);
    assert_int_equal(rows.sum, true);
    weir_executor_forget();
    weir_rt_drop(rt);
}

static void tasks_go_to_the_executor_that_was_set(void **state)
{
    (void)state;
    struct loop loop;
    struct arrival first = {0}, second = {0};
    weir_rt *rt = begin_loop(&loop);
    weir_executor_forget();
    assert_true(weir_executor_set(&on_loop, &loop));
    weir_drop(weir_spawn(arriving(weir_range(0, 10), &first)));
    weir_drop(weir_spawn_local(arriving(weir_range(0, 20), &second)));
    assert_false(weir_executor_set(NULL, NULL)); /* too late */
    loop_until(&loop, &first.over);
    loop_until(&loop, &second.over);
    assert_int_equal(first.sum + second.sum, 45 + 190);
    weir_executor_forget();
    weir_rt_drop(rt);
}

#ifdef WEIR_HAVE_UV
#include "uv_loop.h"
#endif

int task_foreign(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_go_to_the_executor_that_was_set),
        cmocka_unit_test(the_rest_is_the_executors_too),
        cmocka_unit_test(loops_run_on_it),
        cmocka_unit_test(spawned_tasks_run),
        cmocka_unit_test(a_fiber_tells_the_loop),
        cmocka_unit_test(timers_fire),
        cmocka_unit_test(other_threads_wake_it),
        cmocka_unit_test(wakes_between_turns_are_seen),
        cmocka_unit_test(bytes_arrive),
        cmocka_unit_test(an_idle_loop_sleeps),
        cmocka_unit_test(a_tick_has_its_time),
#ifdef WEIR_HAVE_UV
        cmocka_unit_test(lives_on_libuv),
        cmocka_unit_test(loops_run_on_libuv),
#endif
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        if (strcmp(driver, "sim") != 0) /* its time is not the world's */
            failed += cmocka_run_group_tests_name(driver, tests, NULL, NULL);
    }
    return failed;
}
