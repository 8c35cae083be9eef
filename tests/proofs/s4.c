/* The error of a spawned task is never lost: it is told to whoever asked to be told, or counted and
 * the first one kept. */

#include "proofs.h"

static weir_stream *fails(void)
{
    return weir_count(weir_lines(weir_file_reader("/nowhere"), 100));
}

static weir_stream *refused(void)
{
    return weir_count(weir_chunks(weir_range(0, 3), 0));
}

static void run_something(weir_rt *rt)
{
    for (int i = 0; i < 20; i++) { /* files are opened by the driver, in their own time */
        uint64_t n = 0;
        weir_stream *lines = weir_lines(weir_file_reader(rig_path("in")), 100);
        assert_int_equal(weir_rt_run(rt, weir_count(lines), &n, NULL), WEIR_READY);
    }
}

static void test_counted(void **state)
{
    (void)state;
    rig_write(rig_path("in"), "a\n", 2);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        weir_error first;
        weir_rt *rt = rig_rt(rig_drivers[d]);
        assert_int_equal(weir_rt_task_errors(rt, &first), 0);
        assert_true(weir_rt_spawn(rt, fails()));
        run_something(rt);
        assert_true(weir_rt_spawn(rt, refused()));
        assert_true(weir_rt_spawn(rt, weir_count(weir_range(0, 3)))); /* this one is well */
        run_something(rt);
        assert_int_equal(weir_rt_task_errors(rt, &first), 2);
        proof_says(&first, WEIR_E_SYSTEM, "/nowhere");
        assert_int_equal(weir_rt_task_errors(rt, &first), 0); /* told */
        assert_true(weir_rt_spawn(rt, refused()));
        run_something(rt);
        assert_int_equal(weir_rt_task_errors(rt, &first), 1);
        proof_says(&first, WEIR_E_ARGUMENT, "chunks");
        weir_rt_drop(rt);
    }
}

struct told {
    unsigned n;
    weir_error last;
};

static void note(weir_rt *rt, const weir_error *error, void *arg)
{
    struct told *told = arg;
    (void)rt;
    told->n++;
    told->last = *error;
}

static void test_told(void **state)
{
    (void)state;
    rig_write(rig_path("in"), "a\n", 2);
    for (size_t d = 0; d < rig_drivers_n; d++) {
        struct told told = {0};
        weir_rt *rt = weir_rt_new(
            &WEIR_RT_OPTIONS(.driver = rig_drivers[d], .on_task_error = note, .arg = &told), NULL);
        assert_true(weir_rt_spawn(rt, fails()));
        assert_true(weir_rt_spawn(rt, fails()));
        run_something(rt);
        assert_int_equal(told.n, 2);
        proof_says(&told.last, WEIR_E_SYSTEM, "/nowhere");
        assert_int_equal(weir_rt_task_errors(rt, NULL), 0);
        weir_rt_drop(rt);
    }
}

int proofs_s4(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counted), cmocka_unit_test(test_told)};
    return cmocka_run_group_tests_name("s4", tests, rig_setup, rig_teardown);
}
