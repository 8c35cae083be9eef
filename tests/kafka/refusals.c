/* What does not fit, and is said; what is empty, and fits; and ends at odd times. */

#include "broker.h"
#include "kafka/link.h"
#include "weir/timed.h"

static weir_stream *reader_of(const struct topic *topic)
{
    weir_kafka_from from = from_of(topic, NULL);
    return weir_kafka(&from);
}

/* ---- who reads ---- */

static void a_member_may_be_refused(void **state)
{
    (void)state;
    if (broker.real)
        skip();
    struct topic topic = broker_make("closed", 1);
    weir_kafka_from from = from_of(&topic, topic.name);
    broker_do("error 11 30 1"); /* JoinGroup: not authorised */
    weir_stream *stream = weir_settle_here(weir_kafka(&from));
    expect_error(stream, WEIR_E_CLOSED, true, "the brokers refuse it");
    weir_drop(stream);
}

/* One of several brokers has a certificate that is refused: that all are away passes, where any was
 * there. */
static void one_certificate_of_many_ends_nothing(void **state)
{
    (void)state;
    struct topic topic = broker_make("many", 1);
    broker_publish(&topic, 0, 1, 10);
    struct weir_kafka_link *link =
        weir_kafka_link_new(&WEIR_KAFKA_FROM(.topics = topic.name, .group = "g"));
    struct weir_kafka_client *client = &link->client;
    client->rk = broker.producer; /* which knows them */
    client->lost = true;
    weir_kafka_note_error(client, RD_KAFKA_RESP_ERR__SSL, "certificate verify failed");
    assert_false(client->news.is);
    client->lost = false;
    weir_kafka_note_error(client, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "2/2 brokers are down");
    assert_true(client->news.is);
    assert_false(client->news.fatal);
    client->rk = NULL;
    weir_kafka_end(client);
}

static void *publish_late(void *topic)
{
    for (unsigned i = 0; i < 40; i++) { /* whenever it is there */
        broker_publish(topic, 10 + i, 1, 10);
        usleep(50000);
    }
    return topic;
}

static void new_ones_only(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("later", 1);
    broker_publish(&topic, 0, 10, 10);
    weir_kafka_from from = from_of(&topic, NULL);
    from.start = WEIR_KAFKA_START_NEW;
    weir_stream *stream = weir_kafka(&from);
    pthread_t thread = later(publish_late, &topic);
    take(stream, &message);
    assert_true(message.offset >= 10);
    pthread_join(thread, NULL);
    weir_drop(stream);
}

static void looks_are_dropped(void **state)
{
    (void)state;
    weir_message message;
    weir_stream *stream = weir_kafka(&WEIR_KAFKA_FROM(.at = "127.0.0.1:1", .topics = "x"));
    stream = weir_take_until(stream, weir_sleep(1000000));
    while (weir_rt_next(rt, stream, &message, &error) == WEIR_ERROR)
        ;
    weir_drop(stream);
}

/* Before it began; and when it has ended nobody knows what is to come. */
static void a_stop_ends_it_early(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("early", 1);
    broker_publish(&topic, 0, 1, 10);
    weir_stream *one = reader_of(&topic), *two = reader_of(&topic);
    take(one, &message);
    assert_int_equal(weir_kafka_lag(one), 0);
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, one, &message, &error), WEIR_END);
    assert_true(weir_kafka_lag(one) == WEIR_LAG_UNKNOWN);
    assert_int_equal(weir_rt_next(rt, two, &message, &error), WEIR_END);
    weir_drop(one);
    weir_drop(two);
}

/* ---- headers ---- */

static void publish_headed(const struct topic *topic, unsigned n, const char *value)
{
    static char one[] = "1";
    rd_kafka_headers_t *headers = rd_kafka_headers_new(n);
    for (unsigned i = 0; i < n; i++)
        rd_kafka_header_add(headers, "n", -1, value, -1);
    assert_int_equal(rd_kafka_producev(broker.producer, RD_KAFKA_V_TOPIC(topic->name),
                                       RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE(one, 1),
                                       RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(rd_kafka_flush(broker.producer, 5000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void headers_have_limits(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("headers", 1);
    publish_headed(&topic, 65, "v");
    publish_headed(&topic, 2, NULL);
    weir_stream *stream = reader_of(&topic);
    expect_error(stream, WEIR_E_LIMIT, false, "64 headers");
    assert_int_equal(error.record, 0);
    take(stream, &message);
    assert_int_equal(message.n_headers, 2);
    assert_string_equal(message.headers[0].value, ""); /* none is empty */
    weir_drop(stream);
}

/* So many that one batch has no room for those of all. */
static void headers_have_room_in_turns(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("rooms", 1);
    for (unsigned i = 0; i < 9; i++)
        publish_headed(&topic, 60, "v");
    weir_stream *stream = reader_of(&topic);
    for (unsigned i = 0; i < 9; i++) {
        take(stream, &message);
        assert_int_equal(message.n_headers, 60);
    }
    weir_drop(stream);
}

/* ---- who writes ---- */

static weir_line growing(int64_t i, void *arg)
{
    static const char text[8000] = "large";
    (void)arg;
    return (weir_line){i ? text : NULL, i < 3 ? (size_t)i : sizeof text};
}
WEIR_MAP_FN(growing_fn, growing, int64_t, weir_line, .to = &weir_type_line)

/* It waits for room first, as another would. */
static void what_never_fits_is_told_behind_the_rest(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("grown", 1);
    fails(weir_to_kafka(
              weir_map(weir_range(0, 4), &growing_fn, NULL),
              &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name, .open_bytes_max = 500)),
          WEIR_E_LIMIT, "a message of 8000 bytes for topic");
    weir_stream *stream = reader_of(&topic);
    for (unsigned i = 0; i < 3; i++) {
        take(stream, &message);
        assert_int_equal(message.value.size, i);
        assert_non_null(message.value.data); /* an empty line is no tombstone */
    }
    weir_drop(stream);
}

static weir_message copied(int64_t i, void *arg)
{
    static char names[4][100]; /* the same name, in another place each time */
    snprintf(names[i % 4], sizeof names[0], "%s", (const char *)arg);
    return (weir_message){.value = {"x", 1}, .topic = names[i % 4]};
}
WEIR_MAP_FN(copied_fn, copied, int64_t, weir_message, .to = &weir_type_message)

static void names_of_topics_are_compared(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("copied", 1);
    run_sink(weir_to_kafka(weir_map(weir_range(0, 50), &copied_fn, topic.name),
                           &WEIR_KAFKA_INTO(.at = broker.at)),
             50);
    weir_stream *stream = reader_of(&topic);
    for (unsigned i = 0; i < 50; i++)
        take(stream, &message);
    weir_drop(stream);
}

static void nowhere(const void *item, weir_line *key, int32_t *partition, void *arg)
{
    (void)item, (void)key, (void)arg;
    *partition = 77;
}

static weir_message headed(int64_t i, void *topic)
{
    static const weir_header header = {"n", "v"};
    (void)i;
    return (weir_message){.value = {"x", 1}, .topic = topic, .headers = &header, .n_headers = 1};
}
WEIR_MAP_FN(headed_fn, headed, int64_t, weir_message, .to = &weir_type_message)

static void headers_of_what_is_refused_are_let_go(void **state)
{
    (void)state;
    struct topic topic = broker_make("nowhere", 1);
    run_sink(weir_to_kafka(weir_map(weir_range(0, 1), &headed_fn, topic.name),
                           &WEIR_KAFKA_INTO(.at = broker.at)),
             1);
    fails(weir_to_kafka(weir_map(weir_range(0, 1), &headed_fn, topic.name),
                        &WEIR_KAFKA_INTO(.at = broker.at, .place = nowhere)),
          WEIR_E_ARGUMENT, topic.name);
}

static void brokers_are_here_where_nobody_says(void **state)
{
    (void)state;
    static const char *const elsewhere[] = {"no.such=1", NULL};
    fails(weir_to_kafka(lines(1), &WEIR_KAFKA_INTO(.topic = "x", .options = elsewhere)),
          WEIR_E_ARGUMENT, "no.such");
    assert_string_equal(error.place, "127.0.0.1:9092");
}

int kafka_refusals(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_member_may_be_refused),
        TEST(one_certificate_of_many_ends_nothing),
        TEST(new_ones_only),
        TEST(looks_are_dropped),
        TEST(a_stop_ends_it_early),
        TEST(headers_have_limits),
        TEST(headers_have_room_in_turns),
        TEST(what_never_fits_is_told_behind_the_rest),
        TEST(names_of_topics_are_compared),
        TEST(headers_of_what_is_refused_are_let_go),
        TEST(brokers_are_here_where_nobody_says),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: refusals", tests, NULL, NULL);
    broker_end();
    return failed;
}
