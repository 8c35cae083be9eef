/* What does not fit, and is said: consumers of another kind, messages without a place, and what
 * older programs do not know. */

#include <netinet/in.h>
#include <sys/socket.h>

#include "broker.h"
#include "core/in_flight.h"
#include "doubles.h"
#include "weir/timed.h"

static void begins_with(weir_stream *stream, weir_code code, const char *words)
{
    expect_error(stream, code, true, words);
    weir_drop(stream);
}

/* ---- consumers ---- */

static void make_other(const char *stream, const char *pushed_to, jsAckPolicy policy)
{
    jsConsumerConfig config;
    broker_make(stream, 1000);
    js_DeleteConsumer(broker.js, stream, "w", NULL, NULL);
    jsConsumerConfig_Init(&config);
    config.Durable = "w";
    config.DeliverSubject = pushed_to;
    config.AckPolicy = policy;
    assert_int_equal(js_AddConsumer(NULL, broker.js, stream, &config, NULL, NULL), NATS_OK);
}

static weir_stream *reader_of(const char *stream)
{
    return weir_settle_here(
        weir_nats(&WEIR_NATS_FROM(.at = broker.at, .stream = stream, .consumer = "w")));
}

static void consumers_of_another_kind_are_told(void **state)
{
    (void)state;
    make_other("PUSHED", "pushed.to", js_AckExplicit);
    begins_with(reader_of("PUSHED"), WEIR_E_ARGUMENT, "the server pushes to it");
    assert_non_null(strstr(error.cure, "a pull consumer"));
    make_other("SILENT", NULL, js_AckNone);
    begins_with(reader_of("SILENT"), WEIR_E_ARGUMENT, "it does not acknowledge each message");
}

static void a_plain_reader_wants_a_stream(void **state)
{
    (void)state;
    begins_with(weir_nats(&WEIR_NATS_FROM(.at = broker.at, .stream = "NOWHERE")), WEIR_E_ARGUMENT,
                "stream 'NOWHERE': there is none");
    begins_with(weir_nats_jobs(&WEIR_NATS_FROM(.at = broker.at, .consumer = "w")), WEIR_E_ARGUMENT,
                "no stream is named");
}

/* One that is made gives what comes from then on; small limits are as good. */
static void a_consumer_may_begin_late(void **state)
{
    (void)state;
    weir_message message;
    broker_make("LATER", 1000);
    js_DeleteConsumer(broker.js, "LATER", "w", NULL, NULL);
    broker_publish("LATER", 0, 10, 10);
    weir_stream *stream =
        weir_nats(&WEIR_NATS_FROM(.at = broker.at, .stream = "LATER", .consumer = "w",
                                  .create = "in.LATER", .new_only = true, .receipts_max = 2,
                                  .fetch_max = 100, .fetch_bytes_max = 1000));
    stream = weir_settle_here(stream);
    struct adding adding = {.add = broker_publish, .stream = "LATER"};
    pthread_t thread = later(rig_add_on, &adding);
    for (unsigned i = 0; i < 3; i++) {
        take(stream, &message);
        assert_true(message.offset > 10);
    }
    rig_added(&adding, thread);
    weir_drop(stream);
}

static void credentials_are_a_file(void **state)
{
    (void)state;
    begins_with(weir_nats(&WEIR_NATS_FROM(.at = broker.at, .stream = "X", .credentials = "/none")),
                WEIR_E_ARGUMENT, "credentials '/none'");
    fails(weir_to_nats(lines(1),
                       &WEIR_NATS_INTO(.at = broker.at, .subject = "x", .credentials = "/none")),
          WEIR_E_ARGUMENT, "credentials '/none'");
    const char *user = rig_write(broker.dir, "user", "no credentials");
    weir_stream *stream =
        weir_nats(&WEIR_NATS_FROM(.at = broker.at, .stream = "LATER", .credentials = user));
    weir_message message;
    do /* told first, and tried again, where it is not given up at once */
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
    while (!error.fatal);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    assert_non_null(strstr(error.message, "no nkey user seed found in"));
    weir_drop(stream);
}

static void addresses_have_a_length(void **state)
{
    (void)state;
    static char far[2000];
    memset(far, 'a', sizeof far - 1);
    weir_stream *stream = weir_nats(&WEIR_NATS_FROM(.at = far, .stream = "X"));
    expect_error(stream, WEIR_E_CLOSED, false, "no server answers");
    weir_drop(stream);
    char many[1000] = "";
    for (unsigned i = 0; i < 20; i++) /* the first of many that answers */
        snprintf(many + strlen(many), sizeof many - strlen(many), "%s%s", i ? "," : "", broker.at);
    run_sink(weir_to_nats(lines(3), &WEIR_NATS_INTO(.at = many, .subject = "x", .core = true)), 3);
}

/* ---- jobs ---- */

/* They are not given again: nobody could take them. */
static void large_jobs_are_told(void **state)
{
    (void)state;
    weir_job job;
    broker_make("LARGE", 30000);
    broker_publish_headed("LARGE", 100);
    broker_publish("LARGE", 0, 1, 2000);
    broker_publish("LARGE", 1, 1, 10);
    weir_stream *jobs = weir_nats_jobs(&WEIR_NATS_FROM(.at = broker.at, .stream = "LARGE",
                                                       .consumer = "w", .message_bytes_max = 1000));
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(weir_rt_next(rt, jobs, &job, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_LIMIT);
        assert_int_equal(error.record, i + 1);
    }
    job = take_job(jobs);
    assert_int_equal(number_of(&job.message), 1);
    weir_job_done(&job);
    weir_drop(jobs);
    assert_true(broker_left_is("LARGE", 0, 0));
}

/* Of either kind. */
static weir_state next_of(weir_stream *items)
{
    weir_message message;
    weir_job job;
    if (items->type != &weir_type_job)
        return weir_rt_next(rt, items, &message, &error);
    weir_state got = weir_rt_next(rt, items, &job, &error);
    if (got == WEIR_READY)
        weir_job_done(&job);
    return got;
}

/* What is over a limit is told, and kept where the dead go; the consumer is done with it. */
static void goes_to_the_dead(weir_stream *(*read)(const weir_nats_from *), const char *stream,
                             const char *grave)
{
    char subject[32], reason[160];
    weir_message message;
    broker_make(stream, 30000);
    broker_make(grave, 30000);
    broker_publish(stream, 0, 1, 2000);
    snprintf(subject, sizeof subject, "in.%s", grave);
    weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = stream, .consumer = "w",
                                         .message_bytes_max = 1000, .dead = subject);
    weir_stream *items = read(&from);
    if (items->stage.marked)
        items = weir_settle_here(items);
    assert_int_equal(next_of(items), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(error.record, 1);
    assert_true(broker_left_is(stream, 0, 0));
    weir_drop(items);
    items = weir_settle_here(
        weir_nats(&WEIR_NATS_FROM(.at = broker.at, .stream = grave, .consumer = "w")));
    assert_int_equal(weir_rt_next(rt, items, &message, &error), WEIR_READY);
    assert_int_equal(message.value.size, 2000);
    snprintf(reason, sizeof reason,
             "message 1 of stream '%s' has 2000 bytes, or its headers are over a limit", stream);
    assert_string_equal(header_of(&message, "Weir-Reason"), reason);
    weir_drop(items);
}

static void large_ones_go_to_the_dead(void **state)
{
    (void)state;
    goes_to_the_dead(weir_nats, "BIG", "BIGDEAD");
    goes_to_the_dead(weir_nats_jobs, "BIGJOB", "BIGJOBDEAD");
}

/* ---- what is written ---- */

static weir_message homeless(int64_t i, void *topic)
{
    return (weir_message){.value = {"x", 1}, .topic = i ? topic : NULL, .offset = -1};
}
WEIR_MAP_FN(homeless_fn, homeless, int64_t, weir_message, .to = &weir_type_message)

static void what_has_no_place_is_told(void **state)
{
    (void)state;
    fails(weir_to_nats(weir_map(weir_range(0, 2), &homeless_fn, NULL),
                       &WEIR_NATS_INTO(.at = broker.at)),
          WEIR_E_ARGUMENT, "has no topic to be published to");
}

static weir_line endless_line(int64_t i, void *arg)
{
    (void)i, (void)arg;
    return (weir_line){"x", (size_t)INT32_MAX + 1};
}
WEIR_MAP_FN(endless_fn, endless_line, int64_t, weir_line, .to = &weir_type_line)

static void what_is_too_large_is_told(void **state)
{
    (void)state;
    fails(weir_to_nats(weir_map(weir_range(0, 1), &endless_fn, NULL),
                       &WEIR_NATS_INTO(.at = broker.at, .subject = "x")),
          WEIR_E_LIMIT, "is too large for subject 'x'");
}

/* With the server stopped behind the first. */
static weir_line stop_at_one(weir_line line, void *arg)
{
    (void)arg;
    if (line.data[0] == '1')
        broker_stop();
    return line;
}
WEIR_MAP_FN(stopping_fn, stop_at_one, weir_line, weir_line, .from = &weir_type_line,
            .to = &weir_type_line)

static weir_message nameless(int64_t i, void *arg)
{
    (void)arg;
    return (weir_message){.value = {"x", 1}, .offset = i};
}
WEIR_MAP_FN(nameless_fn, nameless, int64_t, weir_message, .to = &weir_type_message)

/* A place without a topic is that of others too: none of them is a repeat. */
static void places_without_a_topic_are_no_names(void **state)
{
    (void)state;
    broker_make("NAMELESS", 30000);
    for (unsigned i = 1; i <= 2; i++) {
        run_sink(weir_to_nats(weir_map(weir_range(0, 3), &nameless_fn, NULL),
                              &WEIR_NATS_INTO(.at = broker.at, .subject = "in.NAMELESS")),
                 3);
        assert_int_equal(broker_stored("NAMELESS"), 3 * i);
    }
}

/* A stream of `subject`, for messages of that size, and so many of them. */
static void make_small(const char *stream, const char *subject, int32_t bytes, int64_t messages)
{
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = stream;
    config.Subjects = &subject;
    config.SubjectsLen = 1;
    config.MaxMsgSize = bytes;
    config.MaxMsgs = messages;
    config.Discard = js_DiscardNew;
    assert_int_equal(js_AddStream(NULL, broker.js, &config, NULL, NULL), NATS_OK);
}

static void what_a_stream_refuses_is_told(void **state)
{
    (void)state;
    make_small("SHORT", "in.SHORT", 10, 100);
    fails(weir_to_nats(lines(1), &WEIR_NATS_INTO(.at = broker.at, .subject = "in.SHORT")),
          WEIR_E_USER, "the stream refuses a message: message size exceeds maximum allowed");
}

/* Somebody may take messages out of it, which is waited for. */
static void that_a_stream_is_full_is_told(void **state)
{
    (void)state;
    make_small("SCANT", "in.SCANT", 1000, 2);
    weir_nats_into into =
        WEIR_NATS_INTO(.at = broker.at, .subject = "in.SCANT", .lost_max_ns = 1000000000);
    fails(weir_to_nats(lines(3), &into), WEIR_E_CLOSED,
          "the stream stores nothing: maximum messages exceeded; subject 'in.SCANT'");
    assert_int_equal(broker_stored("SCANT"), 2);
}

static void name_it(const void *item, char *out, size_t size, void *arg)
{
    (void)arg;
    const weir_line *line = item;
    snprintf(out, size, "%.1s", line->data);
}

/* By the first digit: each is stored once. */
static void names_are_the_callers(void **state)
{
    (void)state;
    broker_make("NAMED", 30000);
    run_sink(weir_to_nats(lines(100),
                          &WEIR_NATS_INTO(.at = broker.at, .subject = "in.NAMED", .id = name_it,
                                          .open_max = 7, .open_bytes_max = 2000)),
             100);
    assert_int_equal(broker_stored("NAMED"), 10);
}

/* An older program knew less of it; what it does not know is 0. */
static void sizes_of_older_programs_are_known(void **state)
{
    (void)state;
    weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "LATER");
    from.size = offsetof(weir_nats_from, stream);
    begins_with(weir_nats(&from), WEIR_E_ARGUMENT, "no stream is named");
    from.size = 0; /* forgotten: as this one knows it */
    weir_message message;
    weir_stream *stream = weir_nats(&from);
    take(stream, &message);
    weir_drop(stream);
    weir_nats_into into = WEIR_NATS_INTO(.at = broker.at, .subject = "x", .core = true);
    into.size = offsetof(weir_nats_into, subject);
    fails(weir_to_nats(lines(1), &into), WEIR_E_ARGUMENT, "says no subject");
    into.size = 0;
    run_sink(weir_to_nats(lines(1), &into), 1);
}

/* ---- dropped ---- */

static char mute_at[40];

/* Whoever connects to it is told nothing. */
static int listen_in_silence(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    snprintf(mute_at, sizeof mute_at, "127.0.0.1:%d", ntohs(at.sin_port));
    return fd;
}

static void times_out(weir_stream *sink, uint64_t after_ns)
{
    uint64_t n;
    assert_int_equal(weir_rt_run(rt, weir_timeout(sink, after_ns), &n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT);
}

/* Before there was an answer. */
static void looks_are_dropped(void **state)
{
    (void)state;
    weir_message message;
    int fd = listen_in_silence();
    weir_stream *stream = weir_nats(&WEIR_NATS_FROM(.at = mute_at, .stream = "X"));
    stream = weir_take_until(stream, weir_sleep(50000000));
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
    weir_drop(stream);
    times_out(weir_to_nats(lines(1), &WEIR_NATS_INTO(.at = mute_at, .subject = "x")), 50000000);
    close(fd);
}

/* Before the server had read all of it. */
static void flushes_are_dropped(void **state)
{
    (void)state;
    weir_stream *slow = weir_map(lines(2), &stopping_fn, NULL);
    times_out(weir_to_nats(slow, &WEIR_NATS_INTO(.at = broker.at, .subject = "x", .core = true)),
              1000000000);
    broker_go_on();
}

/* ---- by hand ---- */

static void polled_by_hand(weir_stream *stream, const char *words)
{
    static struct test_cx test;
    weir_message out;
    weir_in_flight_list in_flight = {0};
    test_cx_init(&test);
    test.cx.timers = NULL;
    test.cx.in_flight = &in_flight;
    assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message, words);
    weir_in_flight_progress(&test.cx); /* nothing is told without a clock */
    weir_drop(stream);
    test_cx_fini(&test);
}

static void a_runtime_is_needed(void **state)
{
    (void)state;
    polled_by_hand(weir_nats(&WEIR_NATS_FROM(.stream = "X")), "nats needs a runtime");
    polled_by_hand(weir_to_nats(lines(1), &WEIR_NATS_INTO(.subject = "x")),
                   "to_nats needs a runtime");
}

int nats_refusals(void)
{
    const struct CMUnitTest tests[] = {
        TEST(consumers_of_another_kind_are_told),
        TEST(a_plain_reader_wants_a_stream),
        TEST(a_consumer_may_begin_late),
        TEST(credentials_are_a_file),
        TEST(addresses_have_a_length),
        TEST(large_jobs_are_told),
        TEST(large_ones_go_to_the_dead),
        TEST(what_has_no_place_is_told),
        TEST(what_is_too_large_is_told),
        TEST(what_a_stream_refuses_is_told),
        TEST(that_a_stream_is_full_is_told),
        TEST(names_are_the_callers),
        TEST(places_without_a_topic_are_no_names),
        TEST(sizes_of_older_programs_are_known),
        TEST(looks_are_dropped),
        TEST(flushes_are_dropped),
        TEST(a_runtime_is_needed),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: refusals", tests, NULL, NULL);
    broker_end();
    return failed;
}
