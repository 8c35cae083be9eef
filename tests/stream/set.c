/* What all sets have in common that are pushed to while they run. */

#include "sets.h"

static set_build *const builds[] = {weir_select_all, weir_futures_unordered, weir_futures_ordered};
enum { BUILDS = sizeof builds / sizeof *builds };

static void test_limit(void **state)
{
    (void)state;
    for (int i = 0; i < BUILDS; i++) {
        struct rig *rig = rig_begin(builds[i], 2);
        rig_push(rig, 0, "1");
        rig_push(rig, 1, "2");
        weir_stream *third = rig_member(rig, 2, "3", true);
        assert_false(weir_set_push(rig->set, third));
        assert_false(weir_set_push_front(rig->set, third));
        assert_int_equal(weir_set_len(rig->set), 2);
        rig->seen.no_pending = true;
        trace_run(&rig->seen, rig->stream, &rig->test, 1);
        assert_true(weir_set_push(rig->set, third)); /* it stayed the caller's */
        trace_run(&rig->seen, rig->stream, &rig->test, 1);
        assert_string_equal(rig_seen(rig), "1 2 $ 3 $");
        rig_end(rig);
    }
}

/* Whoever waits for the set is woken by a push, once. */
static void test_push_wakes(void **state)
{
    (void)state;
    for (int i = 0; i < BUILDS; i++) {
        struct rig *rig = rig_begin(builds[i], 4);
        rig_push(rig, 0, "P~");
        do {
            rig_poll(rig);
        } while (rig->test.waker->wakes);
        rig_seen(rig);
        rig_push(rig, 1, "P~");
        assert_int_equal(rig->test.waker->wakes, 1);
        if (builds[i] == weir_futures_ordered)
            assert_true(weir_set_push_front(rig->set, rig_member(rig, 2, "5", true)));
        else
            rig_push(rig, 2, "5");
        assert_int_equal(rig->test.waker->wakes, 1);
        rig_poll(rig);
        assert_string_equal(rig_seen(rig), "5");
        assert_int_equal(rig->scripts[0].polls, 1);
        rig_end(rig);
    }
}

/* The one that takes what is there gives it until there is no more, and the next one the rest. */
static void test_views(void **state)
{
    (void)state;
    for (int i = 0; i < BUILDS; i++) {
        struct rig *rig = rig_begin(builds[i], 4);
        rig->seen.no_pending = true;
        for (int round = 0; round < 3; round++) {
            rig_push(rig, 2 * round, "1");
            rig_push(rig, 2 * round + 1, "P 2");
            weir_stream *view = weir_by_ref(rig->stream);
            trace_run(&rig->seen, view, &rig->test, 1);
            rig_push(rig, 6, "9");
            trace_run(&rig->seen, view, &rig->test, 1); /* it is over, for good */
            weir_drop(view);
            weir_set_clear(rig->set);
        }
        assert_string_equal(rig_seen(rig), "1 2 $ $ 1 2 $ $ 1 2 $ $");
        rig_end(rig);
    }
}

/* Pushed by a function of the chain that the set is in, until there is nothing to do. */
static int64_t halve(int64_t x, void *arg)
{
    weir_set **set = arg;
    int64_t half = x / 2;
    if (half) {
        weir_stream *next = weir_once(&weir_type_i64, &half);
        if (!weir_set_push(*set, next))
            weir_drop(next);
    }
    return x;
}
WEIR_MAP_FN(halve_fn, halve, int64_t, int64_t)

static void test_pushed_by_its_own_chain(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 8; demand += 7)
        for (int i = 0; i < BUILDS; i++) {
            weir_set *set;
            weir_stream *stream = builds[i](&weir_type_i64, 4, &set);
            assert_true(weir_set_push(set, weir_once(&weir_type_i64, &(int64_t){20})));
            stream = weir_map(stream, &halve_fn, &set);
            assert_string_equal(trace_items(stream, demand), "20 10 5 2 1 $");
        }
}

static void test_clear(void **state)
{
    (void)state;
    for (int i = 0; i < BUILDS; i++) {
        struct rig *rig = rig_begin(builds[i], 4);
        rig_push(rig, 0, "P~");
        rig_push(rig, 1, "P 2");
        do {
            rig_poll(rig);
        } while (rig->test.waker->wakes);
        rig_seen(rig);
        weir_set_clear(rig->set);
        assert_int_equal(rig->scripts[0].finis + rig->scripts[1].finis, 2);
        assert_int_equal(weir_set_len(rig->set), 0);
        assert_int_equal(rig->test.waker->wakes, 1); /* who waits sees the end */
        rig_poll(rig);
        rig_push(rig, 2, "3");
        rig_poll(rig);
        assert_string_equal(rig_seen(rig), "$ 3");
        rig_end(rig);
    }
}

/* What was taken out wakes nobody any more, and goes on elsewhere. */
static void test_take(void **state)
{
    (void)state;
    for (int i = 0; i < BUILDS; i++) {
        struct rig *rig = rig_begin(builds[i], 4);
        rig_push(rig, 0, "P 7");
        do {
            rig_poll(rig);
        } while (rig->test.waker->wakes);
        rig_seen(rig);
        assert_ptr_equal(weir_set_member(rig->set, 0), rig->members[0]);
        assert_null(weir_set_member(rig->set, 1));
        weir_stream *taken = weir_set_take(rig->set);
        assert_ptr_equal(taken, rig->members[0]);
        assert_int_equal(rig->test.waker->wakes, 1);
        rig_poll(rig);
        rig_wake(rig, 0);
        assert_int_equal(rig->test.waker->wakes, 0);
        trace_run(&rig->seen, taken, &rig->test, 1);
        assert_string_equal(rig_seen(rig), "$ 7 $");
        weir_drop(taken);
        rig_end(rig);
    }
}

/* What does not fit is refused in its place; the others go on. */
static void test_refused(void **state)
{
    (void)state;
    for (int i = 0; i < BUILDS; i++) {
        struct rig *rig = rig_begin(builds[i], 5);
        rig_push(rig, 0, "1");
        assert_true(weir_set_push(rig->set, weir_range(0, 3)));
        rig_push(rig, 1, "| 2");
        assert_true(weir_set_push(rig->set, weir_chunks(weir_range(0, 1), 0)));
        trace_run(&rig->seen, rig->stream, &rig->test, 1);
        assert_string_equal(rig_seen(rig), "1 !TYPE !ARGUMENT !ARGUMENT $");
        assert_int_equal(rig->scripts[1].polls, 0);
        rig_end(rig);
    }
    struct rig *rig = rig_begin(weir_futures_unordered, 2);
    assert_true(weir_set_push(rig->set, rig_member(rig, 0, "1 2", false)));
    trace_run(&rig->seen, rig->stream, &rig->test, 1);
    assert_string_equal(rig_seen(rig), "!TYPE $"); /* it may give more than one */
    rig_end(rig);
}

static void test_memory(void **state)
{
    (void)state;
    for (int i = 0; i < BUILDS; i++)
        for (unsigned long call = 1; call < 16; call++) {
            memory_begin(call, true);
            struct rig *rig = rig_begin(builds[i], 4);
            unsigned pushed = 0;
            for (int k = 0; k < 4; k++) {
                weir_stream *stream = rig_member(rig, k, "1", true);
                if (weir_set_push(rig->set, stream))
                    pushed++;
                else
                    weir_drop(stream);
            }
            rig->seen.no_pending = true;
            trace_run(&rig->seen, rig->stream, &rig->test, 1);
            assert_true(rig->seen.items + rig->seen.errors >= pushed);
            rig_end(rig);
            assert_int_equal(memory_end(), 0);
        }
}

int stage_set(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),   cmocka_unit_test(test_push_wakes),
        cmocka_unit_test(test_views),   cmocka_unit_test(test_pushed_by_its_own_chain),
        cmocka_unit_test(test_clear),   cmocka_unit_test(test_take),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests_name("set", tests, NULL, NULL);
}
