/* One client and one scripted peer: what the tests of requests and of answers share. */
#ifndef WEIR_TESTS_HTTP_CLIENT_RUN_H
#define WEIR_TESTS_HTTP_CLIENT_RUN_H

#include "peer.h"

static struct test_cx test;
static struct peer peer;

static inline int setup(void **state)
{
    (void)state;
    test_clock_begin();
    test_cx_init(&test);
    memset(&peer, 0, sizeof peer);
    peer_begin(&peer);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    peer_end(&peer);
    test_cx_fini(&test);
    assert_true(test_clock_idle());
    return 0;
}

/* Nobody was dialled. */
static inline void again(void)
{
    peer_end(&peer);
    memset(&peer, 0, sizeof peer);
    peer_begin(&peer);
}

static inline void answer(unsigned connection, unsigned request, const char *text,
                          enum peer_then then)
{
    peer.answers[connection][request] = (struct peer_answer){text, then, false, 0};
}

static const char hello[] = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nx-a: 1\r\n\r\nhello\n";

static inline weir_reply *must(weir_stream *future)
{
    weir_reply *reply = NULL;
    weir_error error = {0};
    if (peer_run(&peer, &test, future, &reply, &error) != WEIR_READY)
        fail_msg("%s (at %s)", error.message, error.place);
    return reply;
}

static inline weir_reply *get(const char *url, const weir_http_client_options *options)
{
    return must(weir_http_get(url, options));
}

static inline weir_error must_fail(weir_stream *future, weir_code code, const char *part)
{
    weir_reply *reply;
    weir_error error = {0};
    if (peer_run(&peer, &test, future, &reply, &error) != WEIR_ERROR)
        fail_msg("no error");
    if (error.code != code || !strstr(error.message, part))
        fail_msg("another error, %d: %s", error.code, error.message);
    assert_true(error.fatal);
    return error;
}

static inline struct bytes body_of(weir_reply *reply, size_t min, weir_error *error)
{
    weir_reader *reader = weir_reply_body(reply);
    assert_true(weir_reader_reserve(reader, 100000));
    return peer_body(&peer, &test, reader, min, error);
}

static inline void expect_body(weir_reply *reply, size_t min, const char *wanted)
{
    weir_error error;
    struct bytes got = body_of(reply, min, &error);
    if (got.state != WEIR_END)
        fail_msg("%s", error.message);
    assert_string_equal(got.data ? (char *)got.data : "", wanted);
    free(got.data);
}

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "transfer-encoding: chunked\r\n\r\n"

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
