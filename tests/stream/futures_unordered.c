/* futures_unordered: results as they complete, of a set that is pushed to. */

#include "core/in_flight.h"
#include "sets.h"

static void test_completion_order(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_futures_unordered, 3);
    rig_push(rig, 0, "P 1");
    rig_push(rig, 1, "P 2");
    rig_push(rig, 2, "P 3");
    for (int i = 0; i < 2; i++)
        rig_poll(rig);
    rig_wake(rig, 1);
    rig_poll(rig);
    rig_wake(rig, 2);
    rig_wake(rig, 0);
    for (int i = 0; i < 3; i++)
        rig_poll(rig);
    assert_string_equal(rig_seen(rig), "P P 2 3 1 $");
    rig_end(rig);
}

static void test_len(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_futures_unordered, 4);
    for (int i = 0; i < 3; i++)
        rig_push(rig, i, i == 0 ? "P 7" : i == 1 ? "P 4" : "P 5");
    rig_poll(rig);
    assert_int_equal(weir_set_len(rig->set), 3);
    static const int order[] = {1, 2, 3, 0};
    static const size_t left[] = {2, 2, 1, 0};
    for (int i = 0; i < 4; i++) {
        rig_wake(rig, order[i]);
        rig_poll(rig);
        assert_int_equal(weir_set_len(rig->set), left[i]);
        if (i == 0) {
            rig_push(rig, 3, "P 6");
            assert_int_equal(weir_set_len(rig->set), 3);
            rig_poll(rig);
        }
    }
    rig_poll(rig);
    assert_string_equal(rig_seen(rig), "P 4 P 5 6 7 $");
    rig_end(rig);
}

/* Each of a set is polled once in a poll of the set, however many there are. */
static void test_each_once(void **state)
{
    (void)state;
    for (int n = 10; n <= 33; n += 23) {
        struct rig *rig = rig_begin(weir_futures_unordered, 33);
        for (int i = 0; i < n; i++)
            rig_push(rig, i, "P~");
        rig_poll(rig);
        assert_string_equal(rig_seen(rig), "P");
        for (int i = 0; i < n; i++)
            assert_int_equal(rig->scripts[i].polls, 1);
        rig_end(rig);
    }
}

/* A future stays where it is, from its first poll to its last. */
struct still {
    weir_stream stream;
    const void *first;
};

static weir_poll still_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct still *self = WEIR_SELF(struct still, stream);
    (void)demand;
    if (!self->first) {
        self->first = self;
        return weir_wait_turn(cx);
    }
    struct tracked item = tracked_make(self->first == self);
    memcpy(out, &item, sizeof item);
    return (weir_poll){1, WEIR_END};
}

static void test_addresses(void **state)
{
    (void)state;
    static const weir_stream_ops ops = {
        .size = sizeof ops, .name = "still", .poll_next = still_poll_next};
    struct rig *rig = rig_begin(weir_futures_unordered, 3);
    for (int i = 0; i < 3; i++) {
        weir_stream *future = weir_source_new(sizeof(struct still), &ops, &tracked_type);
        future->stage.one = true;
        assert_true(weir_set_push(rig->set, future));
    }
    trace_run(&rig->seen, rig->stream, &rig->test, 1);
    assert_string_equal(rig_seen(rig), "P 1 1 1 $");
    rig_end(rig);
}

/* Those who would have completed the futures see that nobody waits, when the set is dropped. */
static void test_drop(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_futures_unordered, 3);
    for (int i = 0; i < 3; i++)
        rig_push(rig, i, "P 1");
    rig_poll(rig);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rig->scripts[i].finis, 0);
    weir_drop(rig->stream);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rig->scripts[i].finis, 1);
        assert_false(script_wake(&rig->scripts[i]));
    }
    rig->stream = NULL;
    rig_end(rig);
}

/* A future that is told to give up gives an error instead. */
struct job {
    bool cancelled;
    weir_waker_slot slot;
};

static weir_poll job_poll(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct job *job = arg;
    (void)out, (void)demand;
    if (!job->cancelled)
        return weir_wait(cx, &job->slot, WEIR_WAIT_PEER);
    weir_fail(cx, WEIR_E_CANCELLED, "given up");
    cx->error.fatal = false;
    cx->error.number = 9;
    return (weir_poll){0, WEIR_ERROR};
}

static void test_cancel_every_member(void **state)
{
    (void)state;
    struct job jobs[3] = {{0}};
    struct rig *rig = rig_begin(weir_futures_unordered, 3);
    weir_stream *futures[3];
    for (int i = 0; i < 3; i++) {
        futures[i] = weir_future_fn(&tracked_type, job_poll, &jobs[i]);
        assert_true(weir_set_push(rig->set, futures[i]));
    }
    rig_poll(rig);
    unsigned met = 0;
    weir_stream *member;
    for (size_t i = 0; (member = weir_set_member(rig->set, i)); i++)
        for (unsigned j = 0; j < 3; j++)
            if (member == futures[j]) {
                met |= 1u << j;
                jobs[j].cancelled = true;
                weir_waker_slot_wake(&jobs[j].slot);
            }
    assert_int_equal(met, 7);
    trace_run(&rig->seen, rig->stream, &rig->test, 1);
    assert_string_equal(rig_seen(rig), "P !9 !9 !9 $");
    rig_end(rig);
}

static void test_taken_apart(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_futures_unordered, 4);
    for (int i = 0; i < 4; i++)
        rig_push(rig, i, "P~ 1");
    rig_poll(rig);
    for (int i = 0; i < 2; i++)
        weir_drop(weir_set_take(rig->set));
    assert_int_equal(weir_set_len(rig->set), 2);
    weir_drop(rig->stream);
    rig->stream = NULL;
    for (int i = 0; i < 4; i++)
        assert_int_equal(rig->scripts[i].finis, 1);
    rig_end(rig);
}

static void test_batches(void **state)
{
    (void)state;
    struct rig *rig = rig_begin(weir_futures_unordered, 5);
    rig_push(rig, 0, "1");
    rig_push(rig, 1, "P 2");
    rig_push(rig, 2, "3");
    rig_push(rig, 3, "!4");
    rig_push(rig, 4, "$"); /* no result: as if it had not been */
    trace_poll(&rig->seen, rig->stream, &rig->test, 8);
    assert_string_equal(rig_seen(rig), "1 3");
    trace_poll(&rig->seen, rig->stream, &rig->test, 8);
    assert_string_equal(rig_seen(rig), "!4");
    rig->seen.no_pending = true;
    trace_run(&rig->seen, rig->stream, &rig->test, 8);
    assert_string_equal(rig_seen(rig), "2 $");
    rig_end(rig);
}

/* They complete while the consumer is busy; nothing more is pushed than the limit says. */
static void test_between_polls(void **state)
{
    (void)state;
    weir_in_flight_list list = {0};
    struct rig *rig = rig_begin(weir_futures_unordered, 3);
    rig_push(rig, 0, "1");
    rig_push(rig, 1, "P 2");
    rig_push(rig, 2, "P !3");
    test_cx_turn(&rig->test);
    weir_in_flight_turn(&rig->test.cx, &list);
    rig_poll(rig);
    for (int turns = 0; turns < 3; turns++) {
        doubles_wake_all();
        test_cx_turn(&rig->test);
        weir_in_flight_turn(&rig->test.cx, &list);
        weir_in_flight_progress(&rig->test.cx);
    }
    assert_int_equal(rig->scripts[1].finis + rig->scripts[2].finis, 2);
    assert_int_equal(weir_set_len(rig->set), 2);
    rig_push(rig, 3, "4");
    weir_stream *more = rig_member(rig, 4, "5", true);
    assert_false(weir_set_push(rig->set, more));
    weir_drop(more);
    trace_run(&rig->seen, rig->stream, &rig->test, 1);
    assert_string_equal(rig_seen(rig), "1 2 !3 4 $");
    rig_end(rig);
}

int stage_futures_unordered(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_completion_order),
                                       cmocka_unit_test(test_len),
                                       cmocka_unit_test(test_each_once),
                                       cmocka_unit_test(test_addresses),
                                       cmocka_unit_test(test_drop),
                                       cmocka_unit_test(test_cancel_every_member),
                                       cmocka_unit_test(test_taken_apart),
                                       cmocka_unit_test(test_batches),
                                       cmocka_unit_test(test_between_polls)};
    return cmocka_run_group_tests_name("futures_unordered", tests, NULL, NULL);
}
