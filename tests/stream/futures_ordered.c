/* futures_ordered: results in the order of the pushes, of a set that is pushed to. */

#include "sets.h"

static void test_held_back(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_futures_ordered, 3);
    rig_push(rig, 0, "P 33");
    rig_push(rig, 1, "P 99");
    rig_push(rig, 2, "P 33");
    rig_poll(rig);
    rig_wake(rig, 1);
    rig_poll(rig);
    assert_string_equal(rig_seen(rig), "P P");
    rig_wake(rig, 2);
    rig_wake(rig, 0);
    for (int i = 0; i < 4; i++)
        rig_poll(rig);
    assert_string_equal(rig_seen(rig), "33 99 33 $");
    rig_end(rig);
}

/* One that never completes: whatever the others do, nothing comes, and no more fit in. */
static void test_head_never_completes(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_futures_ordered, 10);
    rig_push(rig, 0, "P~");
    for (int i = 1; i < 10; i++)
        rig_push(rig, i, "P 1");
    for (int i = 0; i < 10; i++) {
        rig_poll(rig);
        doubles_wake_one();
    }
    assert_string_equal(rig_seen(rig), "P P P P P P P P P P");
    assert_int_equal(weir_set_len(rig->set), 10);
    weir_stream *more = rig_member(rig, 10, "1", true);
    assert_false(weir_set_push(rig->set, more));
    weir_drop(more);
    rig_end(rig);
}

static void test_push_front(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_futures_ordered, 4);
    for (int i = 0; i < 3; i++)
        rig_push(rig, i, i == 0 ? "1" : i == 1 ? "2" : "3");
    rig_poll(rig);
    rig_poll(rig);
    assert_true(weir_set_push_front(rig->set, rig_member(rig, 3, "P 4", true)));
    rig->seen.no_pending = true;
    trace_run(&rig->seen, rig->stream, &rig->test, 1);
    assert_string_equal(rig_seen(rig), "1 2 4 3 $");
    assert_true(weir_set_push_front(rig->set, rig_member(rig, 4, "5", true)));
    assert_true(weir_set_push_front(rig->set, rig_member(rig, 5, "6", true)));
    rig_push(rig, 6, "7");
    trace_run(&rig->seen, rig->stream, &rig->test, 4);
    assert_string_equal(rig_seen(rig), "6 5 7 $");
    rig_end(rig);
}

/* One that is taken out holds nobody back any more. */
static void test_taken(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_futures_ordered, 2);
    rig_push(rig, 0, "P 1");
    rig_push(rig, 1, "2");
    rig_poll(rig);
    assert_int_equal(weir_set_len(rig->set), 2); /* the result of the second waits */
    weir_stream *first = weir_set_take(rig->set);
    assert_ptr_equal(first, rig->members[0]);
    assert_null(weir_set_take(rig->set));
    assert_int_equal(rig->test.waker->wakes, 1);
    rig_poll(rig);
    rig_poll(rig);
    assert_string_equal(rig_seen(rig), "P 2 $");
    assert_true(weir_set_push(rig->set, first));
    rig->seen.no_pending = true;
    trace_run(&rig->seen, rig->stream, &rig->test, 1);
    assert_string_equal(rig_seen(rig), "1 $");
    rig_end(rig);
}

/* ... and takes no room: another one has it at once, wherever it stood. */
static void test_taken_makes_room(void **state)
{
    (void)state;
    static const char *const first[] = {"P 1", "P 1", "1"};
    for (int at = 0; at < 3; at++) { /* at the front, in the middle, at the end */
        struct rig *rig = rig_begin(weir_futures_ordered, 3);
        rig_push(rig, 0, first[at]);
        rig_push(rig, 1, at == 1 ? "P 9" : "2");
        if (at == 0)
            assert_true(weir_set_push_front(rig->set, rig_member(rig, 2, "P 9", true)));
        else
            rig_push(rig, 2, at == 1 ? "2" : "P 9");
        if (at == 1)
            rig_poll(rig);
        weir_drop(weir_set_take(rig->set));
        assert_int_equal(weir_set_len(rig->set), 2);
        rig_push(rig, 3, "3");
        assert_int_equal(weir_set_len(rig->set), 3);
        rig->seen.no_pending = true;
        trace_run(&rig->seen, rig->stream, &rig->test, 1);
        assert_string_equal(rig_seen(rig), at == 1 ? "P 1 2 3 $" : "1 2 3 $");
        rig_end(rig);
    }
}

static void test_errors_keep_their_place(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 8; demand += 7) {
        struct rig *rig = rig_begin(weir_futures_ordered, 5);
        rig_push(rig, 0, "P 1");
        rig_push(rig, 1, "!2");
        rig_push(rig, 2, "$");
        rig_push(rig, 3, "P !!3");
        rig_push(rig, 4, "4");
        rig->seen.no_pending = true;
        trace_run(&rig->seen, rig->stream, &rig->test, demand);
        assert_string_equal(rig_seen(rig), "1 !2 !3 4 $");
        rig_end(rig);
    }
}

int stage_futures_ordered(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held_back),        cmocka_unit_test(test_head_never_completes),
        cmocka_unit_test(test_push_front),       cmocka_unit_test(test_taken),
        cmocka_unit_test(test_taken_makes_room), cmocka_unit_test(test_errors_keep_their_place)};
    return cmocka_run_group_tests_name("futures_ordered", tests, NULL, NULL);
}
