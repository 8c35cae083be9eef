/* The lock of what tasks of several threads share: one holds it at a time, whoever has to wait, and
 * however long its holder is away. */

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "task/waiters.h"

struct counted {
    struct weir_shared shared; /* first */
    uint64_t n;
    unsigned inside;
    _Atomic bool begun;
};

static struct counted *made;
static unsigned finis;

static void fini(struct weir_shared *shared)
{
    assert_ptr_equal(shared, made);
    finis++;
}

static void make(void)
{
    finis = 0;
    made = weir_shared_new(sizeof *made, fini);
    assert_non_null(made);
}

static void unlock(void)
{
    struct weir_waking waking = {0};
    weir_shared_unlock(&made->shared, &waking);
}

/* ---- many at once ---- */

enum { THREADS = 4, TIMES = 20000 };

static void *count(void *arg)
{
    for (int i = 0; i < TIMES; i++) {
        weir_shared_lock(&made->shared);
        assert_int_equal(made->inside++, 0);
        made->n++;
        if (i % 1000 == 0)
            sched_yield(); /* the others find it held, and longer than they look */
        made->inside--;
        unlock();
    }
    weir_shared_unref(&made->shared);
    return arg;
}

static void one_at_a_time(void **state)
{
    pthread_t threads[THREADS];
    (void)state;
    make();
    for (int i = 0; i < THREADS; i++) {
        weir_shared_ref(&made->shared);
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(made->n, THREADS * TIMES);
    assert_int_equal(finis, 0);
    weir_shared_unref(&made->shared);
    assert_int_equal(finis, 1);
}

/* ---- a holder that is away ---- */

static void *take_once(void *arg)
{
    atomic_store(&made->begun, true);
    weir_shared_lock(&made->shared);
    made->n++;
    unlock();
    return arg;
}

static uint64_t cpu_ns(pthread_t thread)
{
    clockid_t clock;
    struct timespec spent;
    if (pthread_getcpuclockid(thread, &clock) || clock_gettime(clock, &spent))
        return 0;
    return (uint64_t)spent.tv_sec * 1000000000 + (uint64_t)spent.tv_nsec;
}

enum { AWAY_NS = 100000000 };

/* It sleeps meanwhile: whoever has the lock may need that processor. */
static void who_waits_for_long_sleeps(void **state)
{
    pthread_t thread;
    (void)state;
    make();
    weir_shared_lock(&made->shared);
    assert_int_equal(pthread_create(&thread, NULL, take_once, NULL), 0);
    while (!atomic_load(&made->begun))
        sched_yield();
    nanosleep(&(struct timespec){.tv_nsec = AWAY_NS}, NULL);
    assert_int_equal(made->n, 0);
    assert_true(cpu_ns(thread) < AWAY_NS / 4);
    unlock();
    pthread_join(thread, NULL);
    assert_int_equal(made->n, 1);
    weir_shared_unref(&made->shared);
}

int task_shared(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(who_waits_for_long_sleeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
