/* What is lost by a sink. */

#include "broker.h"

#include <pthread.h>

static weir_stream *messages(const struct topic *topic, struct keeper *keeper)
{
    weir_kafka_from from = from_of(topic, topic->name);
    return keeper_over(weir_kafka(&from), keeper);
}

static void take(weir_stream *stream, weir_message *message)
{
    if (weir_rt_next(rt, stream, message, &error) != WEIR_READY)
        fail_msg("no message, but %s", error.message);
}

static pthread_t later(void *(*f)(void *arg), void *arg)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, f, arg), 0);
    return thread;
}

static void *publish_more(void *topic)
{
    usleep(200000);
    broker_publish(topic, 3, 1, 10);
    return NULL;
}

/* Lost by its sink: it comes again, and all that came behind it. */
static void what_is_lost_comes_again(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    struct topic topic = broker_make("lost", 1);
    broker_publish(&topic, 0, 3, 10);
    weir_stream *stream = messages(&topic, &keeper);
    for (unsigned i = 0; i < 3; i++)
        take(stream, &message);
    pthread_t thread = later(publish_more, &topic);
    take(stream, &message); /* nothing was there: so a mark came before it */
    pthread_join(thread, NULL);
    assert_int_equal(number_of(&message), 3);
    assert_true(keeper.n >= 1);
    keeper_settle(&keeper, false);
    for (unsigned i = 0; i < 4; i++) {
        take(stream, &message);
        assert_int_equal(number_of(&message), i);
    }
    assert_int_equal(broker_settled(&topic, topic.name), 0);
    weir_drop(stream);
    keeper_settle(&keeper, false);
}

int kafka_lost(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_lost_comes_again),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: lost", tests, NULL, NULL);
    broker_end();
    return failed;
}
