/* Waker cells: slots for two threads. Whatever the order, a wake is seen by the store it belongs
 * to, and every reference is given back. */

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "doubles.h"

static int teardown(void **state)
{
    (void)state;
    return test_wakers_live != 0;
}

static void wakes_what_was_stored(void **state)
{
    (void)state;
    struct test_waker *waker = test_waker_new(NULL);
    weir_waker_cell cell = {0};
    weir_waker_cell_store(&cell, &waker->waker);
    assert_int_equal(waker->wakes, 0);
    assert_int_equal(test_waker_others(waker), 1);
    weir_waker_cell_wake(&cell);
    assert_int_equal(waker->wakes, 1);
    assert_int_equal(test_waker_others(waker), 0);
    test_waker_drop(waker);
}

/* The event came before anybody waited for it: the one who stores then is woken at once, and once.
 */
static void a_wake_waits_for_the_store(void **state)
{
    (void)state;
    struct test_waker *waker = test_waker_new(NULL);
    weir_waker_cell cell = {0};
    weir_waker_cell_wake(&cell);
    weir_waker_cell_wake(&cell);
    weir_waker_cell_store(&cell, &waker->waker);
    assert_int_equal(waker->wakes, 1);
    assert_int_equal(test_waker_others(waker), 0);
    weir_waker_cell_store(&cell, &waker->waker); /* that wake is used up */
    assert_int_equal(waker->wakes, 1);
    assert_int_equal(test_waker_others(waker), 1);
    weir_waker_cell_clear(&cell);
    test_waker_drop(waker);
}

static void the_latest_is_kept(void **state)
{
    (void)state;
    struct test_waker *old = test_waker_new(NULL), *new = test_waker_new(NULL);
    weir_waker_cell cell = {0};
    weir_waker_cell_store(&cell, &old->waker);
    weir_waker_cell_store(&cell, &old->waker);
    assert_int_equal(test_waker_others(old), 1);
    weir_waker_cell_store(&cell, &new->waker);
    assert_int_equal(test_waker_others(old), 0);
    weir_waker_cell_wake(&cell);
    assert_int_equal(old->wakes, 0);
    assert_int_equal(new->wakes, 1);
    test_waker_drop(old);
    test_waker_drop(new);
}

/* After a wake the cell is as it was in the beginning: the next wake is kept for the next store. */
static void each_store_has_its_wake(void **state)
{
    (void)state;
    struct test_waker *waker = test_waker_new(NULL);
    weir_waker_cell cell = {0};
    for (unsigned i = 1; i <= 5; i++) {
        weir_waker_cell_store(&cell, &waker->waker);
        weir_waker_cell_wake(&cell);
        assert_int_equal(waker->wakes, 2 * i - 1);
        weir_waker_cell_wake(&cell); /* nobody waits */
        assert_int_equal(waker->wakes, 2 * i - 1);
        weir_waker_cell_store(&cell, &waker->waker);
        assert_int_equal(waker->wakes, 2 * i);
        assert_int_equal(test_waker_others(waker), 0);
    }
    test_waker_drop(waker);
}

static void clearing_forgets(void **state)
{
    (void)state;
    struct test_waker *waker = test_waker_new(NULL);
    weir_waker_cell cell = {0};
    weir_waker_cell_clear(&cell);
    weir_waker_cell_store(&cell, &waker->waker);
    weir_waker_cell_clear(&cell);
    assert_int_equal(test_waker_others(waker), 0);
    weir_waker_cell_wake(&cell);
    weir_waker_cell_clear(&cell); /* the wake too */
    weir_waker_cell_store(&cell, &waker->waker);
    assert_int_equal(waker->wakes, 0);
    weir_waker_cell_clear(&cell);
    test_waker_drop(waker);
}

static void the_last_reference_may_be_the_cell(void **state)
{
    (void)state;
    weir_waker_cell cell = {0};
    for (int i = 0; i < 3; i++) {
        struct test_waker *waker = test_waker_new(NULL);
        weir_waker_cell_store(&cell, &waker->waker);
        test_waker_drop(waker);
        assert_int_equal(test_wakers_live, 1);
    }
    weir_waker_cell_wake(&cell);
    assert_int_equal(test_wakers_live, 0);
}

static void wake_and_let_go(void **state)
{
    (void)state;
    struct test_waker *heard = test_waker_new(NULL);
    struct test_waker *waker = test_waker_new(&heard->waker);
    weir_waker_ref(&waker->waker);
    weir_waker_wake_unref(&waker->waker);
    assert_int_equal(waker->wakes, 1);
    weir_waker_wake_unref(&waker->waker);
    assert_int_equal(heard->wakes, 2);
    assert_int_equal(test_wakers_live, 1);
    test_waker_drop(heard);
}

static void waits_store_and_say_why(void **state)
{
    (void)state;
    static struct test_cx test;
    weir_waker_cell cell = {0};
    test_cx_init(&test);
    assert_int_equal(weir_wait_cell(&test.cx, &cell, WEIR_WAIT_PEER).state, WEIR_PENDING);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_PEER);
    assert_int_equal(test_waker_others(test.waker), 1);
    weir_waker_cell_wake(&cell);
    assert_int_equal(test.waker->wakes, 1);
    test_cx_fini(&test);
}

/* ---- threads: as a stage waits for events from elsewhere ---- */

enum { THREADS = 3, EVENTS = 20000, SPINS = 1000 };

/* A waker whose wakes make the one task of this thread ready. */
struct task {
    weir_waker waker;
    unsigned ready;
    unsigned released;
};

static void task_wake(weir_waker *waker)
{
    struct task *task = WEIR_CONTAINER(waker, struct task, waker);
    __atomic_store_n(&task->ready, 1, __ATOMIC_RELEASE);
}

static void task_release(weir_waker *waker)
{
    WEIR_CONTAINER(waker, struct task, waker)->released++;
}

static const weir_waker_ops task_ops = {sizeof task_ops, task_wake, task_release};

static weir_waker_cell shared;
static unsigned events;

static void *raise_events(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < EVENTS; i++) {
        __atomic_fetch_add(&events, 1, __ATOMIC_RELEASE);
        weir_waker_cell_wake(&shared);
        if (i % SPINS == 0)
            sched_yield();
    }
    return NULL;
}

static unsigned take_events(void)
{
    return __atomic_exchange_n(&events, 0, __ATOMIC_ACQUIRE);
}

/* One poll, as waker.h says: register, look again, answer PENDING. */
static unsigned poll(struct task *task)
{
    unsigned n = take_events();
    if (n)
        return n;
    weir_waker_cell_store(&shared, &task->waker);
    return take_events();
}

/* With a lost wake the task would sleep for ever: it gives up after seconds. */
static bool sleep_until_woken(struct task *task)
{
    for (unsigned spins = 0; spins < 20000000; spins++) {
        if (__atomic_exchange_n(&task->ready, 0, __ATOMIC_ACQUIRE))
            return true;
        if (spins % SPINS == SPINS - 1)
            sched_yield();
    }
    return false;
}

static void no_wake_is_lost(void **state)
{
    (void)state;
    struct task task = {0};
    pthread_t threads[THREADS];
    weir_waker_init(&task.waker, &task_ops);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, raise_events, NULL), 0);
    unsigned seen = 0, lost = 0;
    while (seen < THREADS * EVENTS && !lost) {
        unsigned n = poll(&task);
        seen += n;
        lost += !n && !sleep_until_woken(&task);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(lost, 0);
    assert_int_equal(seen, THREADS * EVENTS);
    weir_waker_cell_clear(&shared);
    assert_int_equal(task.waker.refs, 1);
    weir_waker_unref(&task.waker);
    assert_int_equal(task.released, 1);
}

int core_cells(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest tests[] = {
        TEST(wakes_what_was_stored), TEST(a_wake_waits_for_the_store),
        TEST(the_latest_is_kept),    TEST(each_store_has_its_wake),
        TEST(clearing_forgets),      TEST(the_last_reference_may_be_the_cell),
        TEST(wake_and_let_go),       TEST(waits_store_and_say_why),
        TEST(no_wake_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
