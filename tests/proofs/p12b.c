/* A process that was forked off cannot use its parent's runtime: it is told so, the parent goes on
 * undisturbed, and a runtime of the child's own works. */

#include "proofs.h"

enum { LINES = 2000, RUNS = 20 };

static uint64_t count_lines(weir_rt *rt, weir_state *state, weir_error *error)
{
    uint64_t n = 0;
    weir_stream *lines = weir_lines(weir_file_reader(rig_path("in")), 4096);
    *state = weir_rt_run(rt, weir_count(lines), &n, error);
    return n;
}

/* In the child: 0 when everything is as it should be. */
static int child_of(weir_rt *rt, const char *driver)
{
    weir_error error;
    weir_state ran;
    for (int i = 0; i < RUNS; i++) {
        count_lines(rt, &ran, &error);
        if (ran != WEIR_ERROR || !strstr(error.message, "fork"))
            return 1;
        int64_t item;
        weir_stream *range = weir_range(0, 3);
        if (weir_rt_next(rt, range, &item, &error) != WEIR_ERROR)
            return 2;
        weir_drop(range);
    }
    weir_rt_drop(rt);
    weir_rt *own = rig_rt(driver);
    for (int i = 0; i < RUNS; i++)
        if (count_lines(own, &ran, &error) != LINES || ran != WEIR_READY)
            return 3;
    weir_rt_drop(own);
    return 0;
}

static void parent_of(weir_rt *rt)
{
    for (int i = 0; i < RUNS; i++) {
        weir_error error;
        weir_state ran;
        uint64_t n = count_lines(rt, &ran, &error);
        if (ran != WEIR_READY)
            fail_msg("%s", WEIR_ERROR_TEXT(&error));
        assert_int_equal(n, LINES);
    }
}

static void test_forked(void **state)
{
    (void)state;
    FILE *file = fopen(rig_path("in"), "w");
    for (int i = 0; i < LINES; i++)
        fprintf(file, "line %d\n", i);
    fclose(file);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_rt *rt = rig_rt(rig_drivers[d]);
        pid_t child = fork();
        if (!child) {
            alarm(20);
            _exit(child_of(rt, rig_drivers[d]));
        }
        parent_of(rt);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        if (status)
            fail_msg("%s: the child's status is %#x", rig_drivers[d], (unsigned)status);
        parent_of(rt);
        weir_rt_drop(rt);
    }
}

/* With work under way: the child drops it without touching what the parent waits for. */
static void test_forked_with_tasks(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        int ends[2], status = 0;
        uint64_t n = 0;
        assert_int_equal(pipe(ends), 0);
        weir_rt *rt = rig_rt(rig_drivers[d]);
        weir_stream *lines = weir_lines(weir_fd_reader(ends[0], "pipe"), 100);
        assert_true(weir_rt_spawn(rt, weir_count(weir_by_ref(lines))));
        assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 3)), NULL, NULL), WEIR_READY);
        pid_t child = fork();
        if (!child) {
            alarm(20);
            weir_rt_drop(rt);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(write(ends[1], "a\nb\n", 4), 4);
        close(ends[1]);
        assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 3)), &n, NULL), WEIR_READY);
        weir_rt_drop(rt);
        weir_drop(lines);
        close(ends[0]);
    }
}

int proofs_p12b(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forked),
                                       cmocka_unit_test(test_forked_with_tasks)};
    return cmocka_run_group_tests_name("p12b", tests, rig_setup, rig_teardown);
}
