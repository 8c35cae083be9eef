/* Who reads faster than a full queue is looked at again has that done: by a librdkafka before 2.2,
 * whose threads are woken. The linker puts the call in the place of librdkafka's
 * (tests/meson.build). */

#include "broker.h"

static unsigned woken;
static char said[40]; /* by the last of these */

rd_kafka_error_t *__real_rd_kafka_sasl_set_credentials(rd_kafka_t *rk, const char *name,
                                                       const char *password);
rd_kafka_error_t *__wrap_rd_kafka_sasl_set_credentials(rd_kafka_t *rk, const char *name,
                                                       const char *password);
rd_kafka_error_t *__wrap_rd_kafka_sasl_set_credentials(rd_kafka_t *rk, const char *name,
                                                       const char *password)
{
    woken++;
    snprintf(said, sizeof said, "%s:%s", name, password);
    return __real_rd_kafka_sasl_set_credentials(rk, name, password);
}

static void read_topic(const struct topic *topic, size_t buffer_bytes, unsigned n,
                       const char *const *options)
{
    weir_message message;
    weir_kafka_from from = from_of(topic, NULL);
    from.buffer_bytes_max = buffer_bytes;
    from.options = options ? options : from.options;
    weir_stream *stream = weir_kafka(&from);
    for (unsigned i = 0; i < n; i++)
        take(stream, &message);
    weir_drop(stream);
}

/* As often as what it held is half gone, and not for each message. */
static void full_queues_are_looked_at_again(void **state)
{
    (void)state;
    enum { N = 60000, LEAST = 256 };
    struct topic topic = broker_make("room", 1);
    broker_publish(&topic, 0, N, 10);
    woken = 0;
    read_topic(&topic, 1 << 20, N, NULL);
    if (rd_kafka_version() >= 0x02020000)
        assert_int_equal(woken, 0); /* it looks by itself */
    else
        assert_in_range(woken, 2, N / (LEAST / 2));
}

/* What comes one by one wakes nobody. */
static void few_messages_wake_nobody(void **state)
{
    (void)state;
    struct topic topic = broker_make("few", 1);
    broker_publish(&topic, 0, 200, 10);
    woken = 0;
    read_topic(&topic, 1 << 20, 200, NULL);
    assert_int_equal(woken, 0);
}

/* A name and a password that are used stay as they are. */
static void names_stay(void **state)
{
    (void)state;
    enum { N = 20000 };
    static const char *const options[] = {"sasl.username=me", "sasl.password=secret",
                                          "fetch.wait.max.ms=20", NULL};
    struct topic topic = broker_make("named", 1);
    broker_publish(&topic, 0, N, 10);
    woken = 0;
    said[0] = '\0';
    read_topic(&topic, 1 << 18, N, options);
    if (woken)
        assert_string_equal(said, "me:secret");
}

int kafka_room(void)
{
    const struct CMUnitTest tests[] = {
        TEST(full_queues_are_looked_at_again),
        TEST(few_messages_wake_nobody),
        TEST(names_stay),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: room", tests, NULL, NULL);
    broker_end();
    return failed;
}
