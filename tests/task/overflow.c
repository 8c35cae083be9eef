/* Who runs over the end of a stack is named; every other fault is what it was. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "doubles.h"
#include "task/tools.h"
#include "waits.h"

static struct test_cx test;
static int64_t item;

static void poll_once(weir_stream *stream)
{
    test_cx_init(&test);
    weir_ignore(weir_poll_next(stream, &test.cx, &item, 1));
}

static int64_t sum_down(volatile char *outer, int64_t n)
{
    volatile char frame[512];
    frame[0] = outer[0];
    return n ? frame[0] + sum_down(frame, n - 1) + frame[511] * 0 : 0;
}

static bool recurs(int64_t *n, int64_t *out, weir_error *error)
{
    volatile char first[512] = "";
    (void)error;
    *out = sum_down(first, *n);
    return true;
}
WEIR_FIBER_FN(recurs_fn, recurs, int64_t, int64_t)

/* cmocka has a handler on the first thread: the first fiber of another one finds none. */
static void on_a_thread(void *(*run)(void *unused))
{
    pthread_t thread;
    if (!pthread_create(&thread, NULL, run, NULL))
        pthread_join(thread, NULL);
}

static void *recur(void *unused)
{
    (void)unused;
    poll_once(weir_fiber(&recurs_fn, &(int64_t){1 << 20}, NULL));
    return NULL;
}

static void runs_over(void)
{
    on_a_thread(recur);
}

static volatile char *volatile nowhere[] = {NULL};

static bool wild(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    *out = *nowhere[0];
    return true;
}
WEIR_FIBER_FN(wild_fn, wild, char, int64_t)

static void *be_wild(void *unused)
{
    (void)unused;
    poll_once(weir_fiber(&wild_fn, NULL, NULL));
    return NULL;
}

static void goes_wild(void)
{
    on_a_thread(be_wild);
}

static void *be_killed(void *unused)
{
    (void)unused;
    poll_once(weir_fiber(&recurs_fn, NULL, NULL));
    raise(SIGSEGV);
    return NULL;
}

static void is_killed(void)
{
    on_a_thread(be_killed);
}

static void own_handler(int number)
{
    static const char text[] = "my own";
    (void)number;
    _exit(write(STDERR_FILENO, text, sizeof text - 1) > 0);
}

static void has_a_handler(void)
{
    signal(SIGSEGV, own_handler);
    goes_wild();
}

/* Sanitizers have handlers of their own, and an emulator has no guards. */
static bool is_elsewhere(void)
{
    return WEIR_ASAN || WEIR_TSAN || getenv("EMULATED");
}

static void who_runs_over_is_named(void **state)
{
    (void)state;
    if (is_elsewhere())
        skip();
    assert_true(dies_saying(runs_over, "recurs runs over its stack of 262144 bytes: give it more "
                                       "with .stack_bytes"));
}

static void other_faults_are_what_they_were(void **state)
{
    (void)state;
    if (is_elsewhere())
        skip();
    assert_true(dies_saying(goes_wild, ""));
    assert_true(dies_saying(is_killed, ""));
    assert_true(dies_saying(has_a_handler, "my own"));
}

static void a_larger_stack_is_enough(void **state)
{
    (void)state;
    weir_fiber_options large = WEIR_FIBER_OPTIONS(.stack_bytes = 2 << 20);
    assert_string_equal(trace(weir_fiber(&recurs_fn, &(int64_t){2000}, &large), 1), "0 $");
    weir_stacks_use use = {.size = sizeof use};
    weir_fiber_stats(&use);
    assert_true(use.high_water_bytes >= 1 << 20);
}

int task_overflow(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_runs_over_is_named),
        cmocka_unit_test(other_faults_are_what_they_were),
        cmocka_unit_test(a_larger_stack_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
