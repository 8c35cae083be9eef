/* A program that a task starts does not inherit a blocked SIGPIPE, and a SIGPIPE of the task's own
 * pipes does not end it either. */

#include "proofs.h"

enum { SIGPIPE_BIT = 1 << (SIGPIPE - 1) };

/* The child's mask, as the kernel tells it after exec. */
static void ask_a_child(int64_t x, void *masks)
{
    char line[64] = "";
    FILE *grep = popen("grep SigBlk /proc/self/status", "r");
    if (fgets(line, sizeof line, grep))
        ((unsigned long *)masks)[x] = strtoul(strchr(line, ':') + 1, NULL, 16);
    /* weir-lint: allow(blocking_in_async) it is over at once, and runs alone */
    pclose(grep);
}
WEIR_EACH_FN(ask_fn, ask_a_child, int64_t)

static void test_a_child_of_a_task(void **state)
{
    (void)state;
    unsigned long masks[3] = {~0ul, ~0ul, ~0ul};
    weir_stream *asks = weir_for_each(weir_range(0, 3), &ask_fn, masks);
    assert_int_equal(weir_run(asks, NULL, NULL), WEIR_READY);
    for (int i = 0; i < 3; i++)
        assert_int_equal(masks[i] & SIGPIPE_BIT, 0);
}

/* The reason for holding it. */
static void test_a_pipe_that_nobody_reads(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        int ends[2];
        weir_error error;
        assert_int_equal(pipe(ends), 0);
        close(ends[0]);
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_writer *writer = weir_fd_writer(ends[1], "pipe");
        weir_stream *copy = weir_copy(weir_memory_reader("x", 1), writer);
        assert_int_equal(weir_rt_run(rt, copy, NULL, &error), WEIR_ERROR);
        proof_says(&error, WEIR_E_CLOSED, "pipe");
        weir_rt_drop(rt);
        close(ends[1]);
    }
}

int proofs_p9b(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_child_of_a_task),
                                       cmocka_unit_test(test_a_pipe_that_nobody_reads)};
    return cmocka_run_group_tests_name("p9b", tests, rig_setup, rig_teardown);
}
