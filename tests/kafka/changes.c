/* What may happen to brokers and to a group's position, and to who reads. */

#include "broker.h"

static weir_stream *settled_of(const weir_kafka_from *from)
{
    return weir_settle_here(weir_kafka(from));
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    static const char *const ours[] = {"enable.auto.commit=true", NULL};
    weir_stream *stream = settled_of(&WEIR_KAFKA_FROM(.at = broker.at));
    expect_error(stream, WEIR_E_ARGUMENT, true, "no topic is named");
    weir_drop(stream);
    stream =
        settled_of(&WEIR_KAFKA_FROM(.at = broker.at, .topics = "x", .group = "x", .options = ours));
    expect_error(stream, WEIR_E_ARGUMENT, true,
                 "option 'enable.auto.commit': it is not to be changed here");
    weir_drop(stream);
}

static void missing_topics_are_told(void **state)
{
    (void)state;
    if (broker.real)
        skip(); /* it may make them */
    broker_do("missing nowhere");
    weir_stream *stream = weir_kafka(&WEIR_KAFKA_FROM(.at = broker.at, .topics = "nowhere"));
    expect_error(stream, WEIR_E_ARGUMENT, true, "topic 'nowhere': there is none");
    weir_drop(stream);
}

/* Nobody decides for the user whether what is stored already counts. */
static void no_position_is_told(void **state)
{
    (void)state;
    struct topic topic = broker_make("fresh", 1);
    broker_publish(&topic, 0, 1, 10);
    weir_kafka_from from = from_of(&topic, topic.name);
    from.start = WEIR_KAFKA_START_UNSAID;
    weir_stream *stream = settled_of(&from);
    char text[200];
    snprintf(text, sizeof text, "group '%s' has no position in '%s'", topic.name, topic.name);
    expect_error(stream, WEIR_E_ARGUMENT, true, text);
    assert_non_null(strstr(error.cure, "WEIR_KAFKA_START_FIRST"));
    weir_drop(stream);
}

static void brokers_come_back(void **state)
{
    (void)state;
    weir_message message;
    if (broker.real)
        skip();
    struct topic topic = broker_make("back", 1);
    broker_publish(&topic, 0, 1, 10);
    weir_kafka_from from = from_of(&topic, NULL);
    weir_stream *stream = weir_kafka(&from);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    broker_do("down 1");
    expect_error(stream, WEIR_E_CLOSED, false, "no broker answers");
    broker_do("up 1");
    broker_publish(&topic, 1, 1, 10);
    expect_error(stream, WEIR_E_CLOSED, false, "a broker is there again");
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_int_equal(number_of(&message), 1);
    weir_drop(stream);
}

/* The brokers hear nothing of a thread that is blocked: that is said, and how long it may be. */
static void blocked_ones_are_thrown_out(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    struct topic topic = broker_make("blocked", 1);
    broker_publish(&topic, 0, 1000, 10);
    weir_kafka_from from = from_of(&topic, topic.name);
    weir_stream *stream = keeper_over(weir_kafka(&from), &keeper);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    usleep(broker.real ? 7500000 : 5500000); /* longer than max.poll.interval.ms of from_of() */
    weir_state got = WEIR_READY;
    for (unsigned i = 0; i < 1000 && got == WEIR_READY; i++)
        got = weir_rt_next(rt, stream, &message, &error);
    assert_int_equal(got, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT);
    assert_true(error.fatal);
    assert_non_null(strstr(error.message, "thrown out of group '"));
    assert_non_null(strstr(error.message, topic.name));
    weir_drop(stream);
    keeper_settle(&keeper, false);
}

int kafka_changes(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wrong_arguments_are_refused), TEST(missing_topics_are_told),
        TEST(no_position_is_told),         TEST(brokers_come_back),
        TEST(blocked_ones_are_thrown_out),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: changes", tests, NULL, NULL);
    broker_end();
    return failed;
}
