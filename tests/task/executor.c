/* The executor: wakes at every moment, spawned tasks, stalls, and the runtime itself. */

#include "../driver/rig.h"
#include "event.h"
#include "task/worker.h"

#include <time.h>

static const char *driver; /* the one under test */

static void pause_ns(long ns)
{
    nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

/* ---- wakes ---- */

static void set_before_the_poll(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct event event;
    event_init(&event);
    event.set = true;
    int64_t out = 0;
    assert_int_equal(weir_rt_run(rt, event_future(&event), &out, NULL), WEIR_READY);
    assert_int_equal(out, 42);
    assert_int_equal(event.polls, 1);
    assert_int_equal(event.finis, 1);
    weir_rt_drop(rt);
}

static void woken_during_polls(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct event event;
    event_init(&event);
    event.set = true;
    event.spurious = 5;
    int64_t out = 0;
    assert_int_equal(weir_rt_run(rt, event_future(&event), &out, NULL), WEIR_READY);
    assert_int_equal(event.polls, 6); /* twice woken, once polled */
    weir_rt_drop(rt);
    weir_waker_slot_clear(&event.slot);
}

struct helper {
    struct event *event;
    unsigned times;
    long delay_ns;
};

static void *wake_later(void *arg)
{
    struct helper *helper = arg;
    pause_ns(helper->delay_ns);
    event_wake(helper->event, true, helper->times);
    return NULL;
}

static void woken_by_a_thread(void **state)
{
    (void)state;
    if (strcmp(driver, "sim") == 0)
        skip(); /* one thread, by its nature */
    weir_rt *rt = rig_rt(driver);
    for (unsigned i = 0; i < 100; i++) {
        struct event event;
        event_init(&event);
        struct helper helper = {&event, 1 + i % 3, (long)(i % 10) * 20000};
        pthread_t thread;
        pthread_create(&thread, NULL, wake_later, &helper);
        int64_t out = 0;
        assert_int_equal(weir_rt_run(rt, event_future(&event), &out, NULL), WEIR_READY);
        assert_in_range(event.polls, 1, 2);
        pthread_join(thread, NULL);
    }
    weir_rt_drop(rt);
}

/* The waker outlives the task, and then the runtime. */
static void woken_after_the_end(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct event first, second;
    event_init(&first);
    event_init(&second);
    second.set = true;
    assert_true(weir_rt_spawn(rt, event_future(&first)));
    assert_int_equal(weir_rt_run(rt, event_future(&second), NULL, NULL), WEIR_READY);
    assert_int_equal(first.finis, 0);
    weir_waker *kept = first.slot.waker;
    if (kept) {
        weir_waker_ref(kept);
        weir_waker_wake(kept); /* between two runs: stands in the inbox */
    }
    weir_rt_drop(rt);
    assert_int_equal(first.finis, 1);
    event_wake(&first, true, 3);
    if (kept) {
        weir_waker_wake(kept);
        weir_waker_unref(kept);
    }
}

struct waking {
    weir_waker *waker;
    atomic_bool stop;
};

static void *wake_without_end(void *arg)
{
    struct waking *waking = arg;
    while (!atomic_load(&waking->stop))
        weir_waker_wake(waking->waker);
    return NULL;
}

/* Threads wake a task while its runtime runs, ends and is dropped. */
static void woken_while_dropped(void **state)
{
    (void)state;
    if (strcmp(driver, "sim") == 0)
        skip();
    for (unsigned round = 0; round < 30; round++) {
        weir_rt *rt = rig_rt(driver);
        struct event event, other;
        event_init(&event);
        event_init(&other);
        other.set = true;
        other.spurious = 1;
        assert_true(weir_rt_spawn(rt, event_future(&event)));
        assert_int_equal(weir_rt_run(rt, event_future(&other), NULL, NULL), WEIR_READY);
        weir_waker_slot_clear(&other.slot);
        assert_non_null(event.slot.waker);
        struct waking waking = {.waker = event.slot.waker};
        pthread_t threads[2];
        for (int i = 0; i < 2; i++)
            pthread_create(&threads[i], NULL, wake_without_end, &waking);
        other.spurious = 20;
        assert_int_equal(weir_rt_run(rt, event_future(&other), NULL, NULL), WEIR_READY);
        weir_waker_slot_clear(&other.slot);
        weir_rt_drop(rt);
        assert_int_equal(event.finis, 1);
        pause_ns(100000);
        atomic_store(&waking.stop, true);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        weir_waker_slot_clear(&event.slot);
    }
}

/* ---- spawned tasks ---- */

struct adder {
    int64_t *sum;
};

static void add(int64_t x, void *arg)
{
    *(int64_t *)arg += x;
}
WEIR_EACH_FN(add_fn, add, int64_t)

static void spawned_tasks_run(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    int64_t sum = 0;
    struct event event;
    event_init(&event);
    event.set = true;
    event.spurious = 200;
    for (int i = 0; i < 10; i++)
        assert_true(weir_rt_spawn(rt, weir_for_each(weir_range(0, 1000), &add_fn, &sum)));
    assert_int_equal(weir_rt_run(rt, event_future(&event), NULL, NULL), WEIR_READY);
    weir_waker_slot_clear(&event.slot);
    assert_int_equal(sum, 10 * 499500);
    /* items nobody wants are dropped, chains that are never run too */
    assert_true(weir_rt_spawn(rt, weir_collect(weir_range(0, 10), 10)));
    assert_true(weir_rt_spawn(rt, weir_collect(weir_range(0, 10), 10)));
    assert_int_equal(weir_rt_run(rt, weir_collect(weir_range(0, 9), 10), NULL, NULL), WEIR_READY);
    weir_rt_drop(rt);
}

static void errors_come_out(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_error error = {0};
    assert_int_equal(weir_rt_run(rt, weir_collect(weir_range(0, 10), 3), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(weir_rt_run(rt, weir_empty(&weir_type_i64), NULL, &error), WEIR_END);
    assert_int_equal(weir_rt_run(rt, weir_chunks(weir_range(0, 3), 0), NULL, &error), WEIR_ERROR);
    weir_rt_drop(rt);
}

/* ---- stalls ---- */

static void stalls_are_told(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_error error = {0};
    assert_int_equal(weir_rt_run(rt, weir_count(weir_pending(&weir_type_i64)), NULL, &error),
                     WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_non_null(strstr(error.message, "nothing will ever wake"));
    assert_non_null(strstr(error.message, "pending"));
    assert_non_null(error.cure);
    uint64_t n = 0; /* it can go on afterwards */
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 5)), &n, &error), WEIR_READY);
    assert_int_equal(n, 5);
    weir_rt_drop(rt);
}

/* ---- the runtime itself ---- */

static weir_poll run_inside(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg;
    (void)demand;
    weir_error error;
    assert_int_equal(weir_rt_run(cx->rt, weir_count(weir_range(0, 3)), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    uint64_t n = 0; /* another runtime is fine */
    assert_int_equal(weir_run(weir_count(weir_range(0, 3)), &n, &error), WEIR_READY);
    *(int64_t *)out = (int64_t)n;
    return (weir_poll){1, WEIR_END};
}

static void runs_inside_of_runs(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    int64_t n = 0;
    assert_int_equal(weir_rt_run(rt, weir_future_fn(&weir_type_i64, run_inside, NULL), &n, NULL),
                     WEIR_READY);
    assert_int_equal(n, 3);
    weir_rt_drop(rt);
}

static void names_of_drivers(void **state)
{
    (void)state;
    weir_error error = {0};
    weir_rt *rt = rig_rt(driver);
    assert_string_equal(weir_rt_driver(rt), driver);
    weir_rt_drop(rt);
    assert_null(weir_rt_new(&(weir_rt_options){.driver = "kqueue"}, &error));
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.message,
                        "no driver is called 'kqueue'; there are uring, epoll and sim");
    setenv("WEIR_DRIVER", driver, 1);
    rt = weir_rt_new(NULL, &error);
    assert_string_equal(weir_rt_driver(rt), driver);
    weir_rt_drop(rt);
    setenv("WEIR_DRIVER", "no", 1);
    assert_int_equal(weir_run(weir_count(weir_range(0, 3)), NULL, &error), WEIR_ERROR);
    unsetenv("WEIR_DRIVER");
    weir_rt_drop(NULL);
}

static struct {
    unsigned long calls, fail_at, live;
} memory;

static void *count_allocate(void *self, size_t size, size_t align)
{
    (void)self;
    (void)align;
    if (++memory.calls == memory.fail_at)
        return NULL;
    memory.live++;
    return malloc(size);
}

static void *count_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    (void)self;
    (void)align;
    (void)old_size;
    if (++memory.calls == memory.fail_at)
        return NULL;
    memory.live += !block;
    return realloc(block, size);
}

static void count_release(void *self, void *block, size_t size)
{
    (void)self;
    (void)size;
    memory.live--;
    free(block);
}

static void memory_fails(void **state)
{
    (void)state;
    static const weir_alloc hooks = {sizeof hooks, count_allocate, count_resize, count_release,
                                     NULL};
    const weir_alloc *before = weir_alloc_get();
    unsigned fds = rig_open_fds();
    weir_alloc_set(&hooks);
    bool succeeded = false;
    for (unsigned long k = 1; k < 100 && !succeeded; k++) {
        memory.calls = memory.live = 0;
        memory.fail_at = k;
        weir_error error = {0};
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver}, &error);
        bool spawned = rt && weir_rt_spawn(rt, weir_count(weir_range(0, 10)));
        uint64_t n = 0;
        weir_state ran =
            rt ? weir_rt_run(rt, weir_count(weir_range(0, 10)), &n, &error) : WEIR_ERROR;
        succeeded = spawned && ran == WEIR_READY;
        assert_true(ran == WEIR_READY ? n == 10 : error.code != WEIR_OK);
        weir_rt_drop(rt);
        assert_int_equal(memory.live, 0);
    }
    weir_alloc_set(before);
    assert_true(succeeded);
    assert_int_equal(rig_open_fds(), fds);
}

int task_executor(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_before_the_poll), cmocka_unit_test(woken_during_polls),
        cmocka_unit_test(woken_by_a_thread),   cmocka_unit_test(woken_after_the_end),
        cmocka_unit_test(woken_while_dropped), cmocka_unit_test(spawned_tasks_run),
        cmocka_unit_test(errors_come_out),     cmocka_unit_test(stalls_are_told),
        cmocka_unit_test(runs_inside_of_runs), cmocka_unit_test(names_of_drivers),
        cmocka_unit_test(memory_fails),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, NULL, NULL);
    }
    return failed;
}
