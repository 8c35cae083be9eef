/* Wakers and slots: references counted to zero, the latest one woken, from any thread. */

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

static void references_are_counted(void **state)
{
    (void)state;
    struct test_waker *waker = test_waker_new(NULL);
    assert_int_equal(test_wakers_live, 1);
    weir_waker_ref(&waker->waker);
    assert_int_equal(test_waker_others(waker), 1);
    weir_waker_unref(&waker->waker);
    weir_waker_wake(&waker->waker);
    weir_waker_wake(&waker->waker);
    assert_int_equal(waker->wakes, 2);
    test_waker_drop(waker);
    assert_int_equal(test_wakers_live, 0);
}

static void slots_keep_the_latest(void **state)
{
    (void)state;
    struct test_waker *a = test_waker_new(NULL), *b = test_waker_new(NULL);
    weir_waker_slot slot = {0};
    weir_waker_slot_wake(&slot); /* nobody is there */
    weir_waker_slot_clear(&slot);
    weir_waker_slot_store(&slot, &a->waker);
    weir_waker_slot_store(&slot, &a->waker);
    assert_int_equal(test_waker_others(a), 1);
    weir_waker_slot_store(&slot, &b->waker);
    assert_int_equal(test_waker_others(a), 0);
    weir_waker_slot_wake(&slot);
    assert_int_equal(a->wakes, 0);
    assert_int_equal(b->wakes, 1);
    assert_int_equal(test_waker_others(b), 0);
    weir_waker_slot_wake(&slot); /* it was forgotten */
    assert_int_equal(b->wakes, 1);
    test_waker_drop(a);
    test_waker_drop(b);
    assert_int_equal(test_wakers_live, 0);
}

static void the_last_reference_may_be_a_slot(void **state)
{
    (void)state;
    struct test_waker *waker = test_waker_new(NULL);
    weir_waker_slot slot = {0};
    weir_waker_slot_store(&slot, &waker->waker);
    test_waker_drop(waker);
    assert_int_equal(test_wakers_live, 1);
    weir_waker_slot_wake(&slot);
    assert_int_equal(test_wakers_live, 0);

    weir_waker_slot_store(&slot, &(waker = test_waker_new(NULL))->waker);
    test_waker_drop(waker);
    weir_waker_slot_clear(&slot);
    assert_int_equal(test_wakers_live, 0);
}

static void waits_store_and_say_why(void **state)
{
    (void)state;
    static struct test_cx test;
    weir_waker_slot slot = {0};
    test_cx_init(&test);
    test.cx.waiting = (void *)&slot;
    weir_poll got = weir_wait(&test.cx, &slot, WEIR_WAIT_TIMER);
    assert_int_equal(got.state, WEIR_PENDING);
    assert_int_equal(got.n, 0);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_TIMER);
    assert_null(test.cx.waiting);
    assert_ptr_equal(slot.waker, test.cx.waker);
    assert_int_equal(test.waker->wakes, 0);
    got = weir_wait_turn(&test.cx);
    assert_int_equal(got.state, WEIR_PENDING);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_TURN);
    assert_int_equal(test.waker->wakes, 1);
    weir_waker_slot_clear(&slot);
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

enum { ROUNDS = 20000 };

static void *wake_often(void *arg)
{
    weir_waker *waker = arg;
    for (int i = 0; i < ROUNDS; i++) {
        weir_waker_ref(waker);
        weir_waker_wake(waker);
        weir_waker_unref(waker);
    }
    weir_waker_unref(waker);
    return NULL;
}

static void wakes_come_from_any_thread(void **state)
{
    (void)state;
    struct test_waker *waker = test_waker_new(NULL);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        weir_waker_ref(&waker->waker);
        assert_int_equal(pthread_create(&threads[i], NULL, wake_often, &waker->waker), 0);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(waker->wakes, 2 * ROUNDS);
    assert_int_equal(test_waker_others(waker), 0);
    test_waker_drop(waker);
    assert_int_equal(test_wakers_live, 0);
}

int core_wakers(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_counted),
        cmocka_unit_test(slots_keep_the_latest),
        cmocka_unit_test(the_last_reference_may_be_a_slot),
        cmocka_unit_test(waits_store_and_say_why),
        cmocka_unit_test(wakes_come_from_any_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
