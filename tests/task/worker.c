/* The loop of a worker: one turn of it, and threads that wait without a future. */

#include "../driver/rig.h"
#include "event.h"
#include "nap.h"
#include "task/worker.h"

#include <sys/epoll.h>

#define NS_PER_MS 1000000ull

static const char *driver; /* the one under test */

static weir_task *new_sleeper(weir_rt *rt)
{
    weir_task *sleeper = weir_task_new(rt->worker.inbox, NULL);
    assert_non_null(sleeper);
    return sleeper;
}

static weir_poll wake_other(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)cx, (void)demand;
    weir_waker_wake(arg);
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

/* A task that wakes this one. */
static void spawn_wake(weir_rt *rt, weir_task *task)
{
    assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_i64, wake_other, &task->waker)));
}

/* ---- one turn ---- */

static void a_turn_polls_what_is_ready(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct event event;
    event_init(&event);
    event.spurious = 3;
    assert_true(weir_rt_spawn(rt, event_future(&event)));
    assert_true(weir_worker_turn(&rt->worker, 0));
    assert_in_range(event.polls, 1, 4);
    while (event.polls < 4)
        assert_true(weir_worker_turn(&rt->worker, 0));
    assert_null(weir_worker_here);
    event_wake(&event, true, 2);
    assert_true(weir_worker_turn(&rt->worker, 0));
    assert_int_equal(event.finis, 1);
    assert_null(rt->worker.tasks);
    weir_rt_drop(rt);
}

static void a_turn_waits_no_longer_than_it_may(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    const weir_sys *sys = weir_rt_sys(rt);
    assert_true(weir_worker_turn(&rt->worker, 2 * NS_PER_MS)); /* nothing would ever wake it */
    assert_true(weir_rt_spawn(rt, nap(NS_PER_MS)));
    uint64_t begin = sys->now_ns(sys);
    while (rt->worker.tasks)
        assert_true(weir_worker_turn(&rt->worker, 60000 * NS_PER_MS));
    assert_in_range(sys->now_ns(sys) - begin, NS_PER_MS, 10000 * NS_PER_MS);
    weir_rt_drop(rt);
}

/* ---- threads that wait ---- */

static void a_sleeper_is_woken_by_a_task(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_task *sleeper = new_sleeper(rt);
    for (int i = 0; i < 3; i++) {
        spawn_wake(rt, sleeper);
        assert_true(weir_worker_until(&rt->worker, sleeper));
        assert_int_equal(sleeper->state, WEIR_TASK_RUNNING);
        assert_null(rt->worker.tasks);
    }
    weir_waker_unref(&sleeper->waker);
    weir_rt_drop(rt);
}

/* Nobody else has a turn for it. */
static void a_wake_that_was_early_is_seen_at_once(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_task *sleeper = new_sleeper(rt);
    struct event event;
    event_init(&event);
    assert_true(weir_rt_spawn(rt, weir_pending(&weir_type_i64)));
    weir_waker_wake(&sleeper->waker);
    weir_waker_wake(&sleeper->waker);
    assert_true(weir_worker_until(&rt->worker, sleeper));
    weir_error *error = &rt->worker.cx.error;
    assert_false(weir_worker_until(&rt->worker, sleeper)); /* one wake, not two */
    assert_non_null(strstr(error->message, "nothing will ever wake 'a thread'"));
    assert_non_null(error->cure);
    weir_waker_wake(&sleeper->waker); /* it can go on */
    assert_true(weir_worker_until(&rt->worker, sleeper));
    weir_waker_unref(&sleeper->waker);
    weir_rt_drop(rt);
}

static void *wake_soon(void *arg)
{
    usleep(2000);
    weir_waker_wake_unref(arg);
    return NULL;
}

static void a_sleeper_is_woken_by_a_thread(void **state)
{
    (void)state;
    if (strcmp(driver, "sim") == 0)
        skip(); /* one thread, by its nature */
    weir_rt *rt = rig_rt(driver);
    weir_task *sleeper = new_sleeper(rt);
    pthread_t thread;
    weir_waker_ref(&sleeper->waker);
    pthread_create(&thread, NULL, wake_soon, &sleeper->waker);
    assert_true(weir_worker_until(&rt->worker, sleeper));
    pthread_join(thread, NULL);
    weir_waker_unref(&sleeper->waker);
    weir_rt_drop(rt);
}

/* ---- waits inside of waits ---- */

struct nested {
    weir_task *inner, *outer; /* the outer one is woken while the inner one waits */
    struct event *event;      /* and this is set */
    unsigned ticks;
};

static void wake_it(int64_t x, void *arg)
{
    (void)x;
    weir_waker_wake(arg);
}
WEIR_EACH_FN(wake_fn, wake_it, int64_t)

static void wait_in_a_tick(weir_rt *rt, void *arg)
{
    struct nested *nested = arg;
    if (nested->ticks++)
        return;
    if (nested->outer)
        spawn_wake(rt, nested->outer);
    if (nested->event)
        event_wake(nested->event, true, 1);
    weir_waker *waker = &nested->inner->waker;
    assert_true(weir_rt_spawn(rt, weir_for_each(nap(6 * NS_PER_MS), &wake_fn, waker)));
    assert_true(weir_worker_until(&rt->worker, nested->inner));
    assert_int_equal(nested->ticks, 1); /* not inside of itself */
}

static weir_rt *ticking(struct nested *nested)
{
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .tick_ns = NS_PER_MS,
                                               .on_tick = wait_in_a_tick, .arg = nested),
                              NULL);
    nested->inner = new_sleeper(rt);
    assert_true(weir_rt_spawn(rt, nap(3600 * 1000 * NS_PER_MS)));
    return rt;
}

static void a_tick_may_wait_inside_of_a_wait(void **state)
{
    (void)state;
    struct nested nested = {0};
    weir_rt *rt = ticking(&nested);
    nested.outer = new_sleeper(rt);
    assert_true(weir_worker_until(&rt->worker, nested.outer));
    assert_int_equal(nested.ticks, 1);
    weir_waker_unref(&nested.inner->waker);
    weir_waker_unref(&nested.outer->waker);
    weir_rt_drop(rt);
}

/* The root fails while the tick waits, and others have their turns before its error is taken. */
static void the_root_may_end_inside_of_a_tick(void **state)
{
    (void)state;
    struct event event;
    struct nested nested = {.event = &event};
    weir_rt *rt = ticking(&nested);
    weir_error error;
    event_init(&event);
    weir_stream *root = weir_collect(weir_chain(event_future(&event), weir_range(0, 3)), 2);
    assert_int_equal(weir_rt_run(rt, root, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_true(nested.ticks >= 1);
    assert_int_equal(event.finis, 1);
    weir_waker_unref(&nested.inner->waker);
    weir_rt_drop(rt);
}

/* ---- a wait that is given up ---- */

static weir_sys breaking;
static bool broken;

static int pwait2_or_not(const weir_sys *sys, int fd, struct epoll_event *events, int n,
                         uint64_t timeout_ns)
{
    (void)sys;
    return broken ? -EIO : weir_sys_posix.epoll_pwait2(&weir_sys_posix, fd, events, n, timeout_ns);
}

static void wake_in_a_tick(weir_rt *rt, void *arg)
{
    weir_task **sleeper = arg;
    (void)rt;
    if (*sleeper)
        weir_waker_wake(&(*sleeper)->waker);
}

/* It was woken, and the driver breaks before its turn: it stands nowhere any more. */
static void who_gives_up_leaves_the_queue(void **state)
{
    (void)state;
    int ends[2];
    weir_task *sleeper = NULL;
    breaking = weir_sys_posix;
    breaking.epoll_pwait2 = pwait2_or_not;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .sys = &breaking, .tick_ns = 1,
                                               .on_tick = wake_in_a_tick, .arg = &sleeper),
                              NULL);
    assert_int_equal(pipe(ends), 0);
    weir_stream *lines = weir_count(weir_lines(weir_fd_reader(ends[0], "pipe"), 80));
    assert_true(weir_rt_spawn(rt, lines)); /* something to ask the driver for */
    assert_true(weir_worker_turn(&rt->worker, 0));
    sleeper = new_sleeper(rt);
    broken = true;
    assert_false(weir_worker_until(&rt->worker, sleeper));
    assert_int_equal(weir_worker_error(&rt->worker)->number, EIO);
    assert_int_equal(rt->worker.ready.n, 0);
    assert_int_equal(sleeper->state, WEIR_TASK_DONE);
    broken = false;
    weir_waker_unref(&sleeper->waker);
    weir_rt_drop(rt);
    close(ends[0]);
    close(ends[1]);
}

/* ---- turns and time ---- */

/* Wakes itself so often; stays idle then. */
struct yields {
    unsigned left, polls;
    unsigned sampled;
    uint64_t now_ns, changes; /* of cx->now_ns */
};

static weir_poll yield_often(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct yields *yields = arg;
    (void)out, (void)demand;
    yields->polls++;
    yields->sampled += cx->sampling;
    yields->changes += cx->now_ns != yields->now_ns;
    yields->now_ns = cx->now_ns;
    if (yields->left--)
        return weir_wait_turn(cx);
    return weir_wait_never(cx);
}

static weir_stream *yielding(struct yields *yields)
{
    return weir_future_fn(&weir_type_i64, yield_often, yields);
}

/* 64 a round, whether they are of one task or of many. */
static void a_round_is_64_turns(void **state)
{
    (void)state;
    for (unsigned tasks = 1; tasks <= 3; tasks++) {
        weir_rt *rt = rig_rt(driver);
        struct yields yields[3] = {{.left = 1000}, {.left = 1000}, {.left = 1000}};
        for (unsigned i = 0; i < tasks; i++)
            assert_true(weir_rt_spawn(rt, yielding(&yields[i])));
        for (unsigned round = 1; round <= 10; round++) {
            assert_true(weir_worker_turn(&rt->worker, 0));
            unsigned polls = yields[0].polls + yields[1].polls + yields[2].polls;
            assert_int_equal(polls, 64 * round);
        }
        weir_rt_drop(rt);
    }
}

static weir_sys counting;
static unsigned readings;

static uint64_t count_readings(const weir_sys *sys)
{
    (void)sys;
    readings++;
    return weir_sys_posix.now_ns(&weir_sys_posix);
}

enum { TURNS = 16000 };

static weir_rt *reading(bool exact)
{
    counting = weir_sys_posix;
    counting.now_ns = count_readings;
    weir_rt *rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = "epoll", .sys = &counting, .seed = exact ? 3 : 4), NULL);
    rt->worker.exact = exact;
    return rt;
}

static void run_yields(weir_rt *rt, struct yields *a, struct yields *b)
{
    *a = *b = (struct yields){.left = TURNS};
    assert_true(weir_rt_spawn(rt, yielding(a)));
    assert_true(weir_rt_spawn(rt, yielding(b)));
    readings = 0;
    do
        assert_true(weir_worker_turn(&rt->worker, 0));
    while (rt->worker.ready.n);
}

/* One turn in 16 is timed, all are counted, and those that are timed stand for all. */
static void time_is_sampled(void **state)
{
    (void)state;
    struct yields a, b;
    weir_rt *rt = reading(false);
    uint64_t begin = weir_sys_posix.now_ns(&weir_sys_posix);
    run_yields(rt, &a, &b);
    uint64_t took = weir_sys_posix.now_ns(&weir_sys_posix) - begin;
    weir_task *first = rt->worker.tasks, *second = first->next;
    assert_int_equal(first->turns, TURNS + 1);
    assert_in_range(a.sampled, TURNS / 16 * 8 / 10, TURNS / 16 * 12 / 10);
    assert_in_range(readings, 2 * TURNS / 16, 2 * TURNS * 4 / 16);
    assert_true(first->ns_busy && second->ns_busy && first->ns_runnable);
    assert_true(first->ns_busy < 20 * took);           /* a hiccup counts for 16 */
    assert_in_range(a.changes, TURNS / 64, TURNS / 2); /* cx->now_ns: at most 64 turns old */
    weir_rt_drop(rt);
}

static void time_is_exact_when_asked_for(void **state)
{
    (void)state;
    struct yields a, b;
    /* What is spawned outside of its loop is ready since the loop's clock: here, since it was made.
     */
    uint64_t begin = weir_sys_posix.now_ns(&weir_sys_posix);
    weir_rt *rt = reading(true);
    run_yields(rt, &a, &b);
    uint64_t took = weir_sys_posix.now_ns(&weir_sys_posix) - begin;
    weir_task *first = rt->worker.tasks, *second = first->next;
    assert_int_equal(a.sampled, TURNS + 1);
    assert_true(first->ns_busy + second->ns_busy <= took);
    assert_true(first->ns_runnable + first->ns_busy <= took);
    weir_rt_drop(rt);
}

int task_worker(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_polls_what_is_ready),
        cmocka_unit_test(a_turn_waits_no_longer_than_it_may),
        cmocka_unit_test(a_sleeper_is_woken_by_a_task),
        cmocka_unit_test(a_wake_that_was_early_is_seen_at_once),
        cmocka_unit_test(a_sleeper_is_woken_by_a_thread),
        cmocka_unit_test(a_tick_may_wait_inside_of_a_wait),
        cmocka_unit_test(the_root_may_end_inside_of_a_tick),
        cmocka_unit_test(who_gives_up_leaves_the_queue),
        cmocka_unit_test(a_round_is_64_turns),
        cmocka_unit_test(time_is_sampled),
        cmocka_unit_test(time_is_exact_when_asked_for),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, NULL, NULL);
    }
    return failed;
}
