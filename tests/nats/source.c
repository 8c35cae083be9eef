/* Messages of a consumer: all come, what is settled is acknowledged and nothing else is. */

#include "broker.h"
#include "weir/consume.h"

static weir_nats_from from_of(const char *stream)
{
    return WEIR_NATS_FROM(.at = broker.at, .stream = stream, .consumer = "w");
}

static weir_stream *messages(const char *stream, struct keeper *keeper)
{
    weir_nats_from from = from_of(stream);
    return keeper_over(weir_nats(&from), keeper);
}

/* ---- what comes ---- */

/* What was given and not settled comes again, at once; the server may give one of them twice. */
static void came_back(uint64_t behind, unsigned n)
{
    static struct keeper keeper;
    bool seen[130] = {false};
    weir_message message;
    weir_stream *stream = messages("ALL", &keeper);
    for (uint64_t left = behind + 1; left;) {
        take(stream, &message);
        assert_true(message.offset > (int64_t)(n - behind));
        bool *mine = &seen[message.offset - (int64_t)(n - behind)];
        left -= !*mine;
        *mine = true;
    }
    keeper_settle(&keeper, true);
    weir_drop(stream);
}

static void everything_comes(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct keeper keeper;
    broker_make("ALL", 30000);
    broker_publish("ALL", 0, N, 100);
    weir_stream *stream = messages("ALL", &keeper);
    weir_message message;
    for (unsigned i = 0; i < N; i++) {
        take(stream, &message);
        assert_int_equal(number_of(&message), i);
        assert_int_equal(message.offset, i + 1);
        assert_int_equal(message.tries, 1);
        assert_int_equal(message.value.size, 100);
        assert_string_equal(message.topic, "in.ALL");
        assert_true(message.time_ns > 1600000000000000000);
    }
    assert_int_equal(broker_left("ALL").unacked, N);
    keeper_settle(&keeper, true);
    uint64_t behind = N - keeper.upto; /* the last mark */
    assert_true(behind <= 128);
    assert_true(broker_left_is("ALL", 0, behind));
    weir_drop(stream);
    broker_publish("ALL", N, 1, 100);
    came_back(behind, N);
}

/* Behind the last one that was given, to whoever they go. */
static void what_is_to_come_is_known(void **state)
{
    (void)state;
    enum { N = 1000 };
    static struct keeper keeper;
    weir_message message;
    weir_nats_from from = from_of("LAG");
    broker_make("LAG", 30000);
    broker_publish("LAG", 0, N, 100);
    weir_stream *inner = weir_nats(&from), *stream = keeper_over(inner, &keeper);
    assert_true(weir_nats_lag(inner) == WEIR_LAG_UNKNOWN);
    for (unsigned i = 0; i < N; i++) {
        take(stream, &message);
        assert_true(weir_nats_lag(inner) < N - i);
    }
    assert_int_equal(weir_nats_lag(inner), 0);
    assert_true(weir_nats_lag(stream) == WEIR_LAG_UNKNOWN); /* it is none of its */
    keeper_settle(&keeper, true);
    weir_drop(stream);
    stream = weir_nats(&WEIR_NATS_FROM(.at = broker.at)); /* nor of one that was never made */
    assert_true(weir_nats_lag(stream) == WEIR_LAG_UNKNOWN);
    weir_drop(stream);
}

static void what_sorts_is_told_of_the_limit(void **state)
{
    (void)state;
    enum { N = 1000 };
    broker_make("SORT", 30000);
    broker_publish("SORT", 0, N, 100);
    weir_nats_from from = from_of("SORT");
    from.marks_max = 2;
    sorts_to_the_limit(weir_nats(&from), N);
}

static void with_demand_of(uint32_t demand_max)
{
    weir_rt_drop(rt);
    rt = weir_rt_new(&WEIR_RT_OPTIONS(.demand_max = demand_max), &error);
}

static weir_stream *read_many(const char *stream, uint64_t n)
{
    weir_nats_from from = from_of(stream);
    return weir_count(weir_take(weir_settle_here(weir_nats(&from)), n));
}

/* Who asks for many at once gets no more than are lent at a time. */
static void many_may_be_asked_for(void **state)
{
    (void)state;
    enum { N = 500 };
    with_demand_of(1000);
    broker_make("DEMAND", 30000);
    broker_publish("DEMAND", 0, N, 10);
    run_sink(read_many("DEMAND", N), N);
}

/* A mark has room for receipts of the usual length: of long ones fewer stand before it. */
static void long_names_have_room(void **state)
{
    (void)state;
    enum { N = 300 };
    static const char stream[] =
        "A-STREAM-WHOSE-NAME-IS-SO-LONG-THAT-ITS-RECEIPTS-ARE-LONGER-THAN-USUAL";
    static struct keeper keeper;
    weir_message message;
    broker_make(stream, 30000);
    broker_publish(stream, 0, N, 10);
    weir_stream *read = messages(stream, &keeper);
    for (unsigned i = 0; i < N; i++)
        take(read, &message);
    assert_true(keeper.n >= N / 100); /* 128 stand before a mark elsewhere */
    keeper_settle(&keeper, true);
    uint64_t behind = N - keeper.upto;
    assert_true(broker_left_is(stream, 0, behind));
    weir_drop(read);
}

/* ---- what the consumer allows ---- */

static jsConsumerConfig config_of(void)
{
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    return config;
}

static void all_come(const char *stream, jsConsumerConfig *config)
{
    enum { N = 200 };
    weir_nats_from from = from_of(stream);
    broker_make_of(stream, config);
    broker_publish(stream, 0, N, 100);
    weir_stream *messages = weir_settle_here(weir_nats(&from));
    read_all(messages, N);
    weir_drop(messages);
    assert_int_equal(broker_left(stream).pending, 0);
}

static void small_requests_are_made(void **state)
{
    (void)state;
    jsConsumerConfig batch = config_of(), bytes = config_of(), expires = config_of(),
                     waiting = config_of(), much = config_of();
    batch.MaxRequestBatch = 10;
    bytes.MaxRequestMaxBytes = 2000;
    expires.MaxRequestExpires = 1000000000;
    waiting.MaxWaiting = 1;
    much.MaxRequestBatch = 1000000;
    much.MaxRequestMaxBytes = 1000000000;
    much.MaxRequestExpires = 60000000000;
    all_come("BATCH", &batch);
    all_come("BYTES", &bytes);
    all_come("EXPIRES", &expires);
    all_come("WAITING", &waiting);
    all_come("MUCH", &much); /* more than is asked for */
}

/* What it allows may become less: the next look finds it. */
static void requests_become_smaller(void **state)
{
    (void)state;
    enum { N = 100 };
    jsConsumerConfig config = config_of();
    broker_make_of("LESS", &config);
    weir_nats_from from = from_of("LESS");
    weir_stream *messages = weir_settle_here(weir_nats(&from));
    broker_publish("LESS", 0, 1, 10);
    read_all(messages, 1);
    config.MaxRequestBatch = 5;
    assert_int_equal(js_UpdateConsumer(NULL, broker.js, "LESS", &config, NULL, NULL), NATS_OK);
    broker_publish("LESS", 0, N, 10);
    read_all(messages, N);
    weir_drop(messages);
    assert_int_equal(broker_left("LESS").pending, 0);
}

/* It would be asked for always, and never come. */
static void what_is_too_large_for_a_request_is_told(void **state)
{
    (void)state;
    jsConsumerConfig config = config_of();
    config.MaxRequestMaxBytes = 50;
    broker_make_of("SMALL", &config);
    broker_publish("SMALL", 0, 1, 100);
    weir_nats_from from = from_of("SMALL");
    weir_stream *messages = weir_settle_here(weir_nats(&from));
    expect_error(messages, WEIR_E_ARGUMENT, true, "Message Size Exceeds MaxBytes");
    weir_drop(messages);
}

/* The server gives no more, whatever receipts_max says. */
static void what_sorts_is_told_of_the_limit_of_others(void **state)
{
    (void)state;
    enum { N = 200 };
    jsConsumerConfig config = config_of();
    config.MaxAckPending = N / 2;
    broker_make_of("PENDING", &config);
    broker_publish("PENDING", 0, N, 100);
    weir_nats_from from = from_of("PENDING");
    sorts_to_the_limit(weir_nats(&from), N);
}

/* ---- headers ---- */

static void publish_with_headers(const char *subject)
{
    natsMsg *message = NULL;
    assert_int_equal(natsMsg_Create(&message, subject, NULL, "x", 1), NATS_OK);
    natsMsgHeader_Add(message, "colour", "red");
    natsMsgHeader_Add(message, "colour", "green");
    natsMsgHeader_Add(message, "Size", "7");
    assert_int_equal(js_PublishMsg(NULL, broker.js, message, NULL, NULL), NATS_OK);
    natsMsg_Destroy(message);
}

static void headers_come(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_owned_message message;
    broker_make("HEADERS", 30000);
    publish_with_headers("in.HEADERS");
    weir_stream *stream = weir_own(messages("HEADERS", &keeper));
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    weir_drop(stream);
    bool seen[3] = {false};
    assert_int_equal(message.message.n_headers, 3);
    for (unsigned i = 0; i < 3; i++) {
        const weir_header *header = &message.message.headers[i];
        seen[0] |= !strcmp(header->name, "colour") && !strcmp(header->value, "red");
        seen[1] |= !strcmp(header->name, "colour") && !strcmp(header->value, "green");
        seen[2] |= !strcmp(header->name, "Size") && !strcmp(header->value, "7");
    }
    assert_true(seen[0] && seen[1] && seen[2]);
    weir_owned_message_drop(&message);
    keeper_settle(&keeper, true);
}

/* Of many that are lent at once there is room for some; the rest comes behind them. */
static void many_headers_come_in_parts(void **state)
{
    (void)state;
    enum { N = 40 };
    broker_make("HEADED", 30000);
    for (unsigned i = 0; i < N; i++)
        broker_publish_headed("HEADED", 60);
    run_sink(read_many("HEADED", N), N);
}

/* Also to who reads without a consumer, of whom nothing is acknowledged. */
static void too_many_headers_are_told(void **state)
{
    (void)state;
    weir_message message;
    broker_make("CROWN", 30000);
    broker_publish_headed("CROWN", 65);
    broker_publish("CROWN", 1, 1, 10);
    for (unsigned i = 0; i < 2; i++) {
        weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "CROWN");
        from.consumer = i ? "w" : NULL;
        weir_stream *messages = i ? weir_settle_here(weir_nats(&from)) : weir_nats(&from);
        expect_error(messages, WEIR_E_LIMIT, false, "headers are over a limit");
        take(messages, &message);
        assert_int_equal(number_of(&message), 1);
        weir_drop(messages);
    }
    assert_true(broker_left("CROWN").pending == 0);
}

/* ---- the end ---- */

/* As many marks as may be are open: a stop waits for them all the same. */
static void stop_waits_for_all_marks(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    weir_nats_from from = from_of("FULL");
    from.marks_max = 1;
    broker_make("FULL", 30000);
    broker_publish("FULL", 0, 1, 10);
    weir_stream *stream = keeper_over(weir_nats(&from), &keeper);
    take(stream, &message);
    weir_rt_stop(rt);
    pthread_t thread = later(settle_later, &keeper);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
    pthread_join(thread, NULL);
    weir_drop(stream);
    assert_true(broker_left_is("FULL", 0, 0));
}

/* What was given has time to be settled; what was not goes back at once. */
static void stop_drains(void **state)
{
    (void)state;
    enum { N = 1000, TAKEN = 10 };
    static struct keeper keeper, second;
    weir_message message;
    broker_make("STOP", 30000);
    broker_publish("STOP", 0, N, 10);
    weir_stream *stream = messages("STOP", &keeper);
    for (unsigned i = 0; i < TAKEN; i++)
        take(stream, &message);
    weir_rt_stop(rt);
    pthread_t thread = later(settle_later, &keeper);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
    pthread_join(thread, NULL);
    assert_int_equal(keeper.upto, TAKEN);
    assert_int_equal(keeper.settled, keeper.n); /* they were waited for */
    weir_drop(stream);
    weir_rt_drop(rt);
    rt = weir_rt_new(NULL, &error);
    stream = messages("STOP", &second);
    bool seen[N + 1] = {false};
    for (unsigned left = N - TAKEN; left;) {
        take(stream, &message);
        assert_true(message.offset > TAKEN);
        left -= !seen[message.offset];
        seen[message.offset] = true;
    }
    weir_drop(stream);
    keeper_settle(&second, true);
}

int nats_source(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_comes),
        TEST(what_is_to_come_is_known),
        TEST(what_sorts_is_told_of_the_limit),
        TEST(many_may_be_asked_for),
        TEST(long_names_have_room),
        TEST(small_requests_are_made),
        TEST(requests_become_smaller),
        TEST(what_is_too_large_for_a_request_is_told),
        TEST(what_sorts_is_told_of_the_limit_of_others),
        TEST(what_is_lost_comes_again),
        TEST(headers_come),
        TEST(many_headers_come_in_parts),
        TEST(too_many_headers_are_told),
        TEST(large_ones_are_told),
        TEST(what_is_open_is_bounded),
        TEST(slow_sinks_keep_what_they_have),
        TEST(stop_drains),
        TEST(stop_waits_for_all_marks),
        TEST(stop_does_not_wait_for_ever),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: source", tests, NULL, NULL);
    broker_end();
    return failed;
}
