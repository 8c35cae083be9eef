/* A runtime that is dropped, or run, from inside of one of its own tasks: the one ends the program
 * with a sentence, the other is an error; neither touches memory that is gone. */

#include "proofs.h"

static weir_rt *rt;

static weir_poll drops_it(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg;
    (void)cx;
    (void)demand;
    weir_rt_drop(rt);
    *(char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static weir_stream *dropper(void)
{
    return weir_future_fn(&weir_type_unit, drops_it, NULL);
}

static void drop_in_a_run(void *arg)
{
    rt = rig_rt(arg);
    weir_rt_run(rt, dropper(), NULL, NULL);
}

static void drop_in_a_spawned_task(void *arg)
{
    rt = rig_rt(arg);
    if (weir_rt_spawn(rt, dropper()))
        weir_rt_run(rt, weir_pending(&weir_type_unit), NULL, NULL);
    weir_rt_run(rt, weir_count(weir_range(0, 9)), NULL, NULL);
}

static void drop_in_a_next(void *arg)
{
    char unit;
    rt = rig_rt(arg);
    weir_ignore(weir_rt_next(rt, dropper(), &unit, NULL));
}

static void test_dropped_inside(void **state)
{
    static void (*const acts[])(void *arg) = {drop_in_a_run, drop_in_a_spawned_task,
                                              drop_in_a_next};
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
            assert_true(proof_dies(acts[i], (void *)(uintptr_t)rig_drivers[d],
                                   "was called inside of one of the runtime's tasks"));
}

static weir_poll runs_it(void *arg, weir_cx *cx, void *out, size_t demand)
{
    weir_error error;
    (void)arg;
    (void)cx;
    (void)demand;
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 3)), NULL, &error), WEIR_ERROR);
    proof_says(&error, WEIR_E_ARGUMENT, "inside of one of its tasks");
    weir_stream *range = weir_range(0, 3);
    int64_t item;
    assert_int_equal(weir_rt_next(rt, range, &item, &error), WEIR_ERROR);
    proof_says(&error, WEIR_E_ARGUMENT, "inside of one of its tasks");
    weir_drop(range);
    *(char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void test_run_inside(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++) {
        rt = rig_rt(rig_drivers[d]);
        weir_stream *future = weir_future_fn(&weir_type_unit, runs_it, NULL);
        assert_int_equal(weir_rt_run(rt, future, NULL, NULL), WEIR_READY);
        weir_rt_drop(rt);
    }
}

/* Another runtime may be made, run and dropped there. */
static weir_poll runs_another(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg;
    (void)cx;
    (void)demand;
    proof_counts(weir_count(weir_range(0, 3)), 3);
    *(char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void test_another_inside(void **state)
{
    (void)state;
    rt = weir_rt_new(NULL, NULL);
    weir_stream *future = weir_future_fn(&weir_type_unit, runs_another, NULL);
    assert_int_equal(weir_rt_run(rt, future, NULL, NULL), WEIR_READY);
    weir_rt_drop(rt);
}

int proofs_s3(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dropped_inside),
                                       cmocka_unit_test(test_run_inside),
                                       cmocka_unit_test(test_another_inside)};
    return cmocka_run_group_tests_name("s3", tests, rig_setup, rig_teardown);
}
