/* A sink that is slow. */

#include "broker.h"

#include <unistd.h>

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

static size_t resident_bytes(void)
{
    size_t pages = 0;
    FILE *from = fopen("/proc/self/statm", "re");
    assert_non_null(from);
    assert_int_equal(fscanf(from, "%*u %zu", &pages), 1);
    fclose(from);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* What librdkafka has beside each message counts too: 100 000 of them would take 32 MB, and what
 * may wait here is 6553, and one answer of a broker. */
static void short_ones_are_counted(void **state)
{
    (void)state;
    enum { N = 100000 };
    static struct keeper keeper;
    struct topic topic = broker_make("short", 1);
    weir_message message;
    broker_publish(&topic, 0, N, 10);
    size_t before = resident_bytes();
    weir_kafka_from from = from_of(&topic, topic.name);
    from.buffer_bytes_max = 1 << 20;
    weir_stream *stream = keeper_over(weir_kafka(&from), &keeper);
    take(stream, &message);
    wait_ms(2500);
    size_t now = resident_bytes();
    assert_in_range(now > before ? now - before : 0, 0, 20000000);
    weir_drop(stream);
    keeper_settle(&keeper, false);
}

int kafka_slow(void)
{
    const struct CMUnitTest tests[] = {
        TEST(slow_sinks_stay_members),
        TEST(short_ones_are_counted),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: slow", tests, NULL, NULL);
    broker_end();
    return failed;
}
