/* A worker whose driver is broken: who asks for what runs is told, and nothing runs on behind his
 * back, on other workers neither. */

#include <pthread.h>
#include <sched.h>

#include "../driver/rig.h"
#include "task/par.h"
#include "doubles.h"
#include "event.h"
#include "jobs.h"

/* ---- a driver that breaks on one thread ---- */

static struct {
    weir_sys sys;
    _Atomic(const void *) thread; /* whose waits fail; NULL: nobody's */
    _Atomic bool breaks;
    _Atomic unsigned failed; /* waits */
} outside;

static bool fails_here(void)
{
    bool fails = outside.breaks && outside.thread == weir_thread_here();
    outside.failed += fails;
    return fails;
}

static int pwait2(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                  uint64_t timeout_ns)
{
    return fails_here() ? -EIO : sys->base->epoll_pwait2(sys->base, epoll, events, n, timeout_ns);
}

static int ring_look(const weir_sys *sys, struct io_uring *ring)
{
    return fails_here() ? -EIO : sys->base->ring_look(sys->base, ring);
}

static int ring_wait(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns)
{
    return fails_here() ? -EIO : sys->base->ring_wait(sys->base, ring, timeout_ns);
}

static weir_rt *breaking(const char *driver, uint32_t workers)
{
    weir_sys_wrap(&outside.sys, NULL);
    outside.sys.epoll_pwait2 = pwait2;
    outside.sys.ring_look = ring_look;
    outside.sys.ring_wait = ring_wait;
    outside.breaks = false;
    outside.thread = weir_thread_here();
    outside.failed = 0;
    weir_error error;
    weir_rt *rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = driver, .sys = &outside.sys, .workers = workers), &error);
    if (!rt)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    return rt;
}

static void with_drivers(void (*check)(weir_rt *rt))
{
    for (size_t d = 0; d < rig_drivers_n; d++)
        if (strcmp(rig_drivers[d], "sim"))
            check(breaking(rig_drivers[d], 3));
}

static void is_told(weir_state got, const weir_error *error)
{
    assert_int_equal(got, WEIR_ERROR);
    assert_int_equal(error->number, EIO);
    assert_non_null(strstr(error->message, "cannot wait"));
}

/* ---- bodies ---- */

static struct {
    _Atomic unsigned began, over;
    _Atomic unsigned early; /* parents that were gone before their children */
} bodies;

static void begin(void)
{
    memset((void *)&bodies, 0, sizeof bodies);
}

static unsigned running(void)
{
    return bodies.began - bodies.over;
}

static void break_it(void)
{
    outside.breaks = true;
    weir_workers_interrupt(weir_worker_here->rt); /* who waits already waits anew */
}

static bool is_first(void)
{
    return weir_worker_here->index == 0;
}

/* On another worker it computes until the first one is broken, and a while longer. */
static void compute(int64_t item, void *arg)
{
    (void)item, (void)arg;
    if (is_first())
        return;
    bodies.began++;
    break_it();
    while (!outside.failed)
        sched_yield();
    for (int i = 0; i < 2000; i++)
        sched_yield();
    bodies.over++;
}
WEIR_EACH_FN(compute_fn, compute, int64_t)

static int64_t compute_one(int64_t item, void *arg)
{
    compute(item, arg);
    return item;
}
WEIR_MAP_FN(compute_one_fn, compute_one, int64_t, int64_t)

/* How many children of one parent run, on its stack. */
typedef _Atomic unsigned count;

static void leave(count **of_parent)
{
    for (int i = 0; i < 1000; i++)
        sched_yield();
    if (*of_parent)
        --**of_parent;
    bodies.over++;
}

static unsigned enter(count *of_parent)
{
    if (of_parent)
        ++*of_parent;
    return ++bodies.began;
}

static void wait_an_hour(void)
{
    weir_await(weir_sleep(UINT64_C(3600000000000)), NULL, NULL);
}

/* Until it is refused. */
WEIR_PAR_FN(wait_for_ever, int64_t, item, count *, of_parent)
{
    count *here __attribute__((cleanup(leave))) = of_parent;
    (void)item;
    if (enter(here) == 12)
        break_it();
    wait_an_hour();
}

static void be_parent(const weir_par_fn *fn)
{
    count children = 0;
    weir_await(weir_par_for_each_of(weir_range(0, 4), WEIR_PAR_FIBER, fn, &children, 4, NULL), NULL,
               NULL);
    bodies.early += children != 0;
}

WEIR_PAR_FN(wait_for_children, int64_t, item, void *, arg)
{
    (void)item, (void)arg;
    be_parent(&wait_for_ever);
}

/* Items until it is broken. */
static weir_waker_slot more;

static weir_poll give_numbers(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)demand;
    if (outside.breaks)
        return weir_wait(cx, &more, WEIR_WAIT_PEER);
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_READY};
}

static weir_stream *numbers(void)
{
    return weir_poll_fn(&weir_type_i64, give_numbers, NULL);
}

/* ---- who asked ---- */

static void run_plain(weir_rt *rt)
{
    weir_error error;
    begin();
    weir_state got =
        weir_rt_run(rt, weir_par_for_each(numbers(), &compute_fn, NULL, 8, NULL), NULL, &error);
    assert_int_equal(running(), 0);
    assert_true(bodies.began);
    is_told(got, &error);
    weir_waker_slot_clear(&more);
    weir_rt_drop(rt);
}

static void bodies_that_compute_are_over_before(void **state)
{
    (void)state;
    with_drivers(run_plain);
}

static void run_waiting_as(weir_rt *rt, const weir_par_fn *fn, const weir_par_options *how)
{
    weir_error error;
    begin();
    weir_state got =
        weir_rt_run(rt, weir_par_for_each_of(weir_range(0, 12), WEIR_PAR_FIBER, fn, NULL, 12, how),
                    NULL, &error);
    assert_int_equal(running(), 0);
    assert_int_equal(bodies.early, 0);
    assert_in_range(bodies.began, 12, 48);
    is_told(got, &error);
    outside.breaks = false;
    weir_rt_drop(rt);
}

static void run_waiting(weir_rt *rt)
{
    run_waiting_as(rt, &wait_for_ever, NULL);
}

static void run_cancelling(weir_rt *rt)
{
    run_waiting_as(rt, &wait_for_ever, &WEIR_PAR_OPTIONS(.stop = WEIR_CANCEL));
}

static void run_nested(weir_rt *rt)
{
    run_waiting_as(rt, &wait_for_children, NULL);
}

static void bodies_that_wait_are_over_before(void **state)
{
    (void)state;
    with_drivers(run_waiting);
    with_drivers(run_cancelling);
    with_drivers(run_nested);
}

/* The stream stays the caller's, and waits when it is dropped. */
static void pull(weir_rt *rt)
{
    weir_error error;
    int64_t item;
    weir_state got;
    begin();
    weir_stream *stream = weir_par_map(numbers(), &compute_one_fn, NULL, 8, NULL);
    while ((got = weir_rt_next(rt, stream, &item, &error)) == WEIR_READY)
        ;
    is_told(got, &error);
    weir_drop(stream);
    assert_int_equal(running(), 0);
    assert_true(bodies.began);
    weir_waker_slot_clear(&more);
    weir_rt_drop(rt);
}

static void streams_wait_when_they_are_dropped(void **state)
{
    (void)state;
    with_drivers(pull);
}

/* What waits on the broken worker itself cannot be drained. */
static void drop_waiting(weir_rt *rt)
{
    weir_error error;
    begin();
    weir_stream *stream = weir_par_for_each(weir_range(0, 12), &wait_for_ever, NULL, 12, NULL);
    is_told(weir_rt_next(rt, stream, NULL, &error), &error);
    weir_drop(stream);
    assert_int_equal(running(), 0);
    outside.breaks = false;
    weir_rt_drop(rt);
}

static void nor_drained(void **state)
{
    (void)state;
    with_drivers(drop_waiting);
}

/* ---- another worker breaks ---- */

WEIR_PAR_FN(break_this, int64_t, item, count *, of_parent)
{
    const void *nobody = NULL;
    count *here __attribute__((cleanup(leave))) = of_parent;
    (void)item;
    if (enter(here) >= 24 && !is_first() &&
        atomic_compare_exchange_strong(&outside.thread, &nobody, weir_thread_here()))
        break_it();
    wait_an_hour();
}

WEIR_PAR_FN(break_below, int64_t, item, void *, arg)
{
    (void)item, (void)arg;
    be_parent(&break_this);
}

static void run_beside(weir_rt *rt)
{
    weir_error error;
    begin();
    outside.thread = NULL;
    weir_state got = weir_rt_run(
        rt, weir_par_for_each(weir_range(0, 12), &break_below, NULL, 12, NULL), NULL, &error);
    assert_int_equal(running(), 0);
    assert_int_equal(bodies.early, 0);
    is_told(got, &error);
    outside.breaks = false;
    weir_rt_drop(rt);
}

static void parents_outlive_their_children(void **state)
{
    (void)state;
    with_drivers(run_beside);
}

/* ---- a simulation in which nothing happens any more ---- */

static weir_poll never(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)out, (void)demand;
    return weir_wait(cx, &((struct event *)arg)->slot, WEIR_WAIT_PEER);
}

WEIR_PAR_FN(stand_still, int64_t, item, struct event *, events)
{
    count *here __attribute__((cleanup(leave))) = NULL;
    enter(here);
    weir_await(weir_future_fn(&weir_type_i64, never, &events[item]), NULL, NULL);
}

static void a_simulation_stands_still(void **state)
{
    (void)state;
    for (uint32_t workers = 1; workers <= 3; workers++)
        for (uint64_t seed = 1; seed <= 50; seed++) {
            struct event events[6] = {0};
            weir_error error;
            weir_rt *rt = weir_rt_new(
                &WEIR_RT_OPTIONS(.driver = "sim", .seed = seed, .workers = workers), NULL);
            begin();
            weir_state got =
                weir_rt_run(rt, weir_par_for_each(weir_range(0, 6), &stand_still, events, 6, NULL),
                            NULL, &error);
            assert_int_equal(got, WEIR_ERROR);
            assert_non_null(strstr(error.message, "nothing will ever"));
            assert_int_equal(bodies.began, 6);
            assert_int_equal(running(), 0);
            for (int i = 0; i < 6; i++)
                weir_waker_slot_clear(&events[i].slot);
            weir_rt_drop(rt);
        }
}

int task_broken(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_that_compute_are_over_before),
        cmocka_unit_test(bodies_that_wait_are_over_before),
        cmocka_unit_test(streams_wait_when_they_are_dropped),
        cmocka_unit_test(nor_drained),
        cmocka_unit_test(parents_outlive_their_children),
        cmocka_unit_test(a_simulation_stands_still),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
