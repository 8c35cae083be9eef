/* Seats: who waits is woken, who left is not, and the next one takes a seat that is free. */

#include <pthread.h>

#include "stages.h"
#include "stream/seats.h"

static void test_wakes_all(void **state)
{
    (void)state;
    struct weir_seats seats = {0};
    struct test_waker *wakers[3];
    struct weir_seat *at[3];
    for (int i = 0; i < 3; i++) {
        wakers[i] = test_waker_new(NULL);
        at[i] = weir_seats_take(&seats);
        weir_waker_cell_store(&at[i]->cell, &wakers[i]->waker);
    }
    weir_seats_leave(&seats, at[1]);
    weir_seats_wake(&seats);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(wakers[i]->wakes, i != 1);
        assert_int_equal(test_waker_others(wakers[i]), 0);
        test_waker_drop(wakers[i]);
    }
    weir_seats_fini(&seats);
}

static void test_free_ones_are_taken(void **state)
{
    (void)state;
    struct weir_seats seats = {0};
    struct weir_seat *at[4];
    for (int i = 0; i < 4; i++)
        at[i] = weir_seats_take(&seats);
    for (int i = 0; i < 4; i++)
        weir_seats_leave(&seats, at[i]);
    assert_ptr_equal(weir_seats_take(&seats), at[3]); /* the latest at once, others by a walk */
    for (int i = 0; i < 3; i++)
        assert_non_null(weir_seats_take(&seats));
    assert_int_equal(seats.n, 4);
    assert_int_equal(seats.free_n, 0);
    assert_non_null(weir_seats_take(&seats));
    assert_int_equal(seats.n, 5);
    weir_seats_fini(&seats);
}

static void test_limit(void **state)
{
    (void)state;
    struct weir_seats seats = {0};
    for (int i = 0; i < WEIR_SEATS_MAX; i++)
        assert_non_null(weir_seats_take(&seats));
    struct weir_seat *last = seats.first;
    assert_null(weir_seats_take(&seats));
    assert_int_equal(seats.n, WEIR_SEATS_MAX);
    weir_seats_leave(&seats, last);
    assert_ptr_equal(weir_seats_take(&seats), last);
    weir_seats_fini(&seats);
}

/* ---- threads that come and go at once ---- */

enum { THREADS = 4, ROUNDS = 20000 };

/* Two are never given one seat. */
static void *sit_and_leave(void *arg)
{
    struct weir_seats *seats = arg;
    for (int i = 0; i < ROUNDS; i++) {
        struct weir_seat *seat = weir_seats_take(seats);
        if (!seat || __atomic_add_fetch(&seat->taken, 1, __ATOMIC_RELAXED) != 2)
            return seats;
        __atomic_sub_fetch(&seat->taken, 1, __ATOMIC_RELAXED);
        weir_seats_leave(seats, seat);
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    struct weir_seats seats = {0};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sit_and_leave, &seats), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(seats.free_n, seats.n);
    assert_true(seats.n < ROUNDS); /* they are used again */
    weir_seats_fini(&seats);
}

int stage_seats(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wakes_all), cmocka_unit_test(test_free_ones_are_taken),
        cmocka_unit_test(test_limit), cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests_name("seats", tests, NULL, NULL);
}
