/* Dropped at any moment, and each allocation failing once: nothing is lost or leaked. */

#include "broker.h"

enum { N = 40 };

/* ---- dropped ---- */

static void drop_after(weir_stream *stream, uint64_t ms)
{
    weir_message message;
    stream = weir_take_until(stream, weir_sleep(ms * 1000000));
    while (weir_rt_next(rt, stream, &message, &error) == WEIR_READY)
        ;
    weir_drop(stream);
}

/* While it joins, has joined, has messages: the next one has all of them. */
static void members_are_dropped_anywhere(void **state)
{
    (void)state;
    static const uint64_t moments_ms[] = {0, 1, 3, 10, 40, 150, 500, 3200};
    static struct keeper keeper;
    weir_message message;
    bool seen[N] = {false};
    struct topic topic = broker_make("dropped", 2);
    broker_publish(&topic, 0, N, 10);
    weir_kafka_from from = from_of(&topic, topic.name);
    weir_drop(keeper_over(weir_kafka(&from), &keeper)); /* never polled */
    for (unsigned i = 0; i < sizeof moments_ms / sizeof *moments_ms; i++)
        drop_after(keeper_over(weir_kafka(&from), &keeper), moments_ms[i]);
    keeper_settle(&keeper, false);
    weir_stream *stream = keeper_over(weir_kafka(&from), &keeper);
    for (unsigned left = N; left;) {
        if (weir_rt_next(rt, stream, &message, &error) != WEIR_READY)
            fail_msg("%s", error.message);
        left -= !seen[number_of(&message)];
        seen[number_of(&message)] = true;
    }
    weir_drop(stream);
    keeper_settle(&keeper, true);
}

static void sinks_are_dropped_anywhere(void **state)
{
    (void)state;
    static const uint64_t moments_ms[] = {0, 1, 2, 5, 20};
    struct topic topic = broker_make("unfinished", 2);
    uint64_t n;
    for (unsigned i = 0; i < sizeof moments_ms / sizeof *moments_ms; i++) {
        weir_stream *sink = weir_to_kafka(
            lines(100000), &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name, .open_max = 50));
        sink = weir_take_until(sink, weir_sleep(moments_ms[i] * 1000000));
        weir_state got = weir_rt_next(rt, sink, &n, &error);
        assert_true(got == WEIR_END || got == WEIR_READY);
        weir_drop(sink);
    }
}

/* ---- without memory ---- */

static struct topic mem, made;

static void read_some(void)
{
    weir_kafka_from from = from_of(&mem, NULL);
    weir_stream *stream = weir_kafka(&from);
    read_all(stream, N);
    weir_drop(stream);
}

static void write_some(void)
{
    weir_kafka_into into = WEIR_KAFKA_INTO(.at = broker.at, .topic = made.name);
    run_or_fail(weir_to_kafka(lines(N), &into), N);
}

static void memory_fails_anywhere(void **state)
{
    (void)state;
    mem = broker_make("mem", 1);
    made = broker_make("made", 1);
    broker_publish(&mem, 0, N, 10);
    each_allocation_fails(NULL, NULL, read_some);
    each_allocation_fails(NULL, NULL, write_some);
}

int kafka_dropped(void)
{
    const struct CMUnitTest tests[] = {
        TEST(members_are_dropped_anywhere),
        TEST(sinks_are_dropped_anywhere),
        cmocka_unit_test(memory_fails_anywhere),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: dropped", tests, NULL, NULL);
    broker_end();
    return failed;
}
