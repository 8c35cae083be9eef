/* The end: what was given is settled and accepted before. */

#include "broker.h"

static weir_stream *messages(const struct topic *topic, struct keeper *keeper)
{
    weir_kafka_from from = from_of(topic, topic->name);
    return keeper_over(weir_kafka(&from), keeper);
}

/* What was given has time to be settled, and that is accepted before the end comes. */
static void stop_drains(void **state)
{
    (void)state;
    enum { N = 1000, TAKEN = 10 };
    static struct keeper keeper;
    weir_message message;
    struct topic topic = broker_make("stop", 1);
    broker_publish(&topic, 0, N, 10);
    weir_stream *stream = messages(&topic, &keeper);
    for (unsigned i = 0; i < TAKEN; i++)
        take(stream, &message);
    weir_rt_stop(rt);
    pthread_t thread = later(settle_later, &keeper);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
    pthread_join(thread, NULL);
    assert_int_equal(keeper.settled, keeper.n); /* they were waited for */
    assert_int_equal(broker_settled(&topic, topic.name), TAKEN);
    weir_drop(stream);
}

/* What nobody settles is waited for no longer than was said. */
static void stop_does_not_wait_for_ever(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    struct topic topic = broker_make("never", 1);
    broker_publish(&topic, 0, 1, 10);
    weir_kafka_from from = from_of(&topic, topic.name);
    from.drain_ns = 200000000;
    weir_stream *stream = keeper_over(weir_kafka(&from), &keeper);
    take(stream, &message);
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
    assert_int_equal(keeper.n, 1);
    weir_drop(stream);
    keeper_settle(&keeper, true); /* late, and harmless */
}

/* Stops its runtime when number 1 comes, and the large one behind it; settles all marks. */
struct stopper {
    weir_stream stream;
    const struct topic *topic;
    bool published;
};

static weir_poll stopper_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct stopper *self = WEIR_SELF(struct stopper, stream);
    weir_message some[64];
    (void)out, (void)demand;
    weir_poll got = weir_poll_next(weir_source(stream), cx, some, 64);
    if (got.n && self->published)
        weir_rt_stop(rt);
    if (got.state != WEIR_MARK)
        return (weir_poll){0, got.state};
    weir_mark_settle(weir_mark_take(cx), true);
    if (!self->published) {
        self->published = true;
        broker_publish(self->topic, 1, 1, 10);
        broker_publish(self->topic, 2, 1, 3000);
        /* weir-lint: allow(blocking_in_async) both are fetched before the next poll */
        usleep(500000);
    }
    return (weir_poll){0, WEIR_READY};
}

static const weir_stream_ops stopper_ops = {.size = sizeof stopper_ops,
                                            .name = "stopper",
                                            .poll_next = stopper_poll_next,
                                            .marks = WEIR_MARKS_SETTLE};

/* It counts as given: so nobody would hear of it. */
static void large_ones_are_told_before_a_stop(void **state)
{
    (void)state;
    unsigned char unit;
    struct topic topic = broker_make("large-stop", 1);
    broker_publish(&topic, 0, 1, 10);
    weir_kafka_from from = from_of(&topic, topic.name);
    from.message_bytes_max = 1000;
    weir_stream *stream =
        weir_stream_new(weir_kafka(&from), sizeof(struct stopper), &stopper_ops, &weir_type_unit);
    WEIR_SELF(struct stopper, stream)->topic = &topic;
    assert_int_equal(weir_rt_next(rt, stream, &unit, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(weir_rt_next(rt, stream, &unit, &error), WEIR_END);
    weir_drop(stream);
    assert_int_equal(broker_wait_settled(&topic, topic.name, 3), 3);
}

int kafka_stop(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stop_drains),
        TEST(stop_does_not_wait_for_ever),
        TEST(large_ones_are_told_before_a_stop),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: stop", tests, NULL, NULL);
    broker_end();
    return failed;
}
