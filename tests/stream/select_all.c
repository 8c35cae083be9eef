/* select_all: streams in rotation, pushed to while it runs; only those that were woken are
 * polled. */

#include "core/in_flight.h"
#include "sets.h"

/* Each gives its share: in turn, whatever is asked for. */
static void test_rotation(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand++) {
        weir_set *set;
        weir_stream *stream = weir_select_all(&weir_type_i64, 2, &set);
        assert_true(weir_set_push(set, weir_range(0, 3)));
        assert_true(weir_set_push(set, weir_range(10, 15)));
        check_hint(stream, 8, WEIR_HINT_UNKNOWN);
        assert_string_equal(trace(stream, demand), "0 10 1 11 2 12 13 14 $");
    }
}

/* In the order in which they were woken. */
static void test_wakes(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_select_all, 3);
    rig_push(rig, 0, "P 33 P 33 P 43");
    rig_push(rig, 1, "P 99 P 99");
    rig_push(rig, 2, "P 42");
    for (int i = 0; i < 2; i++)
        rig_poll(rig);
    assert_string_equal(rig_seen(rig), "P P");
    for (int round = 0; round < 2; round++) {
        rig_wake(rig, 1);
        rig_wake(rig, 0);
        for (int i = 0; i < 3; i++)
            rig_poll(rig);
        assert_string_equal(rig_seen(rig), "99 33 P");
    }
    rig_wake(rig, 2);
    rig_poll(rig);
    rig_wake(rig, 0);
    for (int i = 0; i < 2; i++)
        rig_poll(rig);
    assert_string_equal(rig_seen(rig), "42 43 $");
    rig_end(rig);
}

static void test_empty_goes_on_after_a_push(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_select_all, 4);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weir_set_len(rig->set), 0);
        rig_poll(rig);
        assert_true(weir_is_done(rig->stream));
        rig_push(rig, i, "1");
        assert_false(weir_is_done(rig->stream));
        assert_int_equal(weir_set_len(rig->set), 1);
        rig_poll(rig);
        rig_poll(rig);
        assert_string_equal(rig_seen(rig), "$ 1 $");
    }
    rig_end(rig);
}

/* One that has ended counts until its end is seen. */
static void test_len(void **state)
{
    (void)state;
    static const size_t left[] = {2, 2, 0};
    struct rig *rig = rig_begin(weir_select_all, 3);
    rig_push(rig, 0, "$");
    rig_push(rig, 1, "1");
    rig_push(rig, 2, "2");
    assert_int_equal(weir_set_len(rig->set), 3);
    for (int i = 0; i < 3; i++) {
        rig_poll(rig);
        assert_int_equal(weir_set_len(rig->set), left[i]);
    }
    assert_string_equal(rig_seen(rig), "1 2 $");
    rig_end(rig);
}

/* Of many that wait, only the one that was woken is polled. */
static void test_woken(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    static struct script scripts[MANY];
    struct test_cx test;
    struct trace seen = {0};
    weir_set *set;
    weir_stream *stream = weir_select_all(&weir_type_i64, MANY, &set);
    test_cx_init(&test);
    for (int i = 0; i < MANY; i++) {
        scripts[i] = (struct script){0};
        assert_true(weir_set_push(set, script_stream(&scripts[i], i == 777 ? "P 5 P~" : "P~")));
    }
    do { /* each once, a budget's worth of them in each turn */
        trace_poll(&seen, stream, &test, 1);
    } while (test.waker->wakes);
    seen = (struct trace){0};
    assert_true(script_wake(&scripts[777]));
    assert_int_equal(test.waker->wakes, 1);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "5");
    for (int i = 0; i < MANY; i++)
        assert_int_equal(scripts[i].polls, i == 777 ? 2 : 1);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* What one owes goes on while the consumer is busy; one that leaves meanwhile has given it. */
static void test_between_polls(void **state)
{
    (void)state;
    weir_in_flight_list list = {0};
    struct rig *rig = rig_begin(weir_select_all, 2);
    rig_push(rig, 0, "P 1 2");
    rig_push(rig, 1, "3 4");
    test_cx_turn(&rig->test);
    weir_in_flight_turn(&rig->test.cx, &list);
    rig_poll(rig);
    rig_wake(rig, 0);
    weir_in_flight_turn(&rig->test.cx, &list);
    weir_in_flight_progress(&rig->test.cx);
    assert_int_equal(rig->scripts[0].given, 1);
    weir_stream *taken = weir_set_take(rig->set), *other = weir_set_take(rig->set);
    assert_int_equal(weir_set_len(rig->set), 0);
    rig_poll(rig);
    rig_poll(rig);
    assert_string_equal(rig_seen(rig), "3 1 $");
    weir_drop(taken);
    weir_drop(other);
    rig_end(rig);
}

/* Layers of sets over many items cost few polls: nobody wakes himself for nothing. */
static void test_nested(void **state)
{
    (void)state;
    enum { LAYERS = 5, ITEMS = 100000 };
    struct test_cx test;
    weir_stream *stream = weir_range(0, ITEMS), *layers[LAYERS];
    for (int i = 0; i < LAYERS; i++) {
        weir_set *set;
        weir_stream *outer = weir_select_all(&weir_type_i64, 2, &set);
        assert_true(weir_set_push(set, stream));
        assert_true(weir_set_push(set, weir_empty(&weir_type_i64)));
        layers[i] = stream = outer;
    }
    test_cx_init(&test);
    int64_t item;
    size_t n = 0, turns = 0;
    for (; n < ITEMS; turns++) {
        test_cx_turn(&test);
        while (n < ITEMS && weir_poll_next(stream, &test.cx, &item, 1).n)
            n++;
    }
    assert_true(turns < ITEMS);
    for (int i = 0; i < LAYERS; i++)
        assert_true(weir_stage_polls(&layers[i]->stage) <= 2 * ITEMS);
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_select_all(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rotation),
                                       cmocka_unit_test(test_wakes),
                                       cmocka_unit_test(test_empty_goes_on_after_a_push),
                                       cmocka_unit_test(test_len),
                                       cmocka_unit_test(test_woken),
                                       cmocka_unit_test(test_between_polls),
                                       cmocka_unit_test(test_nested)};
    return cmocka_run_group_tests_name("select_all", tests, NULL, NULL);
}
