/* A run leaves the thread's signal mask as the tasks made it, but for SIGPIPE, and a child that is
 * made after a run does not inherit a blocked SIGPIPE. */

#include "proofs.h"

static bool is_blocked(int number)
{
    sigset_t now;
    pthread_sigmask(0, NULL, &now);
    return sigismember(&now, number);
}

static void change(int how, int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(how, &set, NULL);
}

static void block_usr1(int64_t x, void *arg)
{
    (void)x;
    (void)arg;
    change(SIG_BLOCK, SIGUSR1);
}
WEIR_EACH_FN(block_fn, block_usr1, int64_t)

static void unblock_usr1(int64_t x, void *arg)
{
    (void)x;
    (void)arg;
    change(SIG_UNBLOCK, SIGUSR1);
}
WEIR_EACH_FN(unblock_fn, unblock_usr1, int64_t)

static void run_one(const weir_each_fn *fn)
{
    assert_int_equal(weir_run(weir_for_each(weir_range(0, 1), fn, NULL), NULL, NULL), WEIR_READY);
}

static void test_a_mask_changed_by_a_task(void **state)
{
    (void)state;
    for (int blocked = 0; blocked < 2; blocked++) { /* SIGPIPE, before */
        change(blocked ? SIG_BLOCK : SIG_UNBLOCK, SIGPIPE);
        run_one(&block_fn);
        assert_true(is_blocked(SIGUSR1));
        assert_int_equal(is_blocked(SIGPIPE), blocked);
        run_one(&unblock_fn);
        assert_false(is_blocked(SIGUSR1));
        assert_int_equal(is_blocked(SIGPIPE), blocked);
    }
    change(SIG_UNBLOCK, SIGPIPE);
}

/* One runtime, many calls: the same. */
static void test_many_runs(void **state)
{
    (void)state;
    weir_rt *rt = weir_rt_new(NULL, NULL);
    for (int i = 0; i < 10; i++) {
        weir_stream *future =
            weir_for_each(weir_range(0, 1), i % 2 ? &unblock_fn : &block_fn, NULL);
        assert_int_equal(weir_rt_run(rt, future, NULL, NULL), WEIR_READY);
        assert_int_equal(is_blocked(SIGUSR1), i % 2 == 0);
        assert_false(is_blocked(SIGPIPE));
    }
    weir_rt_drop(rt);
}

/* A child's mask, as the kernel tells it after exec. */
static void test_a_child_afterwards(void **state)
{
    (void)state;
    run_one(&unblock_fn);
    assert_int_equal(
        WEXITSTATUS(system("test $(( 0x$(sed -n 's/^SigBlk:.//p' /proc/self/status) & 0x1000 ))"
                           " = 0")),
        0);
}

int proofs_p9(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_mask_changed_by_a_task),
                                       cmocka_unit_test(test_many_runs),
                                       cmocka_unit_test(test_a_child_afterwards)};
    return cmocka_run_group_tests_name("p9", tests, NULL, NULL);
}
