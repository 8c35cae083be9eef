/* A sink that is slow. */

#include "broker.h"

static weir_stream *wait_long(weir_message message, void *arg)
{
    (void)arg;
    return weir_sleep(message.offset ? 0 : 5000000000);
}
WEIR_THEN_FN(wait_fn, wait_long, weir_message, unsigned char, .from = &weir_type_message,
             .to = &weir_type_unit)

/* What is behind it works for longer than the group waits for a poll: it is a member still. */
static void slow_sinks_stay_members(void **state)
{
    (void)state;
    static struct keeper keeper;
    struct topic topic = broker_make("slow", 1);
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

int kafka_slow(void)
{
    const struct CMUnitTest tests[] = {
        TEST(slow_sinks_stay_members),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: slow", tests, NULL, NULL);
    broker_end();
    return failed;
}
