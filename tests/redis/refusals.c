/* What does not fit, and is said; servers that say nothing; what older programs do not know. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../net/certificates.h"
#include "broker.h"
#include "weir/timed.h"
#include "weir/tls.h"

static weir_redis_from from_of(const char *stream)
{
    return WEIR_REDIS_FROM(.at.address = broker.at, .stream = stream, .group = "g",
                           .claim_ns = 500000000);
}

static void begins_with(weir_stream *stream, weir_code code, const char *words)
{
    expect_error(stream, code, true, words);
    assert_true(weir_redis_lag(stream) == WEIR_LAG_UNKNOWN);
    weir_drop(stream);
}

/* ---- servers ---- */

/* Takes connections, and never says a word: its socket. */
static int mute_server(char *at, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
    snprintf(at, size, "127.0.0.1:%d", ntohs(address.sin_port));
    return fd;
}

static weir_state last_of(weir_stream *stream)
{
    weir_message message;
    weir_state got;
    do
        got = weir_rt_next(rt, stream, &message, &error);
    while (got == WEIR_READY || (got == WEIR_ERROR && !error.fatal));
    return got;
}

static void reads_in_vain(const weir_redis_at *at, uint64_t max_ns, const char *words,
                          const char *cure)
{
    weir_redis_from from = WEIR_REDIS_FROM(.at = *at, .stream = "S", .lost_max_ns = max_ns);
    weir_stream *stream = weir_redis(&from);
    assert_int_equal(last_of(stream), WEIR_ERROR);
    if (error.code != WEIR_E_CLOSED || !strstr(error.message, words) || !strstr(error.cure, cure))
        fail_msg("code %d: %s (%s)", error.code, error.message, error.cure);
    weir_drop(stream);
}

static void who_is_away_for_too_long_is_told(void **state)
{
    (void)state;
    char at[40];
    int fd = mute_server(at, sizeof at);
    reads_in_vain(&(weir_redis_at){.address = "127.0.0.1:1"}, 300000000,
                  "the server was away for 300 ms", ".lost_max_ns");
    reads_in_vain(&(weir_redis_at){.address = at}, 1000000000,
                  "the server was away for 1 s: it said nothing", ".lost_max_ns");
    fails(weir_to_redis(lines(1), &WEIR_REDIS_INTO(.at.address = at, .stream = "S",
                                                   .lost_max_ns = 300000000)),
          WEIR_E_CLOSED, "it said nothing");
#ifdef WEIR_HAVE_OPENSSL
    weir_tls_context *tls = weir_tls_client(&(weir_tls_options){
        .size = sizeof(weir_tls_options), .ca = certificates()->ca.certificate});
    reads_in_vain(&(weir_redis_at){.address = at, .tls = tls}, 300000000, "it said nothing",
                  ".tls = NULL");
    fails(weir_to_redis(lines(1), &WEIR_REDIS_INTO(.at = {.address = at, .tls = tls}, .stream = "S",
                                                   .lost_max_ns = 300000000)),
          WEIR_E_CLOSED, "it said nothing");
    assert_non_null(strstr(error.cure, ".tls = NULL"));
    weir_tls_context_unref(tls);
#endif
    close(fd);
}

/* Tried for a moment: whoever is there, or not. */
static void addresses_have_forms(void **state)
{
    (void)state;
    static const char *const forms[] = {"[::1]:1", "[::1]", "127.0.0.1", "1", "", NULL};
    weir_message message;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        weir_stream *stream = weir_redis(
            &WEIR_REDIS_FROM(.at.address = forms[i], .stream = "none", .lost_max_ns = 50000000));
        stream = weir_take_until(stream, weir_sleep(20000000));
        while (weir_rt_next(rt, stream, &message, &error) == WEIR_ERROR && !error.fatal)
            ;
        weir_drop(stream);
    }
}

/* ---- who reads ---- */

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    begins_with(weir_redis(&WEIR_REDIS_FROM(.at.address = broker.at)), WEIR_E_ARGUMENT,
                "no stream is named");
    begins_with(weir_redis_jobs(&WEIR_REDIS_FROM(.at.address = broker.at, .stream = "X")),
                WEIR_E_ARGUMENT, "no group is named");
}

static void large_jobs_are_told(void **state)
{
    (void)state;
    weir_job job;
    broker_make("LARGE");
    broker_add("LARGE", 0, 1, 2000);
    broker_add("LARGE", 1, 1, 10);
    weir_redis_from from = from_of("LARGE");
    from.message_bytes_max = 1000;
    weir_stream *jobs = weir_redis_jobs(&from);
    assert_int_equal(weir_rt_next(rt, jobs, &job, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_false(error.fatal);
    job = take_job(jobs);
    assert_int_equal(number_of(&job.message), 1);
    weir_job_done(&job);
    weir_drop(jobs);
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

/* What is over a limit is told, and the dead have where it stands; the group is done with it. */
static void goes_to_the_dead(weir_stream *(*read)(const weir_redis_from *), const char *key,
                             const char *dead)
{
    weir_message message;
    broker_make(key);
    broker_say("XADD %s 7-3 value %02000d", key, 1);
    weir_redis_from from = from_of(key);
    from.message_bytes_max = 1000;
    from.dead = dead;
    weir_stream *items = read(&from);
    if (items->stage.marked)
        items = weir_settle_here(items);
    assert_int_equal(next_of(items), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(error.record, 7);
    broker_add(key, 2, 1, 10); /* behind it, so that it is polled */
    assert_int_equal(next_of(items), WEIR_READY);
    assert_int_equal(broker_say("XLEN %s", dead), 1);
    weir_drop(items);
    items = weir_redis(&WEIR_REDIS_FROM(.at.address = broker.at, .stream = dead));
    take(items, &message);
    assert_int_equal(message.value.size, 0);
    assert_string_equal(header_of(&message, "weir-stream"), key);
    assert_string_equal(header_of(&message, "weir-id"), "7-3");
    assert_string_equal(header_of(&message, "weir-reason"), "is over a limit");
    weir_drop(items);
    assert_int_equal(broker_say("XLEN %s", dead), 1);
}

static void large_ones_go_to_the_dead(void **state)
{
    (void)state;
    goes_to_the_dead(weir_redis, "BIG", "BIGDEAD");
    goes_to_the_dead(weir_redis_jobs, "BIGJOB", "BIGJOBDEAD");
}

static void add_headed(const char *key, unsigned n, size_t bytes)
{
    char **words = calloc(2 * n + 5, sizeof *words);
    char *value = calloc(1, bytes + 1);
    memset(value, 'v', bytes);
    const char *const first[] = {"XADD", key, "*", "value", "1"};
    for (unsigned i = 0; i < 5; i++)
        words[i] = strdup(first[i]);
    for (unsigned i = 0; i < 2 * n; i++)
        words[5 + i] = strdup(i % 2 ? value : "n");
    redisReply *reply = redisCommandArgv(broker.own, (int)(2 * n + 5), (const char **)words, NULL);
    assert_non_null(reply);
    assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
    freeReplyObject(reply);
    for (unsigned i = 0; i < 2 * n + 5; i++)
        free(words[i]);
    free(words);
    free(value);
}

static void headers_have_limits(void **state)
{
    (void)state;
    weir_message message;
    broker_make("HEADED");
    add_headed("HEADED", 65, 1);
    add_headed("HEADED", 9, 2000);
    for (unsigned i = 0; i < 9; i++) /* more than one batch has room for */
        add_headed("HEADED", 60, 1);
    weir_redis_from from = from_of("HEADED");
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    for (unsigned i = 0; i < 2; i++)
        expect_error(stream, WEIR_E_LIMIT, false, "");
    for (unsigned i = 0; i < 9; i++) {
        take(stream, &message);
        assert_int_equal(message.n_headers, 60);
    }
    weir_drop(stream);
}

/* ---- who writes ---- */

static weir_message homeless(int64_t i, void *topic)
{
    return (weir_message){.value = {"x", 1}, .topic = i ? topic : NULL, .offset = -1};
}
WEIR_MAP_FN(homeless_fn, homeless, int64_t, weir_message, .to = &weir_type_message)

static void what_has_no_place_is_told(void **state)
{
    (void)state;
    static char key[] = "HOME";
    run_sink(weir_to_redis(weir_map(weir_range(1, 4), &homeless_fn, key),
                           &WEIR_REDIS_INTO(.at.address = broker.at)),
             3);
    assert_int_equal(broker_say("XLEN HOME"), 3);
    fails(weir_to_redis(weir_map(weir_range(0, 2), &homeless_fn, key),
                        &WEIR_REDIS_INTO(.at.address = broker.at)),
          WEIR_E_ARGUMENT, "");
    run_sink(weir_to_redis(lines(100), &WEIR_REDIS_INTO(.at.address = broker.at, .stream = "NARROW",
                                                        .open_max = 3, .open_bytes_max = 300)),
             100);
    assert_int_equal(broker_say("XLEN NARROW"), 100);
}

/* An older program knew less of it; what it does not know is 0. */
static void sizes_of_older_programs_are_known(void **state)
{
    (void)state;
    weir_message message;
    broker_make("OLD");
    broker_add("OLD", 0, 1, 10);
    weir_redis_from from = from_of("OLD");
    from.size = offsetof(weir_redis_from, stream);
    begins_with(weir_redis(&from), WEIR_E_ARGUMENT, "no stream is named");
    from.size = 0; /* forgotten: as this one knows it */
    from.name = "me";
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    take(stream, &message);
    weir_drop(stream);
    weir_redis_into into = WEIR_REDIS_INTO(.at.address = broker.at, .stream = "OLDER");
    into.size = offsetof(weir_redis_into, stream);
    fails(weir_to_redis(lines(1), &into), WEIR_E_ARGUMENT, "");
    into.size = 0;
    run_sink(weir_to_redis(lines(1), &into), 1);
}

int redis_refusals(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_away_for_too_long_is_told), TEST(addresses_have_forms),
        TEST(wrong_arguments_are_refused),      TEST(large_jobs_are_told),
        TEST(large_ones_go_to_the_dead),        TEST(headers_have_limits),
        TEST(what_has_no_place_is_told),        TEST(sizes_of_older_programs_are_known),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: refusals", tests, NULL, NULL);
    broker_end();
    return failed;
}
