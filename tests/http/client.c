/* The client: requests to a scripted peer. */

#include "peer.h"

static struct test_cx test;
static struct peer peer;

static int setup(void **state)
{
    (void)state;
    test_clock_begin();
    test_cx_init(&test);
    memset(&peer, 0, sizeof peer);
    peer_begin(&peer);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    peer_end(&peer);
    test_cx_fini(&test);
    assert_true(test_clock_idle());
    return 0;
}

/* Nobody was dialled. */
static void again(void)
{
    peer_end(&peer);
    memset(&peer, 0, sizeof peer);
    peer_begin(&peer);
}

static const char hello[] = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nx-a: 1\r\n\r\nhello\n";

static weir_reply *get(const char *url, const weir_http_client_options *options)
{
    weir_reply *reply = NULL;
    weir_error error = {0};
    weir_state state = peer_run(&peer, &test, weir_http_get(url, options), &reply, &error);
    if (state != WEIR_READY)
        fail_msg("%s: %s", url, error.message);
    return reply;
}

static void expect_body(weir_reader *reader, size_t min, const char *wanted)
{
    weir_error error;
    struct bytes got = peer_body(&peer, &test, reader, min, &error);
    if (got.state != WEIR_END)
        fail_msg("%s", error.message);
    assert_int_equal(got.n, strlen(wanted));
    assert_memory_equal(got.data ? (char *)got.data : "", wanted, got.n);
    free(got.data);
}

static void a_get_is_answered(void **state)
{
    (void)state;
    for (size_t piece = 0; piece < sizeof hello; piece++)
        for (size_t min = 1; min < 8; min += 3) {
            again();
            peer.piece = piece;
            peer.answers[0][0] = (struct peer_answer){hello, PEER_CLOSE, false};
            weir_http_client_options options = peer_options(&peer);
            weir_reply *reply = get("http://Example.org/a?b=c#d", &options);
            assert_int_equal(weir_reply_status(reply), 200);
            assert_int_equal(weir_reply_version(reply), 11);
            assert_string_equal(weir_reply_reason(reply), "OK");
            assert_string_equal(weir_reply_header(reply, "X-A"), "1");
            assert_null(weir_reply_header(reply, "x-b"));
            assert_int_equal(weir_reply_headers_n(reply), 2);
            assert_string_equal(weir_reply_header_at(reply, 1).name, "x-a");
            assert_string_equal(weir_reply_url(reply), "http://example.org/a?b=c");
            assert_int_equal(weir_reply_length(reply), 6);
            expect_body(weir_reply_body(reply), min, "hello\n");
            weir_reply_drop(reply);
            assert_string_equal(peer.connections[0].address, "example.org:80");
            assert_string_equal(peer.connections[0].got,
                                "GET /a?b=c HTTP/1.1\r\nhost: example.org\r\n"
                                "user-agent: weir/0.1.0\r\naccept: */*\r\n"
                                "connection: close\r\n\r\n");
        }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int http_client(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_get_is_answered),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
