/* queue: what is offered by hand, within its bound, as its strategy says. */

#include "stages.h"

#include "weir/buffer.h"

static weir_queue_handle *queue;
static weir_stream *stream;
static struct test_cx test;
static struct trace so_far;

static void begin(size_t n, weir_overflow overflow)
{
    stream = weir_queue(&tracked_type, n, overflow, &queue);
    test_cx_init(&test);
}

static weir_sent offer(int64_t number)
{
    struct tracked item = tracked_make(number);
    weir_sent sent = weir_queue_offer(queue, &item);
    if (sent != WEIR_SENT && sent != WEIR_SENT_DROPPED)
        tracked_drop(item);
    return sent;
}

static const char *polls(size_t demand)
{
    so_far = (struct trace){0};
    trace_poll(&so_far, stream, &test, demand);
    return so_far.text;
}
#define says(demand, text) assert_string_equal(polls(demand), text)

static void end(void)
{
    weir_drop(stream);
    weir_queue_drop(queue);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

struct holder {
    weir_queue_handle *queue;
};
static void holder_drop(const weir_type *type, void *item)
{
    (void)type;
    weir_queue_drop(((struct holder *)item)->queue);
}
static const weir_type holder_type = WEIR_TYPE_OWNING(struct holder, holder_drop);

/* The last who may offer waits in the queue itself. */
static void test_own_handle_inside(void **state)
{
    (void)state;
    stream = weir_queue(&holder_type, 2, WEIR_OVERFLOW_BACKPRESSURE, &queue);
    assert_int_equal(weir_queue_offer(queue, &(struct holder){NULL}), WEIR_SENT);
    assert_int_equal(weir_queue_offer(queue, &(struct holder){queue}), WEIR_SENT);
    weir_drop(stream);
}

static void test_in_order(void **state)
{
    (void)state;
    begin(3, WEIR_OVERFLOW_BACKPRESSURE);
    says(1, "P");
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_ITEM);
    assert_int_equal(offer(1), WEIR_SENT);
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(offer(2), WEIR_SENT);
    assert_int_equal(offer(3), WEIR_SENT);
    assert_int_equal(offer(4), WEIR_SENT_FULL);
    check_hint(stream, 3, WEIR_HINT_UNKNOWN);
    says(2, "1 2");
    assert_int_equal(offer(4), WEIR_SENT);
    assert_int_equal(offer(5), WEIR_SENT);
    says(8, "3 4 5");
    says(8, "P");
    weir_queue_drop(queue);
    queue = NULL;
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(offer(6), WEIR_SENT_CLOSED);
    says(8, "$");
    end();
}

static void test_strategies(void **state)
{
    (void)state;
    static const struct {
        weir_overflow overflow;
        weir_sent last;
        const char *gives;
        uint64_t dropped;
    } rows[] = {
        {WEIR_OVERFLOW_BACKPRESSURE, WEIR_SENT_FULL, "1 2 3", 0},
        {WEIR_OVERFLOW_DROP_HEAD, WEIR_SENT, "3 4 5", 2},
        {WEIR_OVERFLOW_DROP_TAIL, WEIR_SENT, "1 2 5", 2},
        {WEIR_OVERFLOW_DROP_NEW, WEIR_SENT_DROPPED, "1 2 3", 2},
        {WEIR_OVERFLOW_DROP_BUFFER, WEIR_SENT, "4 5", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(3, rows[i].overflow);
        weir_sent last = WEIR_SENT;
        for (int64_t number = 1; number <= 5; number++)
            last = offer(number);
        assert_int_equal(last, rows[i].last);
        assert_int_equal(weir_queue_dropped(queue), rows[i].dropped);
        says(8, rows[i].gives);
        end();
    }
}

/* FAIL, and a failure that is told: behind the items. */
static void test_failures(void **state)
{
    (void)state;
    begin(1, WEIR_OVERFLOW_FAIL);
    assert_int_equal(offer(1), WEIR_SENT);
    assert_int_equal(offer(2), WEIR_SENT_CLOSED);
    assert_int_equal(offer(3), WEIR_SENT_CLOSED);
    says(8, "1");
    says(8, "!!LIMIT");
    assert_non_null(strstr(so_far.error.message, "the queue holds 1 items"));
    says(8, "$");
    end();
    begin(2, WEIR_OVERFLOW_BACKPRESSURE);
    says(8, "P");
    weir_error error;
    weir_error_set(&error, WEIR_E_USER, "no more")->number = 9;
    weir_queue_fail(queue, &error);
    assert_int_equal(test.waker->wakes, 1);
    weir_queue_fail(queue, &error);
    says(8, "!!9");
    end();
    begin(2, WEIR_OVERFLOW_BACKPRESSURE);
    assert_int_equal(offer(1), WEIR_SENT);
    weir_drop(stream);
    stream = NULL;
    assert_int_equal(offer(2), WEIR_SENT_CLOSED);
    end();
    weir_queue_fail(NULL, &error);
    assert_int_equal(weir_queue_dropped(NULL), 0);
}

static void test_refused(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_queue(&tracked_type, 0, 0, &queue), 1), "!!ARGUMENT $");
    assert_null(queue);
    assert_string_equal(trace(weir_queue(&weir_type_line, 1, 0, &queue), 1), "!!TYPE $");
    assert_string_equal(trace(weir_queue(&tracked_type, SIZE_MAX / 2, 0, &queue), 1), "!!MEMORY $");
    assert_string_equal(trace(weir_queue(&tracked_type, SIZE_MAX, 0, &queue), 1), "!!MEMORY $");
    assert_int_equal(offer(1), WEIR_SENT_CLOSED);
    weir_queue_drop(queue);
}

int stage_queue(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order), cmocka_unit_test(test_own_handle_inside),
        cmocka_unit_test(test_strategies), cmocka_unit_test(test_failures),
        cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
