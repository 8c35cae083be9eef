/* delay_queue: what is kept until its deadline, and what becomes of it meanwhile. */

#include "stages.h"

static weir_delays *queue;

static weir_delay_key put(int64_t value, uint64_t deadline_ns)
{
    struct tracked item = tracked_make(value);
    weir_delay_key key = weir_delays_insert(queue, &item, deadline_ns);
    if (!key)
        tracked_drop(item);
    return key;
}

static int begin(void **state)
{
    (void)state;
    queue = weir_delays_new(&tracked_type, 4);
    return !queue;
}

static int end(void **state)
{
    (void)state;
    weir_delays_drop(queue);
    assert_int_equal(tracked_live, 0);
    return 0;
}

/* Equal ones in the order they were put in; empty, it ends, and another stream goes on. */
static void by_deadline(void **state)
{
    (void)state;
    put(1, 300);
    put(2, 100);
    put(3, 200);
    put(4, 100);
    assert_int_equal(weir_delays_n(queue), 4);
    assert_string_equal(timeline(weir_delay_queue(queue), 1), "2@100 4@100 3@200 1@300 $@300");
    assert_string_equal(timeline(weir_delay_queue(queue), 1), "$@0");
    put(5, 50);
    assert_string_equal(timeline(weir_delay_queue(queue), 1), "5@50 $@50");
    put(6, 0);
    put(7, 0);
    assert_string_equal(timeline(weir_delay_queue(queue), 64), "6 7@0 $@0");
}

static void bounded(void **state)
{
    (void)state;
    for (int64_t i = 1; i <= 4; i++)
        assert_true(put(i, 100));
    assert_int_equal(put(5, 100), 0);
    assert_null(weir_delays_new(&tracked_type, 0));
    assert_null(weir_delays_new(&tracked_type, WEIR_DELAY_MAX + 1));
    assert_null(weir_delays_new(&weir_type_line, 4));
}

/* An old key finds nothing; what is still kept is dropped with it. */
static void without_any(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_delay_queue(NULL), 1), "!!ARGUMENT $");
}

static void removed_and_reset(void **state)
{
    (void)state;
    struct tracked item;
    weir_delay_key first = put(1, 100), second = put(2, 200), third = put(3, 300);
    assert_true(weir_delays_remove(queue, second, &item));
    assert_int_equal(item.value, 2);
    tracked_drop(item);
    assert_false(weir_delays_remove(queue, second, NULL));
    weir_delay_key again = put(4, 250); /* in the same place */
    assert_true(again != second);
    assert_false(weir_delays_reset(queue, second, 1));
    assert_true(weir_delays_reset(queue, first, 400));
    assert_string_equal(timeline(weir_delay_queue(queue), 1), "4@250 3@300 1@400 $@400");
    assert_false(weir_delays_remove(queue, third, NULL));
    assert_false(weir_delays_reset(queue, 0, 1));
    put(5, 100);
    assert_true(weir_delays_remove(queue, put(6, 100), NULL));
}

/* Who waits hears of an earlier one, and of a reset. */
static void changed_while_it_waits(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {.timed = true};
    test_clock_begin();
    test_cx_init(&test);
    weir_stream *stream = weir_delay_queue(queue);
    weir_delay_key first = put(1, 100);
    trace_poll(&trace, stream, &test, 1);
    put(2, 50);
    assert_int_equal(test.waker->wakes, 1);
    trace_poll(&trace, stream, &test, 1);
    weir_delays_reset(queue, first, 20);
    assert_int_equal(test.waker->wakes, 1);
    trace_poll(&trace, stream, &test, 1);
    weir_delays_remove(queue, first, NULL);
    assert_int_equal(test.waker->wakes, 1);
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "P P P P 2@50 $@50");
    weir_drop(stream);
    test_cx_fini(&test);
}

/* Each allocation may fail. */
static void no_memory(void **state)
{
    (void)state;
    for (unsigned long k = 1; k <= 2; k++) {
        memory_begin(k, false);
        assert_null(weir_delays_new(&tracked_type, 9));
        assert_int_equal(memory_end(), 0);
    }
}

enum { MANY = 10000 };

static void ten_thousand_in_order(void **state)
{
    (void)state;
    static struct test_cx test;
    struct late {
        uint64_t deadline;
        int64_t number;
    } item, before = {0, -1};
    static const weir_type late_type = WEIR_TYPE(struct late);
    weir_delays *many = weir_delays_new(&late_type, MANY);
    test_clock_begin();
    test_cx_init(&test);
    for (int64_t i = 0; i < MANY; i++) {
        item = (struct late){(uint64_t)i * 2654435761u % 1000, i};
        assert_true(weir_delays_insert(many, &item, item.deadline));
    }
    weir_stream *stream = weir_delay_queue(many);
    for (unsigned i = 0; i < MANY;) {
        test_cx_turn(&test);
        weir_poll got = weir_poll_next(stream, &test.cx, &item, 1);
        assert_true(got.n || test_cx_woken(&test));
        if (!got.n)
            continue;
        assert_true(item.deadline <= test_clock_ns());
        assert_true(item.deadline > before.deadline ||
                    (item.deadline == before.deadline && item.number > before.number));
        before = item;
        i++;
    }
    weir_drop(stream);
    weir_delays_drop(many);
    test_cx_fini(&test);
}

int stage_delay_queue(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(by_deadline, begin, end),
        cmocka_unit_test_setup_teardown(bounded, begin, end),
        cmocka_unit_test(without_any),
        cmocka_unit_test_setup_teardown(removed_and_reset, begin, end),
        cmocka_unit_test_setup_teardown(changed_while_it_waits, begin, end),
        cmocka_unit_test_setup_teardown(no_memory, begin, end),
        cmocka_unit_test_setup_teardown(ten_thousand_in_order, begin, end)};
    return cmocka_run_group_tests_name("delay_queue", tests, NULL, NULL);
}
