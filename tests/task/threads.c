/* The pool of threads: its line, its limits, its signals, and what a fork leaves of it. */

#include "../driver/rig.h"
#include "gate.h"

#include <signal.h>
#include <sys/wait.h>

/* ---- the line, on a cx by hand ---- */

enum { LINE = 5 };

static void wait_in_line(void **state)
{
    (void)state;
    struct test_cx test;
    weir_stream *all[LINE];
    struct result out;
    pool_limit(2);
    gate_begin(false);
    test_cx_init(&test);
    for (int i = 0; i < LINE; i++) {
        all[i] = passing(i);
        assert_int_equal(poll_once(all[i], &test, &out).state, WEIR_PENDING);
        if (i < 2)
            gate_until(&gate.begun, (unsigned)i + 1);
    }
    weir_blocking_stats stats = now();
    assert_int_equal(stats.threads, 2);
    assert_int_equal(stats.running, 2);
    assert_int_equal(stats.waiting, LINE - 2);
    weir_drop(all[3]); /* it is taken out of the line */
    assert_int_equal(now().waiting, LINE - 3);
    assert_int_equal(gate.states_dropped, 1);
    gate_open();
    gate_until(&gate.begun, LINE - 1);
    gate_until(&gate.states_dropped, LINE);
    assert_int_equal(gate.begun, LINE - 1);
    pool_drain();
    for (int i = 0; i < LINE; i++) {
        if (i == 3)
            continue;
        assert_int_equal(poll_once(all[i], &test, &out).n, 1);
        assert_int_equal(out.number, i);
        weir_drop(all[i]);
    }
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

static void first_in_first_out(void **state)
{
    (void)state;
    struct test_cx test;
    weir_stream *all[LINE];
    struct result out;
    pool_limit(1);
    gate_begin(false);
    test_cx_init(&test);
    for (int i = 0; i < LINE; i++) {
        all[i] = passing(i);
        assert_int_equal(poll_once(all[i], &test, &out).state, WEIR_PENDING);
        assert_int_equal(poll_once(all[i], &test, &out).state,
                         WEIR_PENDING); /* stays in its place */
    }
    gate_open();
    gate_until(&gate.states_dropped, LINE);
    for (int i = 0; i < LINE; i++)
        assert_int_equal(gate.order[i], i);
    pool_drain();
    for (int i = 0; i < LINE; i++)
        weir_drop(all[i]); /* done, and never given */
    assert_int_equal(gate.results_dropped, LINE);
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

/* More threads are allowed while some wait: they begin. Fewer: those that run go on. */
static void limits_change(void **state)
{
    (void)state;
    struct test_cx test;
    weir_stream *all[LINE];
    struct result out;
    pool_limit(1);
    gate_begin(false);
    test_cx_init(&test);
    for (int i = 0; i < LINE; i++) {
        all[i] = passing(i);
        assert_int_equal(poll_once(all[i], &test, &out).state, WEIR_PENDING);
    }
    gate_until(&gate.begun, 1);
    weir_blocking_set(
        &(weir_blocking_options){.size = sizeof(weir_blocking_options), .threads_max = 3});
    gate_until(&gate.begun, 3);
    assert_int_equal(now().threads, 3);
    weir_blocking_set(
        &(weir_blocking_options){.size = sizeof(weir_blocking_options), .threads_max = 1});
    assert_int_equal(now().threads, 3);
    gate_open();
    gate_until(&gate.states_dropped, LINE);
    for (int i = 0; i < LINE; i++)
        weir_drop(all[i]);
    pool_drain();
    test_cx_fini(&test);
}

/* ---- threads ---- */

static bool look_at_signals(int64_t *state, int64_t *blocked, weir_error *error)
{
    sigset_t set;
    (void)state, (void)error;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    *blocked = sigismember(&set, SIGINT) && sigismember(&set, SIGALRM) &&
               sigismember(&set, SIGUSR1) && sigismember(&set, SIGRTMIN);
    return true;
}
WEIR_BLOCKING_FN(look_at_signals_fn, look_at_signals, int64_t, int64_t)

static void signals_are_others_business(void **state)
{
    (void)state;
    int64_t blocked = 0, zero = 0;
    sigset_t before, after;
    pool_drain();
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(weir_run(weir_spawn_blocking(&look_at_signals_fn, &zero), &blocked, NULL),
                     WEIR_READY);
    assert_int_equal(blocked, 1);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number < 32; number++)
        assert_int_equal(sigismember(&before, number), sigismember(&after, number));
}

/* No stack is so large: there is no thread, or there is one that can do it later. */
static void no_thread_can_be_made(void **state)
{
    (void)state;
    static const weir_blocking_options absurd = {.size = sizeof absurd,
                                                 .stack_bytes = SIZE_MAX / 2};
    struct test_cx test;
    struct result out;
    weir_error error;
    pool_drain();
    gate_begin(false);
    weir_blocking_set(&absurd);
    assert_int_equal(weir_run(passing(1), &out, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_SYSTEM);
    assert_int_equal(error.number, EAGAIN);
    assert_non_null(strstr(error.message, "no thread to run 'pass'"));
    assert_non_null(error.cure);
    assert_int_equal(gate.states_dropped, 1);
    assert_int_equal(now().waiting, 0);

    weir_blocking_set(NULL);
    test_cx_init(&test);
    weir_stream *first = passing(1), *second = passing(2);
    assert_int_equal(poll_once(first, &test, &out).state, WEIR_PENDING);
    gate_until(&gate.begun, 1);
    weir_blocking_set(&absurd);
    assert_int_equal(poll_once(second, &test, &out).state, WEIR_PENDING);
    assert_int_equal(now().waiting, 1);
    gate_open();
    gate_until(&gate.states_dropped, 3);
    weir_drop(first);
    weir_drop(second);
    pool_drain();
    test_cx_fini(&test);
}

/* ---- forks: TSan allows no threads after one ---- */

#if !defined(__SANITIZE_THREAD__)

static int in_the_child(weir_stream *begun)
{
    struct result out = {0};
    weir_error error;
    if (now().threads || now().waiting || now().running)
        return 1;
    gate.open = true;
    if (weir_run(passing(5), &out, &error) != WEIR_READY || out.number != 5)
        return 2;
    if (weir_run(begun, &out, &error) != WEIR_ERROR || error.code != WEIR_E_ARGUMENT)
        return 3;
    return strcmp(error.message, "'pass' was begun by another process: this one forked") ? 4 : 0;
}

static void the_pool_is_made_anew_in_a_child(void **state)
{
    (void)state;
    struct test_cx test;
    struct result out;
    for (int waits = 0; waits < 2; waits++) {
        pool_limit(1);
        gate_begin(false);
        test_cx_init(&test);
        weir_stream *first = passing(1), *second = passing(2);
        assert_int_equal(poll_once(first, &test, &out).state, WEIR_PENDING);
        gate_until(&gate.begun, 1);
        assert_int_equal(poll_once(second, &test, &out).state, WEIR_PENDING);
        pid_t child = fork();
        if (!child) {
            alarm(20);
            weir_drop(waits ? first : second);
            _exit(in_the_child(waits ? second : first));
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        gate_open();
        gate_until(&gate.states_dropped, 2);
        weir_drop(first);
        weir_drop(second);
        pool_drain();
        test_cx_fini(&test);
    }
}
#endif

int task_threads(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wait_in_line),
        cmocka_unit_test(first_in_first_out),
        cmocka_unit_test(limits_change),
        cmocka_unit_test(signals_are_others_business),
        cmocka_unit_test(no_thread_can_be_made),
#if !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(the_pool_is_made_anew_in_a_child),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
