/* to_nats: everything is stored, once, and marks are settled by that. */

#include "broker.h"

static void stores_all(void **state)
{
    (void)state;
    enum { N = 3000 };
    broker_make("INTO", 1000);
    weir_stream *sink =
        weir_to_nats(lines(N), &WEIR_NATS_INTO(.at = broker.at, .subject = "in.INTO"));
    run_sink(sink, N);
    assert_int_equal(broker_stored("INTO"), N);
    weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "INTO", .consumer = "w");
    weir_stream *back = weir_settle_here(weir_nats(&from));
    weir_message message;
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(weir_rt_next(rt, back, &message, &error), WEIR_READY);
        assert_int_equal(number_of(&message), i);
    }
    weir_drop(back);
}

/* From one stream into another, twice: an id of its place makes the second time a repeat. */
static void repeats_are_dropped(void **state)
{
    (void)state;
    enum { N = 500 };
    broker_make("ONE", 30000);
    broker_make("TWO", 30000);
    broker_publish("ONE", 0, N, 50);
    for (unsigned round = 0; round < 2; round++) {
        weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "ONE", .consumer = "w");
        weir_stream *sink = weir_to_nats(weir_take(weir_nats(&from), N),
                                         &WEIR_NATS_INTO(.at = broker.at, .subject = "in.TWO"));
        run_sink(sink, N);
        assert_int_equal(broker_stored("TWO"), N);
        struct broker_left left = broker_left("ONE");
        for (unsigned i = 0; left.unacked > 128 && i < 100; i++, left = broker_left("ONE"))
            usleep(20000);
        assert_true(left.unacked <= 128); /* behind the last mark, which take cut off */
        js_DeleteConsumer(broker.js, "ONE", "w", NULL, NULL);
        broker_make("ONE", 30000);
    }
}

/* Entries of a stream of Redis in the same millisecond, and a topic of Kafka's with a long name:
 * their names differ at the end. */
static weir_message placed_of(int64_t i, void *topic)
{
    return (weir_message){.value = {"x", 1},
                          .topic = topic,
                          .partition = (int32_t)(i / 100),
                          .offset = 1526919030474 + i / 10,
                          .sub_offset = (uint64_t)(i % 10)};
}
WEIR_MAP_FN(placed_fn, placed_of, int64_t, weir_message, .to = &weir_type_message)

static void places_do_not_run_together(void **state)
{
    (void)state;
    enum { N = 200 };
    static char topics[3][2000] = {"orders"};
    memset(topics[1], 'a', 240);
    memset(topics[2], 'b', sizeof topics[2] - 1);
    broker_make("PLACES", 30000);
    for (unsigned i = 0; i < 3; i++) {
        weir_stream *messages = weir_map(weir_range(0, N), &placed_fn, topics[i]);
        weir_stream *sink =
            weir_to_nats(messages, &WEIR_NATS_INTO(.at = broker.at, .subject = "in.PLACES"));
        run_sink(sink, N);
        assert_int_equal(broker_stored("PLACES"), (i + 1) * N);
    }
}

/* What it answers has its name in it. */
static void a_stream_may_be_called_error(void **state)
{
    (void)state;
    broker_make("error", 30000);
    weir_stream *sink =
        weir_to_nats(lines(3), &WEIR_NATS_INTO(.at = broker.at, .subject = "in.error"));
    run_sink(sink, 3);
}

/* Nobody has it: nothing is acknowledged where it came from, and all of it comes again. */
static void marks_wait_for_who_stores(void **state)
{
    (void)state;
    broker_make("SOURCE", 30000);
    broker_publish("SOURCE", 0, 10, 10);
    weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "SOURCE", .consumer = "w");
    fails(weir_to_nats(weir_nats(&from),
                       &WEIR_NATS_INTO(.at = broker.at, .subject = "nobody.stores.it",
                                       .lost_max_ns = 1500000000)),
          WEIR_E_CLOSED, "nobody.stores.it");
    bool seen[10] = {false};
    weir_message message;
    weir_stream *again = weir_settle_here(weir_nats(&from));
    for (unsigned left = 10; left;) {
        assert_int_equal(weir_rt_next(rt, again, &message, &error), WEIR_READY);
        left -= !seen[number_of(&message)];
        seen[number_of(&message)] = true;
    }
    weir_drop(again);
}

static void wrong_subjects_are_told(void **state)
{
    (void)state;
    fails(weir_to_nats(lines(3), &WEIR_NATS_INTO(.at = broker.at, .subject = "nobody.stores.it",
                                                 .lost_max_ns = 1500000000)),
          WEIR_E_CLOSED, "no stream stores the subject 'nobody.stores.it'");
    fails(weir_to_nats(lines(3), &WEIR_NATS_INTO(.at = broker.at)), WEIR_E_ARGUMENT,
          "says no subject");
    fails(weir_to_nats(weir_range(0, 3), &WEIR_NATS_INTO(.at = broker.at, .subject = "x")),
          WEIR_E_TYPE, "");
}

/* A stream that acknowledges nothing: it was waited for always. */
static void who_says_nothing_is_told(void **state)
{
    (void)state;
    const char *subjects[] = {"in.mute"};
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = "MUTE";
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.NoAck = true;
    assert_int_equal(js_AddStream(NULL, broker.js, &config, NULL, NULL), NATS_OK);
    fails(weir_to_nats(lines(3), &WEIR_NATS_INTO(.at = broker.at, .subject = "in.mute",
                                                 .lost_max_ns = 300000000)),
          WEIR_E_CLOSED, "nobody says that the subject 'in.mute' is stored");
}

static void a_server_that_stays_away_is_told(void **state)
{
    (void)state;
    fails(weir_to_nats(lines(3), &WEIR_NATS_INTO(.at = "127.0.0.1:1", .subject = "x",
                                                 .lost_max_ns = 300000000)),
          WEIR_E_CLOSED, "away for too long");
}

/* The server dies under it: all is stored, and nothing twice. */
static void a_restart_loses_nothing(void **state)
{
    (void)state;
    enum { N = 2000 };
    broker_make("AGAIN", 1000);
    pthread_t thread = later(kill_and_start, NULL);
    run_sink(weir_to_nats(slow_lines(N), &WEIR_NATS_INTO(.at = broker.at, .subject = "in.AGAIN")),
             N);
    pthread_join(thread, NULL);
    uint64_t there = 0;
    for (unsigned waited = 0; there != N && waited < 100; waited++) { /* it comes up */
        usleep(50000);
        jsStreamInfo *info = NULL;
        if (js_GetStreamInfo(&info, broker.js, "AGAIN", NULL, NULL) == NATS_OK)
            there = info->State.Msgs;
        jsStreamInfo_Destroy(info);
    }
    assert_int_equal(there, N);
}

static void count_one(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                      void *n)
{
    (void)connection, (void)subscription;
    natsMsg_Destroy(message);
    __atomic_fetch_add((unsigned *)n, 1, __ATOMIC_RELEASE);
}

static void core_asks_nobody(void **state)
{
    (void)state;
    unsigned heard = 0;
    natsSubscription *subscription = NULL;
    assert_int_equal(natsConnection_Subscribe(&subscription, broker.connection, "plain.subject",
                                              count_one, &heard),
                     NATS_OK);
    natsConnection_Flush(broker.connection);
    weir_stream *sink = weir_to_nats(
        lines(1000), &WEIR_NATS_INTO(.at = broker.at, .subject = "plain.subject", .core = true));
    run_sink(sink, 1000);
    for (unsigned i = 0; i < 100 && __atomic_load_n(&heard, __ATOMIC_RELAXED) < 1000; i++)
        usleep(20000);
    assert_int_equal(__atomic_load_n(&heard, __ATOMIC_ACQUIRE), 1000);
    natsSubscription_Destroy(subscription);
}

static weir_line restart_at_500(weir_line line, void *arg)
{
    (void)arg;
    if (line.size == 3 && !memcmp(line.data, "500", 3)) {
        broker_kill();
        broker_start();
    }
    return line;
}
WEIR_MAP_FN(restart_fn, restart_at_500, weir_line, weir_line, .from = &weir_type_line,
            .to = &weir_type_line)

/* What stood in the socket is nowhere: it must not count as said. */
static void core_tells_what_a_lost_server_may_not_have_read(void **state)
{
    (void)state;
    fails(weir_to_nats(weir_map(lines(1000), &restart_fn, NULL),
                       &WEIR_NATS_INTO(.at = broker.at, .subject = "plain.subject", .core = true)),
          WEIR_E_CLOSED, "may not have read");
    assert_non_null(strstr(error.cure, ".core"));
}

static weir_stream *rest(int64_t i, void *arg)
{
    (void)i, (void)arg;
    return weir_sleep(800000000);
}
WEIR_THEN_FN(rest_fn, rest, int64_t, unsigned char, .to = &weir_type_unit)

static _Atomic unsigned words, words_heard;
static _Atomic bool restarted;

/* The second comes when the server is there again. */
static weir_line word_of(unsigned char unit, void *arg)
{
    (void)unit, (void)arg;
    if (words++ == 1)
        while (!restarted)
            /* weir-lint: allow(blocking_in_async) nothing is to be said meanwhile */
            usleep(10000);
    return (weir_line){"x", 1};
}
WEIR_MAP_FN(word_fn, word_of, unsigned char, weir_line, .from = &weir_type_unit,
            .to = &weir_type_line)

static void *restart_between(void *arg)
{
    while (!words_heard)
        usleep(10000);
    usleep(500000); /* the answer that all was read has come */
    broker_kill();
    broker_start();
    restarted = true;
    return arg;
}

/* A server that is lost while nothing is said has read all there was. */
static void core_outlives_a_server_when_it_rests(void **state)
{
    (void)state;
    natsSubscription *subscription = NULL;
    assert_int_equal(natsConnection_Subscribe(&subscription, broker.connection, "plain.subject",
                                              count_one, (void *)&words_heard),
                     NATS_OK);
    natsConnection_Flush(broker.connection);
    pthread_t thread = later(restart_between, NULL);
    weir_stream *units = weir_then(weir_range(0, 3), &rest_fn, NULL);
    weir_stream *sink =
        weir_to_nats(weir_map(units, &word_fn, NULL),
                     &WEIR_NATS_INTO(.at = broker.at, .subject = "plain.subject", .core = true));
    run_sink(sink, 3);
    pthread_join(thread, NULL);
    natsSubscription_Destroy(subscription);
}

static void *stop_for_long(void *arg)
{
    usleep(200000);
    broker_stop();
    usleep(6500000);
    broker_go_on();
    return arg;
}

/* One that does not answer is not lost. */
static void core_waits_for_a_slow_server(void **state)
{
    (void)state;
    pthread_t thread = later(stop_for_long, NULL);
    weir_stream *units = weir_then(weir_range(0, 2), &rest_fn, NULL);
    run_sink(weir_to_nats(weir_map(units, &word_fn, NULL),
                          &WEIR_NATS_INTO(.at = broker.at, .subject = "slow", .core = true)),
             2);
    pthread_join(thread, NULL);
}

/* Behind what came before it. */
static void errors_of_the_source_come_through(void **state)
{
    (void)state;
    broker_make("BROKEN", 1000);
    weir_stream *source = weir_limit(lines(10), 7);
    weir_stream *sink =
        weir_to_nats(source, &WEIR_NATS_INTO(.at = broker.at, .subject = "in.BROKEN"));
    fails(sink, WEIR_E_LIMIT, "");
    assert_int_equal(broker_stored("BROKEN"), 7);
}

int nats_sink(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stores_all),
        TEST(repeats_are_dropped),
        TEST(places_do_not_run_together),
        TEST(a_stream_may_be_called_error),
        TEST(marks_wait_for_who_stores),
        TEST(wrong_subjects_are_told),
        TEST(who_says_nothing_is_told),
        TEST(a_server_that_stays_away_is_told),
        TEST(a_restart_loses_nothing),
        TEST(core_asks_nobody),
        TEST(core_tells_what_a_lost_server_may_not_have_read),
        TEST(core_outlives_a_server_when_it_rests),
        TEST(core_waits_for_a_slow_server),
        TEST(errors_of_the_source_come_through),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: sink", tests, NULL, NULL);
    broker_end();
    return failed;
}
