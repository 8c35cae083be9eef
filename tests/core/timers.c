/* Timers: which are due, on which clock, and in what order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/timer.h"
#include "doubles.h"

enum { MANY = 10000 };

static struct test_cx test;

static void begin(void)
{
    test_cx_init(&test);
    test_clock_begin();
}

static weir_state poll(weir_timer *timer)
{
    return weir_timer_poll(&test.cx, timer).state;
}

static void due_and_stopped(void **state)
{
    (void)state;
    weir_timer timer = {0}, never = {0};
    begin();
    assert_int_equal(poll(&timer), WEIR_READY); /* as it is at first */
    weir_timer_set(&timer, 50);
    weir_timer_set(&never, UINT64_MAX);
    assert_int_equal(poll(&timer), WEIR_PENDING);
    assert_int_equal(poll(&never), WEIR_PENDING);
    test_clock_to(49);
    assert_int_equal(test.waker->wakes, 0);
    assert_int_equal(poll(&timer), WEIR_PENDING);
    test_clock_to(50);
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(poll(&timer), WEIR_READY);
    assert_int_equal(poll(&timer), WEIR_READY); /* until it is set again */
    weir_timer_set(&timer, 60);
    assert_int_equal(poll(&timer), WEIR_PENDING);
    weir_timer_set(&timer, 70);
    test_clock_to(60);
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(poll(&timer), WEIR_PENDING);
    assert_false(test_clock_idle());
    weir_timer_stop(&timer);
    weir_timer_stop(&never);
    assert_true(test_clock_idle());
    assert_int_equal(test_waker_others(test.waker), 0);
    test_cx_fini(&test);
}

static unsigned others_n;

static uint64_t other_now_ns(weir_timers *timers)
{
    (void)timers;
    return 1000;
}

static void other_add(weir_timers *timers, weir_timer *timer)
{
    (void)timers, (void)timer;
    others_n++;
}

static void other_remove(weir_timers *timers, weir_timer *timer)
{
    (void)timers, (void)timer;
    others_n--;
}

/* Whoever polls it last has it on his clock. */
static void moves_to_another_clock(void **state)
{
    (void)state;
    static const weir_timers_ops ops = {sizeof ops, other_now_ns, other_add, other_remove};
    weir_timers other = {&ops};
    weir_timer timer = {0};
    begin();
    weir_timer_set(&timer, 2000);
    assert_int_equal(poll(&timer), WEIR_PENDING);
    test.cx.timers = &other;
    assert_int_equal(poll(&timer), WEIR_PENDING);
    assert_true(test_clock_idle());
    assert_int_equal(others_n, 1);
    test.cx.timers = &test_clock;
    assert_int_equal(poll(&timer), WEIR_PENDING);
    assert_int_equal(others_n, 0);
    weir_timer_stop(&timer);
    test_cx_fini(&test);
}

static uint64_t draw(uint64_t *seed)
{
    uint64_t x = *seed += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    return x ^ x >> 31;
}

/* Random deadlines, many of them equal; a third is taken off again. */
static void ten_thousand_in_order(void **state)
{
    (void)state;
    static weir_timer timers[MANY];
    weir_timer *heap = NULL;
    uint64_t seed = 7, due = 0, order = 0;
    size_t left = MANY;
    for (size_t i = 0; i < MANY; i++) {
        timers[i] = (weir_timer){.due_ns = draw(&seed) % 3000, .order = i};
        weir_timer_heap_add(&heap, &timers[i]);
        if (i % 3 != 2)
            continue;
        size_t other = draw(&seed) % i;
        if (timers[other].fired)
            continue;
        timers[other].fired = true;
        weir_timer_heap_remove(&heap, &timers[other]);
        left--;
    }
    for (; heap; left--) {
        weir_timer *first = heap;
        weir_timer_heap_remove(&heap, first);
        assert_false(first->fired);
        assert_true(first->due_ns > due || (first->due_ns == due && first->order >= order));
        due = first->due_ns;
        order = first->order;
    }
    assert_int_equal(left, 0);
}

int core_timers(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(due_and_stopped),
                                       cmocka_unit_test(moves_to_another_clock),
                                       cmocka_unit_test(ten_thousand_in_order)};
    return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
