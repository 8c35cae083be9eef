/* A sink that is slow, and one that blocks. */

#include "broker.h"

static weir_stream *wait_long(weir_message message, void *arg)
{
    (void)message, (void)arg;
    return weir_sleep(5000000000);
}
WEIR_THEN_FN(wait_fn, wait_long, weir_message, unsigned char, .from = &weir_type_message,
             .to = &weir_type_unit)

/* What is behind it works for twice as long as the group waits for a poll: it is a member still. */
static void slow_sinks_stay_members(void **state)
{
    (void)state;
    static struct keeper keeper;
    struct topic topic = broker_make("slow", 2);
    broker_publish(&topic, 0, 1000, 10);
    weir_kafka_from from = from_of(&topic, topic.name);
    weir_stream *stream = weir_then(keeper_over(weir_kafka(&from), &keeper), &wait_fn, NULL);
    unsigned char unit;
    for (unsigned i = 0; i < 2; i++)
        if (weir_rt_next(rt, stream, &unit, &error) != WEIR_READY)
            fail_msg("%s", error.message);
    weir_drop(stream);
    keeper_settle(&keeper, true);
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
    usleep(6000000);
    weir_state got = WEIR_READY;
    for (unsigned i = 0; i < 1000 && got == WEIR_READY; i++)
        got = weir_rt_next(rt, stream, &message, &error);
    assert_int_equal(got, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT);
    assert_true(error.fatal);
    assert_non_null(strstr(error.message, "thrown out of group 'blocked'"));
    weir_drop(stream);
    keeper_settle(&keeper, false);
}

int kafka_slow(void)
{
    const struct CMUnitTest tests[] = {
        TEST(slow_sinks_stay_members),
        TEST(blocked_ones_are_thrown_out),
    };
    broker_begin(1);
    int failed = cmocka_run_group_tests_name("kafka: slow", tests, NULL, NULL);
    broker_end();
    return failed;
}
