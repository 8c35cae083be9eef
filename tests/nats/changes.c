/* What may happen to a server and to a consumer, and to who reads from it. */

#include <netinet/in.h>
#include <sys/socket.h>

#include "../net/certificates.h"
#include "broker.h"
#include "nats/source.h"

static weir_nats_from from_of(const char *stream)
{
    return WEIR_NATS_FROM(.at = broker.at, .stream = stream, .consumer = "w");
}

/* ---- what is missing ---- */

static void missing(const char *stream, const char *words)
{
    weir_nats_from from = from_of(stream);
    weir_stream *messages = weir_settle_here(weir_nats(&from));
    expect_error(messages, WEIR_E_ARGUMENT, true, words);
    assert_non_null(error.cure);
    weir_drop(messages);
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    broker_make("THERE", 1000);
    js_DeleteConsumer(broker.js, "THERE", "w", NULL, NULL);
    missing("NOWHERE", "stream 'NOWHERE': there is none");
    missing("THERE", "consumer 'w': there is none");
}

/* As soon as there is a stream for it. */
static void *publish_made(void *arg)
{
    while (js_Publish(NULL, broker.js, "made.x", "x", 1, NULL, NULL) != NATS_OK)
        usleep(20000);
    return arg;
}

static void what_is_missing_is_made(void **state)
{
    (void)state;
    weir_message message;
    weir_nats_from from = from_of("MADE");
    from.create = "made.*";
    from.ack_wait_ns = 3000000000;
    for (unsigned round = 0; round < 2; round++) { /* the second finds it */
        weir_stream *stream = weir_settle_here(weir_nats(&from));
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, publish_made, NULL), 0);
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
        pthread_join(thread, NULL);
        weir_drop(stream);
    }
    jsConsumerInfo *info = NULL;
    assert_int_equal(js_GetConsumerInfo(&info, broker.js, "MADE", "w", NULL, NULL), NATS_OK);
    assert_true(info->Config->AckWait == 3000000000);
    jsConsumerInfo_Destroy(info);
}

/* The requests are over, and nobody made others. */
static void until_nothing_is_asked(struct weir_nats_link *link)
{
    uint32_t left = 1;
    for (unsigned ms = 0; left && ms < 10000;) {
        pthread_mutex_lock(&link->lock);
        left = link->asks[0].left + link->asks[1].left;
        pthread_mutex_unlock(&link->lock);
        ms += wait_ms(1);
    }
    assert_int_equal(left, 0);
}

static void a_deleted_consumer_ends_it(void **state)
{
    (void)state;
    weir_message message;
    broker_make("GONE", 1000);
    broker_publish("GONE", 0, 1, 10);
    weir_nats_from from = from_of("GONE");
    weir_stream *stream = weir_settle_here(weir_nats(&from));
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_int_equal(js_DeleteConsumer(broker.js, "GONE", "w", NULL, NULL), NATS_OK);
    expect_error(stream, WEIR_E_ARGUMENT, true, "GONE");
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
    weir_drop(stream);
}

/* Where nothing is asked for nobody says so: the server is silent to who asks then. */
static void one_that_was_deleted_meanwhile_ends_it(void **state)
{
    (void)state;
    weir_message message;
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    config.MaxRequestExpires = 100000000;
    broker_make_of("SILENT", &config);
    broker_publish("SILENT", 0, 1, 10);
    weir_nats_from from = from_of("SILENT");
    weir_stream *source = weir_nats(&from), *messages = weir_settle_here(weir_by_ref(source));
    take(messages, &message);
    until_nothing_is_asked(broker_link(source));
    assert_int_equal(js_DeleteConsumer(broker.js, "SILENT", "w", NULL, NULL), NATS_OK);
    expect_error(messages, WEIR_E_ARGUMENT, true, "consumer 'w': there is none");
    weir_drop(messages);
    weir_drop(source);
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    weir_stream *stream = weir_settle_here(weir_nats(&WEIR_NATS_FROM(.at = broker.at)));
    expect_error(stream, WEIR_E_ARGUMENT, true, "no stream is named");
    weir_drop(stream);
    stream = weir_nats_jobs(&WEIR_NATS_FROM(.at = broker.at, .stream = "X"));
    expect_error(stream, WEIR_E_ARGUMENT, true, "no consumer is named");
    weir_drop(stream);
}

/* ---- in private ---- */

#ifdef WEIR_HAVE_OPENSSL
static char private_at[40], private_port[16];

static void run_private_server(void)
{
    execl(WEIR_NATS_SERVER, "nats-server", "-js", "-sd", "private", "-a", "127.0.0.1", "-p",
          private_port, "--tls", "--tlscert", "certificate", "--tlskey", "key", (char *)NULL);
}

static pid_t begin_in_private(void)
{
    int port = rig_free_port();
    snprintf(private_port, sizeof private_port, "%d", port);
    snprintf(private_at, sizeof private_at, "127.0.0.1:%d", port);
    rig_write(broker.dir, "certificate", certificates()->server.certificate);
    rig_write(broker.dir, "key", certificates()->server.key);
    return rig_start(broker.dir, run_private_server);
}

static weir_nats_from private_from(void)
{
    return WEIR_NATS_FROM(.at = private_at, .stream = "TLS", .consumer = "w", .create = "tls.x");
}

static bool is_found(const weir_stream *source)
{
    return WEIR_CONTAINER(source, struct weir_nats_source, stream)->found;
}

/* Polled until there are a stream and a consumer. */
static void make_in_private(void)
{
    weir_message message;
    weir_nats_from from = private_from();
    weir_stream *source = weir_nats(&from);
    for (unsigned i = 0; i < 300 && !is_found(source); i++) {
        weir_stream *stream = weir_skip_errors(weir_by_ref(source), 10, NULL);
        stream = weir_take_until(weir_settle_here(stream), weir_sleep(50000000));
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
        weir_drop(stream);
    }
    assert_true(is_found(source));
    weir_drop(source);
}

/* The server wants it; who signed its certificate is known by the usual variable. */
static void through_tls(void **state)
{
    (void)state;
    enum { N = 300 };
    weir_message message;
    pid_t server = begin_in_private();
    setenv("SSL_CERT_FILE", rig_write(broker.dir, "ca", certificates()->ca.certificate), 1);
    make_in_private();
    run_sink(weir_to_nats(lines(N), &WEIR_NATS_INTO(.at = private_at, .subject = "tls.x")), N);
    weir_nats_from from = private_from();
    weir_stream *stream = weir_settle_here(weir_nats(&from));
    for (unsigned i = 0; i < N; i++) {
        take(stream, &message);
        assert_int_equal(number_of(&message), i);
    }
    weir_drop(stream);
    setenv("SSL_CERT_FILE", rig_write(broker.dir, "ca", certificates()->other_ca.certificate), 1);
    stream = weir_settle_here(weir_nats(&from)); /* tried again, or given up by cnats already */
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    weir_drop(stream);
    unsetenv("SSL_CERT_FILE");
    rig_kill(server);
}
#else
static void through_tls(void **state)
{
    (void)state;
    puts("skipped: weir was built without TLS, and has no certificates");
}
#endif

/* ---- the server goes and comes ---- */

/* Without a consumer: each once, in order, also where the server forgot who asked. */
static void plain_readers_go_on(void **state)
{
    (void)state;
    enum { N = 3000 };
    weir_message message;
    broker_make("PLAIN", 1000);
    broker_publish("PLAIN", 0, N, 10);
    weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "PLAIN");
    weir_stream *stream = weir_nats(&from);
    assert_false(stream->stage.marked);
    stream = weir_skip_errors(stream, 10, NULL);
    for (unsigned i = 0; i < N; i++) {
        if (i == N / 2) {
            broker_kill();
            broker_start();
        }
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
        assert_int_equal(message.offset, i + 1);
    }
    weir_drop(stream);
    assert_int_equal(broker_left("PLAIN").pending, N); /* of "w", whom it did not touch */
}

/* Also of a server that went and came while nobody looked: what was published meanwhile is new. */
static void new_ones_only(void **state)
{
    (void)state;
    weir_message message;
    broker_make("NEW", 1000);
    broker_publish("NEW", 0, 100, 10);
    weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "NEW", .new_only = true);
    weir_stream *source = weir_nats(&from);
    weir_stream *stream = weir_skip_errors(weir_by_ref(source), 10, NULL);
    struct adding adding = {.add = broker_publish, .stream = "NEW"};
    pthread_t thread = later(rig_add_on, &adding);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_true(message.offset > 100);
    rig_added(&adding, thread);
    broker_kill();
    broker_wait_for(broker_link(source), false);
    broker_start();
    broker_wait_for(broker_link(source), true);
    uint64_t all = broker_stored_soon("NEW");
    broker_publish("NEW", 0, 1, 10);
    while (message.offset <= (int64_t)all) {
        int64_t before = message.offset;
        take(stream, &message);
        assert_int_equal(message.offset, before + 1);
    }
    weir_drop(stream);
    weir_drop(source);
}

static void delete_consumers(const char *stream, const char *but)
{
    jsConsumerNamesList *names = NULL;
    assert_int_equal(js_ConsumerNames(&names, broker.js, stream, NULL, NULL), NATS_OK);
    for (int i = 0; i < names->Count; i++)
        if (strcmp(names->List[i], but) != 0)
            assert_int_equal(js_DeleteConsumer(broker.js, stream, names->List[i], NULL, NULL),
                             NATS_OK);
    jsConsumerNamesList_Destroy(names);
}

/* The one that the server named is made again, behind what came. */
static void plain_readers_outlive_their_consumer(void **state)
{
    (void)state;
    weir_message message;
    broker_make("NAMELESS", 1000);
    broker_publish("NAMELESS", 0, 10, 10);
    weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "NAMELESS");
    weir_stream *stream = weir_nats(&from);
    for (unsigned i = 0; i < 20; i++) {
        if (i == 10) {
            delete_consumers("NAMELESS", "w");
            broker_publish("NAMELESS", 10, 10, 10);
        }
        take(stream, &message);
        assert_int_equal(number_of(&message), i);
    }
    weir_drop(stream);
}

/* ---- half there ---- */

/* At the broker's place. */
static int listen_instead(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)broker.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 4), 0);
    return fd;
}

/* One that dies while it greets, and then the broker. */
static void *greet_and_die(void *listener)
{
    static const char greeting[] = "INFO {\"server_id\":\"x\",\"max_payload\":1048576}\r\n";
    int fd = *(int *)listener, connection = accept(fd, NULL, NULL);
    (void)!write(connection, greeting, sizeof greeting - 1);
    usleep(50000);
    close(connection);
    close(fd);
    broker_start();
    return listener;
}

static void a_server_may_die_while_it_greets(void **state)
{
    (void)state;
    weir_message message;
    broker_make("GREETS", 30000);
    broker_publish("GREETS", 0, 1, 10);
    broker_kill();
    int fd = listen_instead();
    pthread_t thread = later(greet_and_die, &fd);
    weir_nats_from from = from_of("GREETS");
    weir_stream *messages = weir_settle_here(weir_nats(&from));
    expect_error(messages, WEIR_E_CLOSED, false, "no server answers");
    expect_error(messages, WEIR_E_CLOSED, false, "there again");
    take(messages, &message);
    weir_drop(messages);
    pthread_join(thread, NULL);
}

/* ---- it knows us no more ---- */

/* One that comes back and wants to know who asks: it is given up, also by who comes then. */
static void a_server_may_know_us_no_more(void **state)
{
    (void)state;
    weir_message message;
    static struct keeper keeper;
    broker_make("STRICT", 30000);
    broker_publish("STRICT", 0, 1, 10);
    weir_nats_from from = from_of("STRICT");
    weir_stream *messages = keeper_over(weir_nats(&from), &keeper);
    take(messages, &message);
    broker_kill();
    expect_error(messages, WEIR_E_CLOSED, false, "lost the server");
    broker.strict = true;
    broker_start();
    expect_error(messages, WEIR_E_CLOSED, true, "the connection is given up: ");
    weir_drop(messages);
    keeper_settle(&keeper, true);
    messages = weir_settle_here(weir_nats(&from));
    expect_error(messages, WEIR_E_CLOSED, true, "the connection is given up: ");
    assert_non_null(error.cure);
    weir_drop(messages);
    broker_kill();
    broker.strict = false;
    broker_start();
}

/* Nobody looked while it came and went again: that is told as one. */
static void a_server_may_be_lost_twice(void **state)
{
    (void)state;
    weir_message message;
    broker_make("TWICE", 500);
    broker_publish("TWICE", 0, 1, 10);
    weir_nats_from from = from_of("TWICE");
    weir_stream *source = weir_nats(&from), *messages = weir_settle_here(weir_by_ref(source));
    take(messages, &message);
    broker_kill();
    expect_error(messages, WEIR_E_CLOSED, false, "lost the server");
    for (unsigned i = 0; i < 2; i++) {
        broker_start();
        broker_wait_for(broker_link(source), true);
        if (i == 0)
            broker_kill();
        broker_wait_for(broker_link(source), i);
    }
    expect_error(messages, WEIR_E_CLOSED, false, "there again");
    assert_int_equal(broker_stored_soon("TWICE"), 1);
    broker_publish("TWICE", 1, 1, 10);
    do
        take(messages, &message);
    while (number_of(&message) != 1);
    weir_drop(messages);
    weir_drop(source);
}

/* ---- dropped ---- */

static void dropped_anywhere(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    broker_make("DROP", 1000);
    broker_publish("DROP", 0, 100, 10);
    weir_nats_from from = from_of("DROP");
    for (unsigned round = 0; round < 8; round++) {
        weir_stream *stream = keeper_over(weir_nats(&from), &keeper);
        for (unsigned i = 0; i < round; i++)
            assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
        weir_drop(stream);
        keeper_settle(&keeper, round % 2); /* marks outlive it */
    }
    from.at = "127.0.0.1:1"; /* nobody is there */
    weir_stream *stream = weir_settle_here(weir_nats(&from));
    expect_error(stream, WEIR_E_CLOSED, false, "no server answers");
    weir_drop(stream);
}

int nats_changes(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_missing_is_said),
        TEST(what_is_missing_is_made),
        TEST(a_deleted_consumer_ends_it),
        TEST(one_that_was_deleted_meanwhile_ends_it),
        TEST(wrong_arguments_are_refused),
        TEST(through_tls),
        TEST(the_server_comes_back),
        TEST(the_server_is_late),
        TEST(a_server_may_die_while_it_greets),
        TEST(a_server_may_be_lost_twice),
        TEST(a_server_may_know_us_no_more),
        TEST(dropped_anywhere),
        TEST(plain_readers_go_on),
        TEST(plain_readers_outlive_their_consumer),
        TEST(new_ones_only),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: changes", tests, NULL, NULL);
    broker_end();
    return failed;
}
