/* What a server may say that none does, or seldom: what is made of it. No server is asked. */

#include "stand_in.h"

#include "doubles.h"
#include "weir/redis.h"
#include "weir/timed.h"

static weir_redis_from from_stand_in(void)
{
    return WEIR_REDIS_FROM(.at.address = stand_in_at, .stream = "s", .group = "g",
                           .claim_ns = 300000000);
}

static weir_stream *group(void)
{
    weir_redis_from from = from_stand_in();
    return weir_settle_here(weir_redis(&from));
}

static void take_number(weir_stream *stream, unsigned number)
{
    weir_message message;
    take(stream, &message);
    assert_int_equal(number_of(&message), number);
}

/* ---- no answers ---- */

/* The connection is given up, and on the next one it goes on. */
static void lost_by(const struct stand_in_row *row, const char *words)
{
    const struct stand_in_row rows[] = {*row, {.asked = "STREAMS s >", .answer = PAGE(1) ENTRY(1)}};
    STAND_IN(rows);
    weir_stream *stream = group();
    expect_error(stream, WEIR_E_CLOSED, false, words);
    expect_error(stream, WEIR_E_CLOSED, false, "there again");
    take_number(stream, 1);
    weir_drop(stream);
    assert_int_equal(stand_in_heard("PING"), 2);
    stand_in_end();
}

static void what_is_no_answer_loses_the_server(void **state)
{
    (void)state;
    lost_by(&(struct stand_in_row){.asked = "PING", .answer = "HTTP/1.1 400 Bad Request\r\n\r\n"},
            "no RESP");
    lost_by(&(struct stand_in_row){.asked = "PING", .answer = TOO_MUCH}, "arrays 7 deep");
    lost_by(&(struct stand_in_row){.asked = "PING", .answer = "-LOADING it\r\n"}, "LOADING");
}

/* More than one answer: nothing was asked behind it, or it was not sent yet. */
static void what_was_not_asked_loses_the_server(void **state)
{
    (void)state;
    lost_by(&(struct stand_in_row){.asked = "XREADGROUP", .answer = "*-1\r\n*-1\r\n"}, "not asked");
    lost_by(&(struct stand_in_row){.asked = "XREADGROUP", .answer = "*-1\r\n" TOO_MUCH},
            "arrays 7 deep");
    lost_by(
        &(struct stand_in_row){.asked = "XAUTOCLAIM", .answer = CLAIMED(1) ENTRY(1) "*0\r\n:1\r\n"},
        "not asked");
}

/* ---- refusals ---- */

static void refused_by(const char *answer, const char *words, const char *cure)
{
    const struct stand_in_row row = {.asked = "PING", .answer = answer};
    stand_in_begin(&row, 1);
    weir_stream *stream = group();
    expect_error(stream, WEIR_E_ARGUMENT, true, words);
    assert_true(cure ? error.cure && strstr(error.cure, cure) : !error.cure);
    weir_drop(stream);
    stand_in_end();
}

static void what_it_refuses_ends_it(void **state)
{
    (void)state;
    refused_by("-NO\r\n", "the server says: NO", NULL);
    refused_by("-NOAUTH who?\r\n", "NOAUTH", "user and password");
    refused_by("-NOGROUP none\r\n", "NOGROUP", ".create");
}

/* The stream was deleted while it was waited for: the next answer says what that means. */
static void unblocked_is_no_refusal(void **state)
{
    (void)state;
    static const struct stand_in_row rows[] = {
        {.asked = "STREAMS s >", .answer = "-UNBLOCKED the stream key no longer exists\r\n"},
        {.asked = "STREAMS s >", .answer = PAGE(1) ENTRY(1)},
    };
    STAND_IN(rows);
    weir_stream *stream = group();
    take_number(stream, 1);
    weir_drop(stream);
    stand_in_end();
}

static void what_a_sink_cannot_read_ends_it(void **state)
{
    (void)state;
    static const struct stand_in_row row = {.asked = "XADD", .answer = TOO_MUCH};
    stand_in_begin(&row, 1);
    weir_redis_into into = WEIR_REDIS_INTO(.at.address = stand_in_at, .stream = "s");
    fails(weir_to_redis(lines(1), &into), WEIR_E_LIMIT, "arrays 7 deep");
    assert_string_equal(error.place, stand_in_at);
    stand_in_end();
}

/* ---- pages ---- */

/* What is no entry is passed over; a page of such has no mark, and nobody waits for one. */
static void what_is_no_entry_is_passed_over(void **state)
{
    (void)state;
    static const struct stand_in_row rows[] = {
        {.asked = "STREAMS s ", .answer = PAGE(2) ":5\r\n*1\r\n:5\r\n"},
        {.asked = "STREAMS s ", .answer = "*1\r\n*2\r\n$1\r\ns\r\n:5\r\n"},
        {.asked = "STREAMS s ", .answer = PAGE(2) ENTRY(1) ":5\r\n"},
        {.asked = "STREAMS s ", .answer = PAGE(1) ENTRY(2)},
    };
    for (unsigned i = 0; i < 2; i++) {
        STAND_IN(rows);
        weir_redis_from from = from_stand_in();
        from.group = i ? NULL : from.group;
        weir_stream *stream = i ? weir_redis(&from) : weir_settle_here(weir_redis(&from));
        take_number(stream, 1);
        take_number(stream, 2);
        weir_drop(stream);
        stand_in_end();
    }
}

/* Of an older server: nothing is there of what was deleted; or it was acknowledged meanwhile. */
static void what_is_gone_is_passed_over(void **state)
{
    (void)state;
    static const struct stand_in_row rows[] = {
        {.asked = "XAUTOCLAIM",
         .answer = CLAIMED(3) "*2\r\n$3\r\n1-0\r\n*-1\r\n" ENTRY(2) ENTRY(3) "*0\r\n"},
        {.asked = "XPENDING s g 2-0", .answer = "*0\r\n"},
    };
    STAND_IN(rows);
    weir_stream *stream = group();
    take_number(stream, 3);
    weir_drop(stream);
    assert_int_equal(stand_in_heard("XPENDING s g 1-0"), 0);
    stand_in_end();
}

/* ---- how many are to come ---- */

#define LAG(value) "*1\r\n*4\r\n$4\r\nname\r\n$1\r\ng\r\n$3\r\nlag\r\n" value "\r\n"

static uint64_t lag_after(const char *answer)
{
    const struct stand_in_row rows[] = {
        {.asked = "XINFO", .answer = answer},
        {.asked = "STREAMS s >", .answer = PAGE(1) ENTRY(1)},
    };
    STAND_IN(rows);
    weir_redis_from from = from_stand_in();
    weir_stream *inner = weir_redis(&from), *stream = weir_settle_here(inner);
    assert_true(weir_redis_lag(inner) == WEIR_LAG_UNKNOWN);
    take_number(stream, 1);
    assert_int_equal(stand_in_heard("XINFO GROUPS s"), 1);
    uint64_t lag = weir_redis_lag(inner);
    weir_drop(stream);
    stand_in_end();
    return lag;
}

static void what_is_to_come_may_be_unknown(void **state)
{
    (void)state;
    assert_int_equal(lag_after(LAG(":7")), 7);
    assert_true(lag_after(LAG("$-1")) == WEIR_LAG_UNKNOWN);
    assert_true(lag_after("-NOPERM\r\n") == WEIR_LAG_UNKNOWN);
}

/* ---- the end ---- */

static void *stop_soon(void *arg)
{
    usleep(200000);
    weir_rt_stop(rt);
    return arg;
}

/* Stopped while that is asked: nothing comes, and so long it takes at most. */
static void stops(const struct stand_in_row *rows, size_t n, uint64_t max_ns)
{
    weir_message message;
    stand_in_begin(rows, n);
    weir_stream *stream = group();
    uint64_t begun_ns = weir_sys_posix.now_ns(&weir_sys_posix);
    pthread_t thread = later(stop_soon, NULL);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
    pthread_join(thread, NULL);
    assert_true(weir_sys_posix.now_ns(&weir_sys_posix) - begun_ns < max_ns);
    weir_drop(stream);
    weir_rt_drop(rt);
    rt = weir_rt_new(NULL, &error);
}

/* A read that waits at the server says nothing for long. */
static void stop_waits_for_no_read(void **state)
{
    (void)state;
    static const struct stand_in_row row = {.asked = "XREADGROUP"};
    stops(&row, 1, 4000000000);
    stand_in_end();
}

/* How often it was given comes when it went back. */
static void stop_needs_no_tries(void **state)
{
    (void)state;
    static const struct stand_in_row rows[] = {
        {.asked = "XAUTOCLAIM", .answer = CLAIMED(2) ENTRY(1) ENTRY(2) "*0\r\n"},
        {.asked = "XPENDING s g 1-0", .answer = TRIES(3), .wait_ms = 600},
    };
    stops(rows, sizeof rows / sizeof *rows, 4000000000);
    assert_int_equal(stand_in_heard("XCLAIM s g weir 0 1-0 2-0 IDLE 300"), 1);
    stand_in_end();
}

int redis_answers(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_answer_loses_the_server),
        TEST(what_was_not_asked_loses_the_server),
        TEST(what_it_refuses_ends_it),
        TEST(unblocked_is_no_refusal),
        TEST(what_a_sink_cannot_read_ends_it),
        TEST(what_is_no_entry_is_passed_over),
        TEST(what_is_gone_is_passed_over),
        TEST(what_is_to_come_may_be_unknown),
        TEST(stop_waits_for_no_read),
        TEST(stop_needs_no_tries),
    };
    if (!rig_has(NULL, NULL))
        return 0;
    return cmocka_run_group_tests_name("redis: answers", tests, NULL, NULL);
}
