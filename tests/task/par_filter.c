/* par_filter: the items for which the function says yes, in their order. */

#include "bodies.h"

static bool is_even(struct thing thing, void *arg)
{
    enter(arg, thing.value);
    assert_int_equal(*thing.owned, thing.value); /* it is borrowed */
    leave(arg);
    return thing.value % 2 == 0;
}
WEIR_FILTER_FN(is_even_fn, is_even, struct thing, .of = &thing_type)

static bool says_no(struct thing thing, void *arg)
{
    (void)thing, (void)arg;
    return false;
}
WEIR_FILTER_FN(says_no_fn, says_no, struct thing, .of = &thing_type)

static void filter(weir_rt *rt, uint32_t workers)
{
    for (int64_t n = 0; n < 400; n = 3 * n + 1) {
        struct shared shared;
        struct thing thing;
        int64_t next = 0;
        shared_begin(&shared);
        weir_stream *stream = weir_par_filter(things_of(n), &is_even_fn, &shared, workers, NULL);
        for (; weir_rt_next(rt, stream, &thing, NULL) == WEIR_READY; next += 2) {
            assert_int_equal(thing.value, next);
            thing_end(thing);
        }
        assert_int_equal(next, n + n % 2);
        assert_int_equal(shared.ended, n);
        weir_drop(stream);
        shared_end(&shared);
        assert_int_equal(things, 0);
    }
}

static void those_come_in_their_order(void **state)
{
    (void)state;
    everywhere(filter);
}

static void refuse_all(weir_rt *rt, uint32_t workers)
{
    uint64_t n = 9;
    weir_stream *none = weir_par_filter(things_of(300), &says_no_fn, NULL, workers, NULL);
    assert_int_equal(weir_rt_run(rt, weir_count(none), &n, NULL), WEIR_READY);
    assert_int_equal(n, 0);
    assert_int_equal(things, 0);
}

static void none_may_be_left(void **state)
{
    (void)state;
    everywhere(refuse_all);
}

static void drop_early(weir_rt *rt, uint32_t workers)
{
    for (int taken = 0; taken < 9; taken += 2) {
        struct shared shared;
        struct thing thing;
        shared_begin(&shared);
        shared.spins = 300;
        weir_stream *stream = weir_par_filter(things_of(400), &is_even_fn, &shared, workers + 1,
                                              &WEIR_PAR_OPTIONS(.batch_max = 3));
        for (int i = 0; i < taken; i++) {
            assert_int_equal(weir_rt_next(rt, stream, &thing, NULL), WEIR_READY);
            thing_end(thing);
        }
        weir_drop(stream);
        shared_end(&shared);
        assert_int_equal(things, 0);
    }
}

static void a_drop_waits(void **state)
{
    (void)state;
    everywhere(drop_early);
}

static bool filter_without(unsigned long fail_at)
{
    struct shared shared;
    uint64_t n = 0;
    weir_error error;
    memory_begin(0, false);
    weir_rt *rt = world_of(&(struct world){"sim", 4, 2});
    shared_begin(&shared);
    memory.fail_at = memory.calls + fail_at;
    weir_stream *stream = weir_par_filter(things_of(20), &is_even_fn, &shared, 3, NULL);
    weir_state state = weir_rt_run(rt, weir_count(stream), &n, &error);
    bool failed = memory.failed;
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
    assert_true(state == WEIR_READY ? n == 10 : error.code == WEIR_E_MEMORY);
    shared_end(&shared);
    assert_int_equal(things, 0);
    return failed;
}

static void each_allocation_fails(void **state)
{
    (void)state;
    unsigned long fail_at = 1;
    while (filter_without(fail_at))
        assert_true(++fail_at < 1000);
    assert_true(fail_at > 10);
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    volatile size_t none = 0;
    weir_error error;
    weir_stream *stream = weir_par_filter(things_of(3), &says_no_fn, NULL, none, NULL);
    assert_int_equal(weir_run(weir_count(stream), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    stream = weir_par_filter(weir_range(0, 3), &says_no_fn, NULL, 1, NULL);
    assert_int_equal(weir_run(weir_count(stream), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    assert_int_equal(things, 0);
}

int task_par_filter(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_come_in_their_order),
        cmocka_unit_test(none_may_be_left),
        cmocka_unit_test(a_drop_waits),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(what_is_wrong_is_refused),
    };
    return cmocka_run_group_tests(tests, bodies_setup, rig_teardown);
}
