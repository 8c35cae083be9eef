/* Turns of the executor: stopping from anywhere, fairness, timers, ticks, accounts. */

#include "../driver/rig.h"
#include "nap.h"
#include "task/worker.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

static const char *driver; /* the one under test */

/* ---- stopping ---- */

/* Goes on for ever until it sees that it shall stop. */
struct endless {
    weir_stream stream;
    uint64_t n;
    bool waits; /* PENDING and woken by nobody but the stop */
    weir_waker_slot slot;
};

static weir_poll endless_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct endless *self = (struct endless *)stream;
    if (cx->stopping)
        return (weir_poll){0, WEIR_END};
    if (self->waits)
        return weir_wait(cx, &self->slot, WEIR_WAIT_PEER);
    for (size_t i = 0; i < demand; i++)
        ((int64_t *)out)[i] = (int64_t)self->n++;
    return (weir_poll){(uint32_t)demand, WEIR_READY};
}

static void endless_fini(weir_stream *stream)
{
    weir_waker_slot_clear(&((struct endless *)stream)->slot);
}

static const weir_stream_ops endless_ops = {.size = sizeof endless_ops,
                                            .name = "endless",
                                            .poll_next = endless_poll_next,
                                            .fini = endless_fini};

static weir_stream *endless(bool waits)
{
    weir_stream *stream = weir_source_new(sizeof(struct endless), &endless_ops, &weir_type_i64);
    ((struct endless *)stream)->waits = waits;
    return stream;
}

static weir_rt *stopped_rt;

static void on_alarm(int signal)
{
    (void)signal;
    weir_rt_stop(stopped_rt);
}

static void alarm_in(long us)
{
    signal(SIGALRM, on_alarm);
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    timer_settime(timer, 0, &(struct itimerspec){.it_value = {.tv_nsec = us * 1000}}, NULL);
}

static void stops_from_a_signal(void **state)
{
    (void)state;
    bool sim = strcmp(driver, "sim") == 0;
    for (int waits = 0; waits < (sim ? 1 : 2); waits++) {
        weir_rt *rt = stopped_rt = rig_rt(driver);
        assert_false(weir_rt_stopping(rt));
        alarm_in(20000);
        assert_int_equal(weir_rt_run(rt, weir_count(endless(waits)), NULL, NULL), WEIR_READY);
        assert_true(weir_rt_stopping(rt));
        weir_rt_drop(rt);
    }
}

static weir_stream *of_endless(bool ordered)
{
    weir_stream *inner = endless(true);
    inner->stage.one = true; /* it would be, if it ever gave its item */
    weir_stream *futures = weir_once(&weir_type_stream, &inner);
    return ordered ? weir_buffered(futures, &weir_type_i64, 2)
                   : weir_buffer_unordered(futures, &weir_type_i64, 2);
}

/* Children are polled when they were woken; the stop wakes each. */
static void stops_within_sets(void **state)
{
    (void)state;
    if (strcmp(driver, "sim") == 0)
        skip();
    for (int shape = 0; shape < 3; shape++) {
        weir_stream *two[] = {endless(true), of_endless(false)};
        weir_stream *stream = shape ? of_endless(shape == 1) : weir_merge(two, 2);
        if (shape) {
            weir_drop(two[0]);
            weir_drop(two[1]);
        }
        weir_rt *rt = stopped_rt = rig_rt(driver);
        alarm_in(20000);
        assert_int_equal(weir_rt_run(rt, weir_count(stream), NULL, NULL), WEIR_READY);
        weir_rt_drop(rt);
    }
}

static void *stop_later(void *arg)
{
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    weir_rt_stop(arg);
    return NULL;
}

static void stops_from_a_thread(void **state)
{
    (void)state;
    if (strcmp(driver, "sim") == 0)
        skip();
    weir_rt *rt = rig_rt(driver);
    pthread_t thread;
    pthread_create(&thread, NULL, stop_later, rt);
    assert_int_equal(weir_rt_run(rt, weir_count(endless(true)), NULL, NULL), WEIR_READY);
    pthread_join(thread, NULL);
    weir_rt_drop(rt);
}

/* Yields, and in its third turn tells the runtime to stop. */
struct stopper {
    weir_stream stream;
    unsigned turns;
};
static unsigned stopper_turns; /* of the last one, when it saw that it shall stop */

static weir_poll stopper_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct stopper *self = (struct stopper *)stream;
    (void)out, (void)demand;
    stopper_turns = ++self->turns;
    if (cx->stopping)
        return (weir_poll){0, WEIR_END};
    if (self->turns == 3)
        weir_rt_stop(cx->rt);
    return weir_wait_turn(cx);
}

static const weir_stream_ops stopper_ops = {
    .size = sizeof stopper_ops, .name = "stopper", .poll_next = stopper_poll_next};

/* A task that is alone sees the stop in its next turn. */
static void stops_when_alone(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_stream *stream = weir_source_new(sizeof(struct stopper), &stopper_ops, &weir_type_i64);
    assert_int_equal(weir_rt_run(rt, weir_count(stream), NULL, NULL), WEIR_READY);
    assert_int_equal(stopper_turns, 4);
    weir_rt_drop(rt);
}

static void stopped_before_the_run(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_rt_stop(rt);
    weir_rt_stop(rt);
    uint64_t n = 9;
    assert_int_equal(weir_rt_run(rt, weir_count(endless(false)), &n, NULL), WEIR_READY);
    assert_int_equal(n, 0);
    weir_error error; /* what does not look at it still stalls, and says so */
    assert_int_equal(weir_rt_run(rt, weir_pending(&weir_type_i64), NULL, &error), WEIR_ERROR);
    weir_rt_drop(rt);
}

/* ---- fairness ---- */

static void endless_beside_timer(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    assert_true(weir_rt_spawn(rt, weir_count(endless(false))));
    assert_true(weir_rt_spawn(rt, weir_count(endless(false))));
    int64_t out = 1;
    assert_int_equal(weir_rt_run(rt, nap(2000000), &out, NULL), WEIR_READY);
    assert_int_equal(out, 0);
    weir_task *task = rt->worker.tasks; /* both had their turns, and their accounts add up */
    assert_true(task->ns_busy > 0 && task->next->ns_busy > 0);
    assert_true(task->ns_blocked == 0);
    weir_rt_drop(rt);
}

static void timers_are_dropped(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    assert_true(weir_rt_spawn(rt, nap(1000000000000)));
    assert_int_equal(weir_rt_run(rt, nap(1000000), NULL, NULL), WEIR_READY);
    assert_true(weir_driver_expects(rt->worker.driver));
    weir_rt_drop(rt);
}

static void blocked_time_is_counted(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    rt->worker.exact = true;
    assert_true(weir_rt_spawn(rt, weir_count(weir_chain(nap(2000000), nap(1000000000000)))));
    assert_int_equal(weir_rt_run(rt, nap(5000000), NULL, NULL), WEIR_READY);
    weir_task *task = rt->worker.tasks;
    assert_int_equal(task->wait_for, WEIR_WAIT_TIMER);
    assert_in_range(task->ns_blocked, 1900000, 1000000000);
    assert_string_equal(weir_stage_name(task->waiting), "nap");
    weir_rt_drop(rt);
}

struct ticks {
    unsigned n;
    unsigned last;
};

static void on_tick(weir_rt *rt, void *arg)
{
    struct ticks *ticks = arg;
    ticks->n++;
    if (ticks->n == ticks->last)
        weir_rt_stop(rt);
}

static void ticks_come(void **state)
{
    (void)state;
    for (int waits = 0; waits < 2; waits++) {
        struct ticks ticks = {.last = 5};
        weir_rt_options options = {
            .driver = driver, .tick_ns = 1000000, .on_tick = on_tick, .arg = &ticks};
        weir_rt *rt = weir_rt_new(&options, NULL);
        if (waits)
            assert_true(weir_rt_spawn(rt, nap(60000000000)));
        weir_stream *root = weir_count(endless(waits));
        assert_int_equal(weir_rt_run(rt, root, NULL, NULL), WEIR_READY);
        assert_int_equal(ticks.n, 5);
        weir_rt_drop(rt);
    }
}

int task_turns(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_within_sets),
        cmocka_unit_test(stops_from_a_signal),
        cmocka_unit_test(stops_when_alone),
        cmocka_unit_test(stops_from_a_thread),
        cmocka_unit_test(stopped_before_the_run),
        cmocka_unit_test(endless_beside_timer),
        cmocka_unit_test(timers_are_dropped),
        cmocka_unit_test(blocked_time_is_counted),
        cmocka_unit_test(ticks_come),
    };
    int failed = 0;
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, tests, NULL, NULL);
    }
    return failed;
}
