/* to_kafka: everything is stored, once, and marks are settled by that. Read back without a group.
 */

#include "broker.h"

static weir_stream *reader_of(const struct topic *topic)
{
    weir_kafka_from from = from_of(topic, NULL);
    return weir_kafka(&from);
}

/* Each once, in whatever order. */
static void holds_each_once(const struct topic *topic, unsigned n)
{
    weir_message message;
    bool *seen = calloc(n, sizeof *seen);
    weir_stream *back = reader_of(topic);
    for (unsigned i = 0; i < n; i++) {
        take(back, &message);
        assert_true(number_of(&message) < n);
        assert_false(seen[number_of(&message)]);
        seen[number_of(&message)] = true;
    }
    weir_drop(back);
    free(seen);
}

static void stores_all(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct topic topic = broker_make("into", 3);
    run_sink(weir_to_kafka(lines(N), &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name)), N);
    holds_each_once(&topic, N);
}

/* Few may be open: it waits, and none is lost. */
static void waits_for_room(void **state)
{
    (void)state;
    enum { N = 500 };
    struct topic topic = broker_make("narrow", 2);
    run_sink(weir_to_kafka(lines(N), &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name,
                                                      .open_max = 10, .open_bytes_max = 4096)),
             N);
    holds_each_once(&topic, N);
}

/* ---- what a message has comes along ---- */

static const weir_header headers[] = {{"colour", "red"}, {"colour", "green"}, {"Size", "7"}};

static void place_by_size(const void *item, weir_line *key, int32_t *partition, void *arg)
{
    const weir_message *message = item;
    (void)arg;
    *partition = message->value.data ? 1 : 0;
    assert_true(key->data == message->key.data);
}

static const weir_message with_all = {
    .value = {"x", 1}, .key = {"k", 1}, .headers = headers, .n_headers = 3};
static const weir_message gone = {.key = {"old", 3}};

static weir_message message_of(int64_t i, void *topic)
{
    weir_message message = i ? gone : with_all;
    message.topic = topic;
    return message;
}
WEIR_MAP_FN(message_fn, message_of, int64_t, weir_message, .to = &weir_type_message)

static void has_all_parts(const weir_message *message)
{
    assert_memory_equal(message->value.data, "x", 1);
    assert_memory_equal(message->key.data, "k", 1);
    assert_int_equal(message->key.size, 1);
    assert_int_equal(message->n_headers, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_string_equal(message->headers[i].name, headers[i].name);
        assert_string_equal(message->headers[i].value, headers[i].value);
    }
}

static void all_parts_come_along(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("parts", 2);
    weir_stream *items = weir_map(weir_range(0, 2), &message_fn, topic.name);
    run_sink(weir_to_kafka(items, &WEIR_KAFKA_INTO(.at = broker.at, .place = place_by_size)), 2);
    weir_stream *back = reader_of(&topic);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(weir_rt_next(rt, back, &message, &error), WEIR_READY);
        assert_string_equal(message.topic, topic.name);
        if (message.partition == 1) {
            has_all_parts(&message);
        } else {
            assert_null(message.value.data); /* a tombstone stays one */
            assert_memory_equal(message.key.data, "old", 3);
        }
    }
    weir_drop(back);
}

/* In turns of two, each third one with a header. */
static weir_message turned(int64_t i, void *arg)
{
    struct topic *const *topics = arg;
    static char texts[200][8];
    snprintf(texts[i], sizeof texts[i], "%03d", (int)i);
    return (weir_message){.value = {texts[i], 3},
                          .topic = topics[i / 2 % 2]->name,
                          .headers = headers,
                          .n_headers = i % 3 ? 0 : 1};
}
WEIR_MAP_FN(turned_fn, turned, int64_t, weir_message, .to = &weir_type_message)

/* In their order: there is one partition. */
static void has_its_turns(const struct topic *topic, unsigned first, unsigned n)
{
    weir_message message;
    weir_stream *back = reader_of(topic);
    for (unsigned i = first; i < n; i += i % 2 ? 3 : 1) {
        assert_int_equal(weir_rt_next(rt, back, &message, &error), WEIR_READY);
        assert_int_equal(atoi(message.value.data), i);
        assert_int_equal(message.n_headers, i % 3 ? 0 : 1);
    }
    weir_drop(back);
}

static void topics_come_in_turns(void **state)
{
    (void)state;
    enum { N = 200 };
    struct topic one = broker_make("turn_one", 1), two = broker_make("turn_two", 1);
    struct topic *topics[] = {&one, &two};
    run_sink(weir_to_kafka(weir_map(weir_range(0, N), &turned_fn, topics),
                           &WEIR_KAFKA_INTO(.at = broker.at)),
             N);
    has_its_turns(&one, 0, N);
    has_its_turns(&two, 2, N);
}

/* Each key in the bytes of the one before. */
static void key_of_value(const void *item, weir_line *key, int32_t *partition, void *arg)
{
    const weir_line *line = item;
    char *text = arg;
    (void)partition;
    memcpy(text, line->data, line->size);
    *key = (weir_line){text, line->size};
}

static void each_has_its_key(void **state)
{
    (void)state;
    enum { N = 200 };
    char text[64];
    weir_message message;
    struct topic topic = broker_make("keys", 1);
    run_sink(weir_to_kafka(lines(N), &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name,
                                                      .place = key_of_value, .arg = text)),
             N);
    weir_stream *back = reader_of(&topic);
    for (unsigned i = 0; i < N; i++) {
        take(back, &message);
        assert_int_equal(message.key.size, message.value.size);
        assert_memory_equal(message.key.data, message.value.data, message.value.size);
    }
    weir_drop(back);
}

/* They are there, and nobody reads them. */
static void headers_may_be_left(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("left", 1);
    run_sink(weir_to_kafka(weir_map(weir_range(0, 1), &message_fn, topic.name),
                           &WEIR_KAFKA_INTO(.at = broker.at)),
             1);
    weir_kafka_from from = from_of(&topic, NULL);
    from.no_headers = true;
    weir_stream *back = weir_kafka(&from);
    assert_int_equal(weir_rt_next(rt, back, &message, &error), WEIR_READY);
    assert_memory_equal(message.value.data, "x", 1);
    assert_int_equal(message.n_headers, 0);
    weir_drop(back);
}

/* Over the limit: an error with its place, and the next one follows. */
static void large_ones_are_told(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("large", 1);
    broker_publish(&topic, 0, 1, 100);
    broker_publish(&topic, 1, 1, 2000);
    broker_publish(&topic, 2, 1, 1000);
    weir_kafka_from from = from_of(&topic, NULL);
    from.message_bytes_max = 1000;
    weir_stream *stream = weir_kafka(&from);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_false(error.fatal);
    assert_int_equal(error.record, 1);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_int_equal(number_of(&message), 2);
    weir_drop(stream);
}

static weir_message headed(int64_t i, void *topic)
{
    static char name[300] = "n";
    static weir_header many[60];
    memset(name, 'n', sizeof name - 1);
    for (unsigned k = 0; k < 60; k++)
        many[k] = (weir_header){name, "v"};
    return (weir_message){
        .value = {"x", 1}, .topic = topic, .headers = many, .n_headers = i == 1 ? 60 : 1};
}
WEIR_MAP_FN(headed_fn, headed, int64_t, weir_message, .to = &weir_type_message)

/* 60 of 300 bytes are over 16 KiB, though their values are not. */
static void names_of_headers_count(void **state)
{
    (void)state;
    weir_message message;
    struct topic topic = broker_make("headed", 1);
    run_sink(weir_to_kafka(weir_map(weir_range(0, 3), &headed_fn, topic.name),
                           &WEIR_KAFKA_INTO(.at = broker.at)),
             3);
    weir_stream *back = reader_of(&topic);
    assert_int_equal(weir_rt_next(rt, back, &message, &error), WEIR_READY);
    assert_int_equal(weir_rt_next(rt, back, &message, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(error.record, 1);
    assert_int_equal(weir_rt_next(rt, back, &message, &error), WEIR_READY);
    weir_drop(back);
}

/* ---- what goes wrong ---- */

static void fails_with(const char *option, const char *words)
{
    const char *const options[] = {option, NULL};
    fails(weir_to_kafka(lines(3),
                        &WEIR_KAFKA_INTO(.at = broker.at, .topic = "x", .options = options)),
          WEIR_E_ARGUMENT, words);
}

/* Under none of their names. */
static void what_is_ours_is_not_changed(void **state)
{
    (void)state;
    weir_message message;
    static const char *const options[] = {"max.partition.fetch.bytes=5000000", NULL};
    fails_with("acks=0", "option 'acks': it is not to be changed here");
    fails_with("request.required.acks=0", "it changes 'acks', which is not to be changed here");
    fails_with("delivery.timeout.ms=5", "it changes 'message.timeout.ms'");
    fails_with("metadata.broker.list=127.0.0.1:2", "it changes 'bootstrap.servers'");
    fails_with("no.such=1", "no.such");
    weir_stream *stream =
        weir_kafka(&WEIR_KAFKA_FROM(.at = broker.at, .topics = "x", .options = options));
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_non_null(strstr(error.message, "it changes 'fetch.message.max.bytes'"));
    weir_drop(stream);
}

/* It would never be there. */
static void long_topics_are_refused(void **state)
{
    (void)state;
    char topics[260] = "x,";
    weir_message message;
    memset(topics + 2, 'a', 250);
    weir_stream *stream = weir_kafka(&WEIR_KAFKA_FROM(.at = broker.at, .topics = topics));
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_non_null(strstr(error.message, "has 250 bytes, brokers take 249"));
    weir_drop(stream);
}

static weir_line large_one(int64_t i, void *arg)
{
    (void)i, (void)arg;
    static const char text[8000] = "large";
    return (weir_line){text, sizeof text};
}
WEIR_MAP_FN(large_fn, large_one, int64_t, weir_line, .to = &weir_type_line)

/* Waiting makes no room for it. */
static void what_never_fits_is_told(void **state)
{
    (void)state;
    struct topic topic = broker_make("never", 1);
    fails(weir_to_kafka(
              weir_map(weir_range(0, 3), &large_fn, NULL),
              &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name, .open_bytes_max = 4096)),
          WEIR_E_LIMIT, "a message of 8000 bytes for topic");
    assert_non_null(strstr(error.message, "is over open_bytes_max, 4096"));
    assert_non_null(strstr(error.cure, ".open_bytes_max"));
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    struct topic topic = broker_make("wrong", 1);
    fails(weir_to_kafka(lines(3), &WEIR_KAFKA_INTO(.at = broker.at)), WEIR_E_ARGUMENT,
          "says no topic");
    fails(weir_to_kafka(weir_range(0, 3), &WEIR_KAFKA_INTO(.at = broker.at, .topic = "x")),
          WEIR_E_TYPE, "");
    fails(weir_to_kafka(lines(3), &WEIR_KAFKA_INTO(.at = "127.0.0.1:1", .topic = "x",
                                                   .lost_max_ns = 300000000)),
          WEIR_E_CLOSED, "away for too long");
    if (!broker.real) {
        broker_do("error 0 29 1"); /* Produce: not authorised */
        fails(weir_to_kafka(lines(3), &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name)),
              WEIR_E_USER, "refuse a message");
    }
}

/* Behind what came before it. */
static void errors_of_the_source_come_through(void **state)
{
    (void)state;
    struct topic topic = broker_make("broken", 1);
    fails(weir_to_kafka(weir_limit(lines(10), 7),
                        &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name)),
          WEIR_E_LIMIT, "");
    holds_each_once(&topic, 7);
}

static void *down_and_up(void *arg)
{
    usleep(200000);
    broker_do("down 1");
    usleep(500000);
    broker_do("up 1");
    return arg;
}

/* The broker goes away under it: all is stored, and nothing twice. */
static void a_broker_that_goes_away_loses_nothing(void **state)
{
    (void)state;
    enum { N = 2000 };
    struct topic topic = broker_make("again", 1);
    if (broker.real)
        skip();
    pthread_t thread = later(down_and_up, NULL);
    run_sink(weir_to_kafka(slow_lines(N), &WEIR_KAFKA_INTO(.at = broker.at, .topic = topic.name)),
             N);
    pthread_join(thread, NULL);
    holds_each_once(&topic, N);
}

/* Of a group into another topic: where it stands follows what is stored there. */
static void marks_are_settled_by_it(void **state)
{
    (void)state;
    enum { N = 500 };
    struct topic one = broker_make("one", 2), two = broker_make("two", 2);
    broker_publish(&one, 0, N, 50);
    weir_kafka_from from = from_of(&one, one.name);
    weir_stream *items = weir_take(weir_kafka(&from), N);
    run_sink(weir_to_kafka(items, &WEIR_KAFKA_INTO(.at = broker.at, .topic = two.name)), N);
    holds_each_once(&two, N);
    int64_t settled = broker_wait_settled(&one, one.name, N - 128); /* take cuts off what is more */
    assert_in_range(settled, N - 128, N);
}

int kafka_sink(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stores_all),
        TEST(waits_for_room),
        TEST(all_parts_come_along),
        TEST(topics_come_in_turns),
        TEST(each_has_its_key),
        TEST(headers_may_be_left),
        TEST(large_ones_are_told),
        TEST(names_of_headers_count),
        TEST(what_is_ours_is_not_changed),
        TEST(long_topics_are_refused),
        TEST(what_never_fits_is_told),
        TEST(what_is_wrong_is_told),
        TEST(errors_of_the_source_come_through),
        TEST(a_broker_that_goes_away_loses_nothing),
        TEST(marks_are_settled_by_it),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: sink", tests, NULL, NULL);
    broker_end();
    return failed;
}
