/* What may happen to a server and to a group, and to who reads from it. */

#include <arpa/inet.h>
#include <sys/socket.h>

#include "../net/certificates.h"
#include "broker.h"

static weir_redis_from from_of(const char *stream)
{
    return WEIR_REDIS_FROM(.at.address = broker.at, .stream = stream, .group = "g");
}

/* ---- what is missing ---- */

static void what_is_missing_is_said(void **state)
{
    (void)state;
    weir_redis_from from = from_of("NOWHERE");
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    expect_error(stream, WEIR_E_ARGUMENT, true, "NOGROUP");
    assert_non_null(strstr(error.cure, ".create"));
    assert_string_equal(error.place, broker.at);
    weir_drop(stream);
    stream = weir_redis(&WEIR_REDIS_FROM(.at.address = broker.at));
    expect_error(stream, WEIR_E_ARGUMENT, true, "no stream is named");
    weir_drop(stream);
}

static void what_is_missing_is_made(void **state)
{
    (void)state;
    weir_message message;
    weir_redis_from from = from_of("MADE");
    from.create = true;
    for (unsigned round = 0; round < 2; round++) { /* the second finds it */
        weir_stream *stream = weir_settle_here(weir_redis(&from));
        broker_add("MADE", round, 1, 10);
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
        assert_int_equal(number_of(&message), round);
        weir_drop(stream);
        broker_say("XGROUP SETID MADE g $");
        broker_say("XTRIM MADE MAXLEN 0");
    }
}

/* A server that comes back with nothing has what came since, before we were there again. */
static void *forget_and_add(void *arg)
{
    usleep(100000);
    broker_forget();
    broker_add("NEW", 1, 3, 10);
    return arg;
}

static void new_ones_are_not_passed_over(void **state)
{
    (void)state;
    weir_message message;
    weir_redis_from from = from_of("NEW");
    from.create = from.new_only = true;
    broker_add("NEW", 100, 1, 10); /* is stored already */
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    pthread_t thread = later(forget_and_add, NULL);
    expect_error(stream, WEIR_E_CLOSED, false, "lost the server");
    pthread_join(thread, NULL);
    expect_error(stream, WEIR_E_CLOSED, false, "there again");
    for (unsigned i = 1; i <= 3; i++) {
        take(stream, &message);
        assert_int_equal(number_of(&message), i);
    }
    weir_drop(stream);
}

static void *destroy(void *arg)
{
    usleep(200000);
    broker_say("XGROUP DESTROY GONE g");
    return arg;
}

/* While it waits for messages. */
static void a_deleted_group_ends_it(void **state)
{
    (void)state;
    weir_message message;
    pthread_t thread;
    broker_make("GONE");
    broker_add("GONE", 0, 1, 10);
    weir_redis_from from = from_of("GONE");
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_int_equal(pthread_create(&thread, NULL, destroy, NULL), 0);
    expect_error(stream, WEIR_E_ARGUMENT, true, "NOGROUP");
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
    pthread_join(thread, NULL);
    weir_drop(stream);
}

static void who_may_not_is_told(void **state)
{
    (void)state;
    weir_message message;
    broker_make("SECRET");
    broker_add("SECRET", 0, 1, 10);
    broker_say("ACL SETUSER worker on >word ~SECRET +@all");
    weir_redis_from from = from_of("SECRET");
    from.at.user = "worker";
    from.at.password = "other";
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    expect_error(stream, WEIR_E_ARGUMENT, true, "WRONGPASS");
    assert_non_null(strstr(error.cure, "password"));
    weir_drop(stream);
    from.at.password = "word";
    stream = weir_settle_here(weir_redis(&from));
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    weir_drop(stream);
    from.stream = "ALL";
    stream = weir_settle_here(weir_redis(&from));
    expect_error(stream, WEIR_E_ARGUMENT, true, "NOPERM");
    weir_drop(stream);
}

static void databases_differ(void **state)
{
    (void)state;
    weir_message message;
    uint64_t n;
    weir_redis_into into =
        WEIR_REDIS_INTO(.at = {.address = broker.at, .database = 3}, .stream = "THIRD");
    weir_line line = {"7", 1};
    weir_stream *one = weir_iter(&weir_type_line, &line, 1);
    assert_int_equal(weir_rt_run(rt, weir_to_redis(one, &into), &n, &error), WEIR_READY);
    assert_int_equal(broker_say("EXISTS THIRD"), 0);
    weir_redis_from from =
        WEIR_REDIS_FROM(.at = {.address = broker.at, .database = 3}, .stream = "THIRD");
    weir_stream *stream = weir_redis(&from);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_int_equal(number_of(&message), 7);
    weir_drop(stream);
}

/* ---- in private ---- */

#ifdef WEIR_HAVE_OPENSSL
enum { ADDRESS_BYTES = 40 };

/* False: it was built without. */
static bool serve_tls(int port, const char *clients)
{
    const struct certificates *known = certificates();
    redisReply *reply = redisCommand(
        broker.own,
        "CONFIG SET tls-cert-file %s tls-key-file %s tls-ca-cert-file %s tls-auth-clients %s "
        "tls-port %d",
        rig_write(broker.dir, "certificate", known->server.certificate),
        rig_write(broker.dir, "key", known->server.key),
        rig_write(broker.dir, "ca", known->ca.certificate), clients, port);
    bool served = reply && reply->type == REDIS_REPLY_STATUS;
    freeReplyObject(reply);
    return served;
}

/* False, which is said: it was built without. */
static bool is_private(char address[static ADDRESS_BYTES], const char *clients)
{
    int port = rig_free_port();
    snprintf(address, ADDRESS_BYTES, "127.0.0.1:%d", port);
    bool served = serve_tls(port, clients);
    if (!served)
        puts("skipped: this redis-server was built without TLS");
    return served;
}

static weir_tls_context *who_trusts_it(void)
{
    return weir_tls_client(&(weir_tls_options){.size = sizeof(weir_tls_options),
                                               .ca = certificates()->ca.certificate});
}

static void through_tls(void **state)
{
    (void)state;
    enum { N = 2000 };
    weir_message message;
    char address[ADDRESS_BYTES];
    if (!is_private(address, "no"))
        return;
    broker_make("TLS");
    broker_add("TLS", 0, N, 100);
    weir_tls_context *tls = who_trusts_it();
    weir_redis_from from = from_of("TLS");
    from.at = (weir_redis_at){.address = address, .tls = tls};
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
        assert_int_equal(number_of(&message), i);
    }
    weir_drop(stream);
    assert_true(broker_pending("TLS") <= 256); /* what was said last may not have come */
    weir_redis_into into = WEIR_REDIS_INTO(.at = from.at, .stream = "PRIVATE");
    run_sink(weir_to_redis(lines(N), &into), N);
    assert_int_equal(broker_say("XLEN PRIVATE"), N);
    weir_tls_context_unref(tls);
    broker_say("CONFIG SET tls-port 0");
}

static void wrong_certificates_end_it(void **state)
{
    (void)state;
    char address[ADDRESS_BYTES];
    if (!is_private(address, "no"))
        return;
    weir_tls_context *tls =
        weir_tls_client(&(weir_tls_options){.size = sizeof(weir_tls_options)}); /* trusts others */
    weir_redis_from from = from_of("UNTRUSTED");
    from.at = (weir_redis_at){.address = address, .tls = tls};
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    expect_error(stream, WEIR_E_CORRUPT, true, "the certificate of ");
    assert_non_null(strstr(error.cure, "ca_file"));
    assert_string_equal(error.place, address);
    weir_drop(stream);
    weir_redis_into into = WEIR_REDIS_INTO(.at = from.at, .stream = "UNTRUSTED");
    fails(weir_to_redis(lines(3), &into), WEIR_E_CORRUPT, "the certificate of ");
    weir_tls_context_unref(tls);
    broker_say("CONFIG SET tls-port 0");
}

/* What the server wants of us, and does not get, it does not get later either. */
static void no_certificate_ends_it(void **state)
{
    (void)state;
    char address[ADDRESS_BYTES];
    if (!is_private(address, "yes"))
        return;
    weir_tls_context *tls = who_trusts_it();
    weir_redis_from from = from_of("UNKNOWN");
    from.at = (weir_redis_at){.address = address, .tls = tls};
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    expect_error(stream, WEIR_E_CLOSED, true, "certificate required");
    assert_non_null(strstr(error.cure, "certificate_file"));
    weir_drop(stream);
    weir_redis_into into = WEIR_REDIS_INTO(.at = from.at, .stream = "UNKNOWN");
    fails(weir_to_redis(lines(3), &into), WEIR_E_CLOSED, "certificate required");
    weir_tls_context_unref(tls);
    broker_say("CONFIG SET tls-port 0");
}

static void *want_none_again(void *address)
{
    usleep(500000);
    broker_say("CONFIG SET tls-auth-clients no");
    broker_add("STRICT", 1, 1, 10);
    return address;
}

/* It served before: what it refuses then is of how it was started, and may pass. */
static void a_server_that_refuses_for_a_while_comes_back(void **state)
{
    (void)state;
    weir_message message;
    char address[ADDRESS_BYTES];
    if (!is_private(address, "no"))
        return;
    broker_make("STRICT");
    broker_add("STRICT", 0, 1, 10);
    weir_tls_context *tls = who_trusts_it();
    weir_redis_from from = from_of("STRICT");
    from.at = (weir_redis_at){.address = address, .tls = tls};
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    take(stream, &message);
    broker_say("CONFIG SET tls-auth-clients yes");
    broker_say("CLIENT KILL LADDR %s", address);
    expect_error(stream, WEIR_E_CLOSED, false, "");
    pthread_t thread = later(want_none_again, address);
    expect_error(stream, WEIR_E_CLOSED, false, "");
    pthread_join(thread, NULL);
    take(stream, &message);
    assert_int_equal(number_of(&message), 1);
    weir_drop(stream);
    weir_tls_context_unref(tls);
    broker_say("CONFIG SET tls-port 0");
}
#else
static void a_server_that_refuses_for_a_while_comes_back(void **state)
{
    (void)state;
    puts("skipped: weir was built without TLS");
}

static void no_certificate_ends_it(void **state)
{
    (void)state;
    puts("skipped: weir was built without TLS");
}

static void wrong_certificates_end_it(void **state)
{
    (void)state;
    puts("skipped: weir was built without TLS");
}

static void through_tls(void **state)
{
    (void)state;
    puts("skipped: weir was built without TLS");
}
#endif

/* ---- the server goes and comes ---- */

/* Each once, in order. */
static void plain_readers_go_on(void **state)
{
    (void)state;
    enum { N = 3000 };
    weir_message message;
    broker_add("PLAIN", 0, N, 10);
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "PLAIN");
    weir_stream *stream = weir_redis(&from);
    assert_false(stream->stage.marked);
    stream = weir_skip_errors(stream, 10, NULL);
    for (unsigned i = 0; i < N; i++) {
        if (i == N / 2) {
            broker_kill();
            broker_start();
        }
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
        assert_int_equal(number_of(&message), i);
    }
    weir_drop(stream);
}

/* ---- one that says nothing ---- */

/* It takes connections, and never a word. */
static int listen_mute(char address[40])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && !bind(fd, (struct sockaddr *)&at, size) && !listen(fd, 8) &&
                !getsockname(fd, (struct sockaddr *)&at, &size));
    snprintf(address, 40, "127.0.0.1:%d", ntohs(at.sin_port));
    return fd;
}

static void who_is_mute_is_waited_for_no_longer(void **state)
{
    (void)state;
    char address[40];
    int fd = listen_mute(address);
    weir_redis_from from = from_of("MUTE");
    from.at.address = address;
    from.lost_max_ns = 300000000;
    uint64_t begun_ns = weir_sys_posix.now_ns(&weir_sys_posix);
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    expect_error(stream, WEIR_E_CLOSED, true, "away for 300 ms: it said nothing");
    assert_string_equal(error.place, address);
    weir_drop(stream);
    weir_redis_into into = WEIR_REDIS_INTO(.at = from.at, .stream = "MUTE");
    into.lost_max_ns = from.lost_max_ns;
    fails(weir_to_redis(lines(3), &into), WEIR_E_CLOSED, "away for too long: it said nothing");
    assert_true(weir_sys_posix.now_ns(&weir_sys_posix) - begun_ns < 10000000000);
    close(fd);
}

/* ---- dropped ---- */

static void dropped_anywhere(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    broker_make("DROP");
    broker_add("DROP", 0, 100, 10);
    weir_redis_from from = from_of("DROP");
    from.fetch_max = 2;
    for (unsigned round = 0; round < 8; round++) {
        weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
        for (unsigned i = 0; i < round; i++)
            assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
        weir_drop(stream);
        keeper_settle(&keeper, round % 2); /* marks outlive it */
    }
    from.at.address = "127.0.0.1:1"; /* nobody is there */
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    expect_error(stream, WEIR_E_CLOSED, false, "lost the server");
    weir_drop(stream);
}

/* Its runtime is gone before it. */
static void dropped_late(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    broker_make("LATER");
    broker_add("LATER", 0, 300, 10);
    weir_redis_from from = from_of("LATER");
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    for (unsigned i = 0; i < 200; i++)
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    weir_rt_drop(rt);
    rt = NULL;
    keeper_settle(&keeper, true);
    weir_drop(stream);
}

int redis_changes(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_missing_is_said),
        TEST(what_is_missing_is_made),
        TEST(new_ones_are_not_passed_over),
        TEST(a_deleted_group_ends_it),
        TEST(who_may_not_is_told),
        TEST(databases_differ),
        TEST(through_tls),
        TEST(a_server_that_refuses_for_a_while_comes_back),
        TEST(no_certificate_ends_it),
        TEST(wrong_certificates_end_it),
        TEST(the_server_comes_back),
        TEST(the_server_is_late),
        TEST(plain_readers_go_on),
        TEST(who_is_mute_is_waited_for_no_longer),
        TEST(dropped_anywhere),
        TEST(dropped_late),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: changes", tests, NULL, NULL);
    broker_end();
    return failed;
}
