/* The inbox alone: order, references, and what is pushed when the runtime is gone. */

#include "../driver/rig.h"
#include "task/worker.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

static weir_task *idle_task(weir_inbox *inbox)
{
    weir_task *task = weir_task_new(inbox, weir_range(0, 1));
    assert_non_null(task);
    atomic_store(&task->state, WEIR_TASK_IDLE);
    return task;
}

static void drop(weir_task *task)
{
    weir_task_end(task);
    weir_waker_unref(&task->waker);
}

static void keeps_the_order(void **state)
{
    (void)state;
    int error;
    weir_inbox *inbox = weir_inbox_new(NULL, &error);
    struct weir_ready_queue queue = {0};
    struct weir_clock clock = {.now_ns = 50};
    weir_task *tasks[4];
    for (int i = 0; i < 4; i++) {
        tasks[i] = idle_task(inbox);
        tasks[i]->stamp_ns = 20;
        tasks[i]->scale = 1;
        weir_waker_wake(&tasks[i]->waker);
        weir_waker_wake(&tasks[i]->waker);
        assert_int_equal(tasks[i]->waker.refs, 2);
    }
    weir_task_end(tasks[2]); /* ended while it stood there */
    weir_inbox_take(inbox, &queue, &clock);
    weir_inbox_take(inbox, &queue, &clock);
    assert_int_equal(queue.n, 3);
    assert_ptr_equal(weir_ready_take(&queue, 1), tasks[1]);
    assert_ptr_equal(weir_ready_take(&queue, 0), tasks[0]);
    assert_int_equal(tasks[0]->ns_blocked, 30);
    weir_ready_remove(&queue, tasks[3]);
    assert_int_equal(queue.n, 0);
    assert_null(weir_ready_take(&queue, 0));
    for (int i = 0; i < 4; i++) {
        assert_int_equal(tasks[i]->waker.refs, 1);
        drop(tasks[i]);
    }
    weir_inbox_unref(inbox);
}

static void takes_nothing_once_closed(void **state)
{
    (void)state;
    int error;
    weir_inbox *inbox = weir_inbox_new(NULL, &error);
    weir_task *early = idle_task(inbox), *late = idle_task(inbox);
    struct weir_ready_queue queue = {0};
    struct weir_clock clock = {0};
    weir_waker_wake(&early->waker);
    weir_inbox_close(inbox, &queue, &clock);
    assert_ptr_equal(weir_ready_take(&queue, 0), early); /* whatever came before is handed over */
    assert_int_equal(early->waker.refs, 1);
    weir_task_keep_inbox(late); /* as when it ends while somebody has its waker */
    weir_inbox_unref(inbox);
    weir_waker_wake(&late->waker); /* it was made ready before, and is pushed after */
    assert_int_equal(late->waker.refs, 1);
    drop(early);
    drop(late);
}

static bool is_raised(const weir_inbox *inbox)
{
    uint64_t count;
    return read(inbox->interrupt_fd, &count, sizeof count) == sizeof count;
}

/* A worker that is awake looks by itself. */
static void only_sleepers_are_interrupted(void **state)
{
    (void)state;
    int error;
    weir_inbox *inbox = weir_inbox_new(NULL, &error);
    struct weir_ready_queue queue = {0};
    struct weir_clock clock = {0};
    weir_task *one = idle_task(inbox), *two = idle_task(inbox);
    weir_waker_wake(&one->waker);
    assert_false(is_raised(inbox));
    assert_true(weir_inbox_sleep(inbox)); /* it need not */
    weir_inbox_take(inbox, &queue, &clock);
    assert_false(weir_inbox_sleep(inbox));
    weir_waker_wake(&two->waker);
    assert_true(is_raised(inbox));
    weir_inbox_rouse(inbox);
    weir_inbox_take(inbox, &queue, &clock);
    atomic_store(&one->state, WEIR_TASK_IDLE);
    weir_waker_wake(&one->waker);
    assert_false(is_raised(inbox));
    weir_inbox_close(inbox, &queue, &clock);
    drop(one);
    drop(two);
    weir_inbox_unref(inbox);
}

enum { ROUNDS = 3000 };

static _Atomic unsigned slept;

static void *wake_sleeper(void *waker)
{
    for (unsigned i = 1; i <= ROUNDS; i++) {
        while (atomic_load(&slept) < i) /* it may be looking, or asleep: at any moment between */
            sched_yield();
        for (volatile unsigned pause = i * 13 % 97; pause; pause--)
            ;
        weir_waker_wake(waker);
    }
    return NULL;
}

/* Whoever says that it sleeps and finds nothing is interrupted. */
static void no_sleeper_is_forgotten(void **state)
{
    (void)state;
    int error;
    weir_inbox *inbox = weir_inbox_new(NULL, &error);
    struct weir_ready_queue queue = {0};
    struct weir_clock clock = {0};
    weir_task *task = idle_task(inbox);
    pthread_t thread;
    atomic_store(&slept, 0);
    pthread_create(&thread, NULL, wake_sleeper, &task->waker);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        atomic_store(&slept, i);
        while (!queue.n) {
            struct pollfd ready = {.fd = inbox->interrupt_fd, .events = POLLIN};
            if (!weir_inbox_sleep(inbox))
                assert_int_equal(poll(&ready, 1, 20000), 1);
            weir_inbox_rouse(inbox);
            weir_interrupt_clear(inbox->interrupt_fd);
            weir_inbox_take(inbox, &queue, &clock);
        }
        assert_ptr_equal(weir_ready_take(&queue, 0), task);
        atomic_store(&task->state, WEIR_TASK_IDLE);
    }
    pthread_join(thread, NULL);
    drop(task);
    weir_inbox_unref(inbox);
}

enum { THREADS = 3, WAKES = 20000 };

static void *wake_often(void *arg)
{
    for (int i = 0; i < WAKES; i++)
        weir_waker_wake(arg);
    return NULL;
}

/* A wake is never lost: after the last one the task is taken once more. */
static void loses_nothing(void **state)
{
    (void)state;
    int error;
    weir_inbox *inbox = weir_inbox_new(NULL, &error);
    struct weir_ready_queue queue = {0};
    struct weir_clock clock = {0};
    weir_task *task = idle_task(inbox);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, wake_often, &task->waker);
    unsigned taken = 0;
    for (int i = 0; i < WAKES; i++) {
        weir_inbox_take(inbox, &queue, &clock);
        if (!queue.n)
            continue;
        assert_int_equal(queue.n, 1);
        assert_ptr_equal(weir_ready_take(&queue, 0), task);
        atomic_store(&task->state, WEIR_TASK_IDLE);
        taken++;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    weir_inbox_take(inbox, &queue, &clock);
    taken += queue.n != 0;
    assert_in_range(taken, 1, THREADS * WAKES);
    assert_int_equal(task->waker.refs, 1);
    drop(task);
    weir_inbox_unref(inbox);
}

enum { EVENTS = 300000, SECONDS = 2, SPINS = 1000 };

/* A number that another thread raises, with nothing but the wake behind it. */
static _Atomic unsigned raised, seen;
static _Atomic bool all_raised;

/* Both threads spin, which takes two processors: where there are fewer to be had, the other one
 * gets its turn, and the time is up before all events are. */
static void *raise_often(void *waker)
{
    time_t end = time(NULL) + SECONDS;
    for (unsigned i = 1; i <= EVENTS && time(NULL) <= end; i++) {
        for (volatile unsigned pause = i * 7 % 41; pause; pause--) /* at any moment of a turn */
            ;
        atomic_store_explicit(&raised, i, memory_order_release);
        weir_waker_wake(waker);
        for (unsigned spins = 0; atomic_load_explicit(&seen, memory_order_relaxed) < i; spins++)
            if (spins % SPINS == SPINS - 1)
                sched_yield();
    }
    atomic_store(&all_raised, true);
    return NULL;
}

/* As the executor does it. */
static void turn(struct weir_ready_queue *queue, weir_task *task, bool yields)
{
    atomic_exchange(&task->state, WEIR_TASK_RUNNING);
    atomic_store(&seen, atomic_load_explicit(&raised, memory_order_acquire));
    if (yields)
        weir_waker_wake(&task->waker);
    unsigned running = WEIR_TASK_RUNNING;
    if (!atomic_compare_exchange_strong(&task->state, &running, WEIR_TASK_IDLE))
        weir_ready_push(queue, task);
}

/* What was done before a wake is seen by the poll after it, also when the task was ready already:
 * it yields most of the time. */
static void wakes_carry_what_was_done(void **state)
{
    (void)state;
    int error;
    weir_inbox *inbox = weir_inbox_new(NULL, &error);
    static struct weir_worker worker;
    worker = (struct weir_worker){.inbox = inbox};
    struct weir_ready_queue *queue = &worker.ready;
    weir_worker_here = &worker;
    weir_task *task = idle_task(inbox);
    pthread_t thread;
    pthread_create(&thread, NULL, raise_often, &task->waker);
    unsigned idle = 0, lost = 0;
    for (unsigned turns = 0; !atomic_load(&all_raised);) {
        weir_inbox_take(inbox, queue, &worker.clock);
        if (weir_ready_take(queue, 0)) {
            turn(queue, task, ++turns % 4);
            idle = 0;
        } else if (++idle > 10000) {
            usleep(100);
        } else if (idle % SPINS == 0) {
            sched_yield();
        }
        if (idle < 40000)
            continue;
        lost++; /* nobody came for seconds */
        weir_waker_wake(&task->waker);
        idle = 0;
    }
    pthread_join(thread, NULL);
    assert_int_equal(lost, 0);
    weir_worker_here = NULL;
    drop(task);
    weir_inbox_unref(inbox);
}

int task_inbox(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_order),
        cmocka_unit_test(takes_nothing_once_closed),
        cmocka_unit_test(only_sleepers_are_interrupted),
        cmocka_unit_test(no_sleeper_is_forgotten),
        cmocka_unit_test(loses_nothing),
        cmocka_unit_test(wakes_carry_what_was_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
