/* Stacks: their sizes, their guard, and what a thread keeps of them. */

#include "task/stack.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "waits.h"

enum { TIMES = WEIR_STACK_TIMES, PAGE = 4096 };

/* Of fibers that came to their ends on other threads, where other suites ran in this process. */
static size_t before;

static void sizes_are_powers_of_two(void **state)
{
    (void)state;
    assert_int_equal(weir_stack_bytes(0), WEIR_STACK_BYTES * TIMES);
    assert_int_equal(weir_stack_bytes(1), WEIR_STACK_MIN_BYTES * TIMES);
    assert_int_equal(weir_stack_bytes(65536), 65536 * TIMES);
    assert_int_equal(weir_stack_bytes(65537), 131072 * TIMES);
    assert_true(weir_stack_bytes(SIZE_MAX) >= SIZE_MAX / 4);
}

static void the_last_one_comes_first(void **state)
{
    (void)state;
    struct weir_stack *a = weir_stack_take(weir_stack_bytes(0));
    struct weir_stack *b = weir_stack_take(weir_stack_bytes(0));
    struct weir_stack *large = weir_stack_take(weir_stack_bytes(1 << 20));
    assert_true(large->size >= 1 << 20);
    assert_int_equal(weir_stacks_here().live - before, 3);
    weir_stack_give(a);
    weir_stack_give(b);
    weir_stack_give(large); /* is none of the usual size */
    assert_ptr_equal(weir_stack_take(weir_stack_bytes(0)), b);
    assert_ptr_equal(weir_stack_take(weir_stack_bytes(0)), a);
    assert_ptr_equal(weir_stack_take(weir_stack_bytes(1 << 20)), large);
    weir_stack_give(a);
    weir_stack_give(b);
    weir_stack_give(large);
    assert_int_equal(weir_stacks_here().live - before, 0);
    weir_stacks_drain();
    assert_int_equal(weir_stacks_here().pooled, 0);
}

static void no_address_space_is_no_stack(void **state)
{
    (void)state;
    assert_null(weir_stack_take(weir_stack_bytes(SIZE_MAX)));
    assert_null(weir_stack_take((size_t)1 << 48));
    assert_int_equal(weir_stacks_here().live - before, 0);
}

/* ---- the guard ---- */

static struct weir_stack *guarded;

static void step_over(void)
{
    *(volatile char *)(guarded->low - 1) = 1;
}

static void leap_over(void)
{
    *(volatile char *)(guarded->low - weir_guard_bytes(guarded->size)) = 1;
}

static void below_it_is_a_guard(void **state)
{
    (void)state;
    static const size_t wanted[] = {0, 1, 1 << 20, 16 << 20};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        guarded = weir_stack_take(weir_stack_bytes(wanted[i]));
        *(volatile char *)guarded->low = 1;
        assert_true(dies_saying(step_over, ""));
        assert_true(dies_saying(leap_over, ""));
        weir_stack_give(guarded);
    }
    weir_stacks_drain();
}

/* Large stacks have large frames on them. */
static void it_is_larger_below_a_large_stack(void **state)
{
    (void)state;
    assert_int_equal(weir_guard_bytes(64 << 10), 64 << 10);
    assert_int_equal(weir_guard_bytes(256 << 10), 64 << 10);
    assert_int_equal(weir_guard_bytes(1 << 20), 256 << 10);
    assert_int_equal(weir_guard_bytes(64 << 20), 1 << 20);
}

/* ---- how much is kept ---- */

static struct weir_stack *many[WEIR_STACKS_MAX + 10];
enum { MANY = sizeof many / sizeof *many };

static void touch(struct weir_stack *stack, size_t bytes)
{
    char *top = (char *)stack;
    for (size_t at = PAGE; at <= bytes; at += PAGE)
        *(volatile char *)(top - at) = 1;
}

static void the_pool_is_bounded_and_partly_cold(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++)
        many[i] = weir_stack_take(weir_stack_bytes(0));
    for (int i = 0; i < MANY; i++)
        touch(many[i], 2 * PAGE);
    for (int i = 0; i < MANY; i++)
        weir_stack_give(many[i]);
    assert_int_equal(weir_stacks_here().pooled, WEIR_STACKS_MAX);
    size_t warm = 0;
    for (int i = 0; i < WEIR_STACKS_MAX; i++)
        warm += weir_stack_touched(many[i]) >= 3 * PAGE;
    assert_int_equal(warm, WEIR_STACKS_WARM);
    assert_int_equal(many[WEIR_STACKS_MAX - 1]->size, weir_stack_bytes(0)); /* it stands there */
    weir_stacks_drain();
    assert_int_equal(weir_stacks_here().pooled, 0);
}

/* More than any other test of this thread touches. */
static void the_high_water_stays_known(void **state)
{
    (void)state;
    enum { MUCH = 5 << 20 };
    struct weir_stack *stack = weir_stack_take(weir_stack_bytes(8 << 20));
    assert_in_range(weir_stack_touched(stack), PAGE, 2 * PAGE);
    touch(stack, MUCH);
    assert_in_range(weir_stack_touched(stack), MUCH, MUCH + 2 * PAGE);
    weir_stack_give(stack);
    assert_in_range(weir_stacks_here().high_water_bytes, MUCH, MUCH + 2 * PAGE);
    weir_stacks_drain();
    assert_in_range(weir_stacks_here().high_water_bytes, MUCH, MUCH + 2 * PAGE);
}

/* ---- the end of a thread ---- */

static void *uses_one(void *low)
{
    struct weir_stack *stack = weir_stack_take(weir_stack_bytes(0));
    *(char **)low = stack->low;
    weir_stack_give(stack);
    return NULL;
}

static void a_thread_keeps_nothing_behind_its_end(void **state)
{
    (void)state;
    pthread_t thread;
    char *low = NULL;
    unsigned char in;
    assert_int_equal(pthread_create(&thread, NULL, uses_one, &low), 0);
    pthread_join(thread, NULL);
    assert_int_equal(mincore(low, PAGE, &in), -1);
    assert_int_equal(errno, ENOMEM);
}

static void *takes(void *unused)
{
    (void)unused;
    return weir_stack_take(weir_stack_bytes(0));
}

static void *gives(void *stack)
{
    weir_stack_give(stack);
    struct weir_stacks here = weir_stacks_here();
    return here.live == 0 && here.pooled == 1 ? stack : NULL;
}

static void one_may_be_given_elsewhere(void **state)
{
    (void)state;
    pthread_t thread;
    void *taken, *given;
    assert_int_equal(pthread_create(&thread, NULL, takes, NULL), 0);
    pthread_join(thread, &taken);
    assert_int_equal(pthread_create(&thread, NULL, gives, taken), 0);
    pthread_join(thread, &given);
    assert_ptr_equal(given, taken);
}

int task_stack(void)
{
    before = weir_stacks_here().live;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_powers_of_two),
        cmocka_unit_test(the_last_one_comes_first),
        cmocka_unit_test(no_address_space_is_no_stack),
        cmocka_unit_test(below_it_is_a_guard),
        cmocka_unit_test(it_is_larger_below_a_large_stack),
        cmocka_unit_test(the_pool_is_bounded_and_partly_cold),
        cmocka_unit_test(the_high_water_stays_known),
        cmocka_unit_test(one_may_be_given_elsewhere),
        cmocka_unit_test(a_thread_keeps_nothing_behind_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
