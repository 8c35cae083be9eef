/* to_nats: everything is stored, once, and marks are settled by that. */

#include "broker.h"

#include <pthread.h>

static uint64_t stored(const char *stream)
{
    jsStreamInfo *info = NULL;
    assert_int_equal(js_GetStreamInfo(&info, broker.js, stream, NULL, NULL), NATS_OK);
    uint64_t n = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    return n;
}

static weir_line line_of(int64_t i, void *arg)
{
    (void)arg;
    static char text[64][24];
    char *to = text[i % 64];
    return (weir_line){to, (size_t)snprintf(to, 24, "%lld", (long long)i)};
}
WEIR_MAP_FN(line_fn, line_of, int64_t, weir_line, .to = &weir_type_line)

static weir_stream *lines(int64_t n)
{
    return weir_map(weir_range(0, n), &line_fn, NULL);
}

static void stores_all(void **state)
{
    (void)state;
    enum { N = 3000 };
    broker_make("INTO", 1000);
    weir_stream *sink =
        weir_to_nats(lines(N), &WEIR_NATS_INTO(.at = broker.at, .subject = "in.INTO"));
    uint64_t n = 0;
    if (weir_rt_run(rt, sink, &n, &error) != WEIR_READY)
        fail_msg("%s", error.message);
    assert_int_equal(n, N);
    assert_int_equal(stored("INTO"), N);
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
        uint64_t n = 0;
        assert_int_equal(weir_rt_run(rt, sink, &n, &error), WEIR_READY);
        assert_int_equal(n, N);
        assert_int_equal(stored("TWO"), N);
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
        uint64_t n = 0;
        assert_int_equal(weir_rt_run(rt, sink, &n, &error), WEIR_READY);
        assert_int_equal(n, N);
        assert_int_equal(stored("PLACES"), (i + 1) * N);
    }
}

/* What it answers has its name in it. */
static void a_stream_may_be_called_error(void **state)
{
    (void)state;
    broker_make("error", 30000);
    weir_stream *sink =
        weir_to_nats(lines(3), &WEIR_NATS_INTO(.at = broker.at, .subject = "in.error"));
    uint64_t n = 0;
    if (weir_rt_run(rt, sink, &n, &error) != WEIR_READY)
        fail_msg("%s", error.message);
    assert_int_equal(n, 3);
}

static void wrong_subjects_are_told(void **state)
{
    (void)state;
    uint64_t n;
    weir_stream *sink =
        weir_to_nats(lines(3), &WEIR_NATS_INTO(.at = broker.at, .subject = "nobody.stores.it",
                                               .lost_max_ns = 400000000));
    assert_int_equal(weir_rt_run(rt, sink, &n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    assert_non_null(strstr(error.message, "nobody.stores.it"));
    sink = weir_to_nats(lines(3), &WEIR_NATS_INTO(.at = broker.at));
    assert_int_equal(weir_rt_run(rt, sink, &n, &error), WEIR_ERROR);
    assert_non_null(strstr(error.message, "says no subject"));
    sink = weir_to_nats(weir_range(0, 3), &WEIR_NATS_INTO(.at = broker.at, .subject = "x"));
    assert_int_equal(weir_rt_run(rt, sink, &n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
}

static void a_server_that_stays_away_is_told(void **state)
{
    (void)state;
    uint64_t n;
    weir_stream *sink = weir_to_nats(
        lines(3), &WEIR_NATS_INTO(.at = "127.0.0.1:1", .subject = "x", .lost_max_ns = 300000000));
    assert_int_equal(weir_rt_run(rt, sink, &n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    assert_non_null(strstr(error.message, "away for too long"));
}

static void *kill_and_start(void *arg)
{
    usleep(100000);
    broker_kill();
    usleep(200000);
    broker_start();
    return arg;
}

static int64_t slowly(int64_t i, void *arg)
{
    (void)arg;
    if (i % 10 == 0)
        /* weir-lint: allow(blocking_in_async) a sink that is too slow */
        usleep(2000);
    return i;
}
WEIR_MAP_FN(slowly_fn, slowly, int64_t, int64_t)

/* The server dies under it: all is stored, and nothing twice. */
static void a_restart_loses_nothing(void **state)
{
    (void)state;
    enum { N = 2000 };
    broker_make("AGAIN", 1000);
    pthread_t thread;
    pthread_create(&thread, NULL, kill_and_start, NULL);
    weir_stream *numbers = weir_map(weir_range(0, N), &slowly_fn, NULL);
    weir_stream *sink = weir_to_nats(weir_map(numbers, &line_fn, NULL),
                                     &WEIR_NATS_INTO(.at = broker.at, .subject = "in.AGAIN"));
    uint64_t n = 0;
    if (weir_rt_run(rt, sink, &n, &error) != WEIR_READY)
        fail_msg("%s", error.message);
    pthread_join(thread, NULL);
    assert_int_equal(n, N);
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
    uint64_t n = 0;
    assert_int_equal(weir_rt_run(rt, sink, &n, &error), WEIR_READY);
    assert_int_equal(n, 1000);
    for (unsigned i = 0; i < 100 && __atomic_load_n(&heard, __ATOMIC_RELAXED) < 1000; i++)
        usleep(20000);
    assert_int_equal(__atomic_load_n(&heard, __ATOMIC_ACQUIRE), 1000);
    natsSubscription_Destroy(subscription);
}

static int64_t restart_at_500(int64_t i, void *arg)
{
    (void)arg;
    if (i == 500) {
        broker_kill();
        broker_start();
    }
    return i;
}
WEIR_MAP_FN(restart_fn, restart_at_500, int64_t, int64_t)

/* What stood in the socket is nowhere: it must not count as said. */
static void core_tells_what_a_lost_server_may_not_have_read(void **state)
{
    (void)state;
    uint64_t n;
    weir_stream *numbers = weir_map(weir_range(0, 1000), &restart_fn, NULL);
    weir_stream *sink =
        weir_to_nats(weir_map(numbers, &line_fn, NULL),
                     &WEIR_NATS_INTO(.at = broker.at, .subject = "plain.subject", .core = true));
    assert_int_equal(weir_rt_run(rt, sink, &n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    assert_non_null(strstr(error.message, "may not have read"));
    assert_non_null(strstr(error.cure, ".core"));
}

static weir_stream *rest(int64_t i, void *arg)
{
    (void)i, (void)arg;
    return weir_sleep(800000000);
}
WEIR_THEN_FN(rest_fn, rest, int64_t, unsigned char, .to = &weir_type_unit)

static weir_line word_of(unsigned char unit, void *arg)
{
    (void)unit, (void)arg;
    return (weir_line){"x", 1};
}
WEIR_MAP_FN(word_fn, word_of, unsigned char, weir_line, .from = &weir_type_unit,
            .to = &weir_type_line)

static void *restart_between(void *arg)
{
    usleep(1100000);
    broker_kill();
    broker_start();
    return arg;
}

/* A server that is lost while nothing is said has read all there was. */
static void core_outlives_a_server_when_it_rests(void **state)
{
    (void)state;
    uint64_t n = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, restart_between, NULL), 0);
    weir_stream *units = weir_then(weir_range(0, 3), &rest_fn, NULL);
    weir_stream *sink =
        weir_to_nats(weir_map(units, &word_fn, NULL),
                     &WEIR_NATS_INTO(.at = broker.at, .subject = "plain.subject", .core = true));
    weir_state got = weir_rt_run(rt, sink, &n, &error);
    pthread_join(thread, NULL);
    if (got != WEIR_READY)
        fail_msg("%s", error.message);
    assert_int_equal(n, 3);
}

/* Behind what came before it. */
static void errors_of_the_source_come_through(void **state)
{
    (void)state;
    broker_make("BROKEN", 1000);
    weir_stream *source = weir_limit(lines(10), 7);
    weir_stream *sink =
        weir_to_nats(source, &WEIR_NATS_INTO(.at = broker.at, .subject = "in.BROKEN"));
    uint64_t n;
    assert_int_equal(weir_rt_run(rt, sink, &n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(stored("BROKEN"), 7);
}

int nats_sink(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stores_all),
        TEST(repeats_are_dropped),
        TEST(places_do_not_run_together),
        TEST(a_stream_may_be_called_error),
        TEST(wrong_subjects_are_told),
        TEST(a_server_that_stays_away_is_told),
        TEST(a_restart_loses_nothing),
        TEST(core_asks_nobody),
        TEST(core_tells_what_a_lost_server_may_not_have_read),
        TEST(core_outlives_a_server_when_it_rests),
        TEST(errors_of_the_source_come_through),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: sink", tests, NULL, NULL);
    broker_end();
    return failed;
}
