/* Messages of a group: all come, what is settled is where the group stands, and nothing else is. */

#include "broker.h"

static weir_stream *messages(const struct topic *topic, struct keeper *keeper)
{
    weir_kafka_from from = from_of(topic, topic->name);
    return keeper_over(weir_kafka(&from), keeper);
}

/* ---- what comes ---- */

static void read_all_in_order(weir_stream *stream, unsigned n, int64_t next[], unsigned parts)
{
    weir_message message;
    for (unsigned i = 0; i < n; i++) {
        take(stream, &message);
        assert_int_equal(message.offset, next[message.partition]++);
        assert_int_equal(number_of(&message), message.offset * parts + (unsigned)message.partition);
        assert_int_equal(message.value.size, 100);
        assert_null(message.key.data);
        assert_true(message.time_ns > 1600000000000000000);
    }
}

/* And what is not settled comes again, to whoever is next. */
static void everything_comes(void **state)
{
    (void)state;
    enum { N = 4000, PARTS = 4 };
    static struct keeper keeper, second;
    int64_t next[PARTS] = {0};
    struct topic topic = broker_make("all", PARTS);
    broker_publish(&topic, 0, N, 100);
    weir_stream *stream = messages(&topic, &keeper);
    read_all_in_order(stream, N, next, PARTS);
    assert_int_equal(broker_settled(&topic, topic.name), 0);
    keeper_settle(&keeper, true);
    int64_t behind = N - (int64_t)keeper.upto; /* the last mark */
    assert_in_range(behind, 0, 128);
    weir_drop(stream); /* it is told all the same */
    assert_int_equal(broker_wait_settled(&topic, topic.name, N - behind), N - behind);
    stream = messages(&topic, &second);
    weir_message message;
    for (int64_t i = 0; i < behind; i++)
        take(stream, &message);
    weir_drop(stream);
    keeper_settle(&second, true);
}

/* Behind what was taken, of all partitions. */
static void what_is_to_come_is_known(void **state)
{
    (void)state;
    enum { N = 4000, PARTS = 4 };
    static struct keeper keeper;
    struct topic topic = broker_make("lag", PARTS);
    weir_kafka_from from = from_of(&topic, topic.name);
    weir_message message;
    broker_publish(&topic, 0, N, 100);
    weir_stream *inner = weir_kafka(&from), *stream = keeper_over(inner, &keeper);
    assert_true(weir_kafka_lag(inner) == WEIR_LAG_UNKNOWN);
    for (unsigned i = 0; i < N; i++) {
        take(stream, &message);
        assert_true(weir_kafka_lag(inner) < N - i);
    }
    assert_int_equal(weir_kafka_lag(inner), 0);
    assert_true(weir_kafka_lag(stream) == WEIR_LAG_UNKNOWN); /* it is none of its */
    keeper_settle(&keeper, true);
    weir_drop(stream);
}

static void what_sorts_is_told_of_the_limit(void **state)
{
    (void)state;
    enum { N = 1000 };
    struct topic topic = broker_make("sort", 2);
    broker_publish(&topic, 0, N, 100);
    weir_kafka_from from = from_of(&topic, topic.name);
    from.marks_max = 2;
    sorts_to_the_limit(weir_kafka(&from), N);
}

/* ---- limits ---- */

enum { AT_ONCE = 4 };
static struct {
    struct keeper keeper;
    unsigned most;
    bool done;
} bounded;

/* Nothing is settled before the limit is reached. */
static void *settle_when_full(void *arg)
{
    while (!__atomic_load_n(&bounded.done, __ATOMIC_ACQUIRE)) {
        usleep(5000);
        unsigned open =
            __atomic_load_n(&bounded.keeper.n, __ATOMIC_ACQUIRE) - bounded.keeper.settled;
        bounded.most = open > bounded.most ? open : bounded.most;
        if (open >= AT_ONCE)
            keeper_settle(&bounded.keeper, true);
    }
    return arg;
}

/* At the limit nothing comes; a settled mark makes room. */
static void what_is_open_is_bounded(void **state)
{
    (void)state;
    enum { N = 2000 };
    weir_message message;
    struct topic topic = broker_make("open", 2);
    broker_publish(&topic, 0, N, 10);
    weir_kafka_from from = from_of(&topic, topic.name);
    from.marks_max = AT_ONCE;
    weir_stream *stream = keeper_over(weir_kafka(&from), &bounded.keeper);
    pthread_t thread = later(settle_when_full, NULL);
    for (unsigned i = 0; i < N; i++)
        take(stream, &message);
    __atomic_store_n(&bounded.done, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    assert_int_equal(bounded.most, AT_ONCE);
    weir_drop(stream);
    keeper_settle(&bounded.keeper, true);
}

int kafka_source(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_comes),
        TEST(what_is_to_come_is_known),
        TEST(what_sorts_is_told_of_the_limit),
        TEST(what_is_open_is_bounded),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: source", tests, NULL, NULL);
    broker_end();
    return failed;
}
