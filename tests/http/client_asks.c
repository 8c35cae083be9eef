/* The client: requests and their bodies, redirects, times, other protocols. */

#include "client_run.h"

static weir_stream *ask(const char *method, const weir_http_client_options *options)
{
    weir_http_request_spec request = {.size = sizeof request, .method = method, .url = "http://h/"};
    return weir_http_send(&request, NULL, options);
}

/* ---- requests ---- */

static void requests_are_written_right(void **state)
{
    static const weir_header more[] = {{"accept", "text/plain"}, {"user-agent", "me"}};
    static const weir_header own[] = {{"X-Own", "1"}};
    (void)state;
    answer(0, 0, OK "content-length: 0\r\n\r\n", PEER_KEEP);
    weir_http_client_options options = peer_options(&peer);
    options.headers = more;
    options.headers_n = 2;
    weir_http_request_spec request = {.size = sizeof request,
                                      .method = "DELETE",
                                      .url = "http://[::1]:8080",
                                      .headers = own,
                                      .headers_n = 1};
    weir_reply_drop(must(weir_http_send(&request, NULL, &options)));
    assert_string_equal(peer.connections[0].address, "[::1]:8080");
    assert_string_equal(peer.connections[0].got, "DELETE / HTTP/1.1\r\n"
                                                 "host: [::1]:8080\r\n"
                                                 "accept: text/plain\r\n"
                                                 "user-agent: me\r\n"
                                                 "X-Own: 1\r\n"
                                                 "connection: close\r\n\r\n");
    again();
    answer(0, 0, OK "content-length: 0\r\n\r\n", PEER_KEEP);
    options = peer_options(&peer);
    weir_reply_drop(must(ask("POST", &options)));
    assert_non_null(strstr(peer.connections[0].got, "content-length: 0\r\n"));
}

static void requests_that_are_refused(void **state)
{
    static const struct {
        const char *method, *url, *name, *value, *part;
    } rows[] = {
        {NULL, "http://u:p@h/", NULL, NULL, "no URL"},
        {NULL, "", NULL, NULL, "no URL"},
        {"G ET", "http://h/", NULL, NULL, "no method"},
        {"", "http://h/", NULL, NULL, "no method"},
        {"CONNECT", "http://h/", NULL, NULL, "no method"},
        {"GET\r\nx: y", "http://h/", NULL, NULL, "no method"},
        {NULL, "http://h/", "a b", "c", "no name"},
        {NULL, "http://h/", "", "c", "no name"},
        {NULL, "http://h/", NULL, "c", "no name"},
        {NULL, "http://h/", "a", "c\r\nd: e", "a byte that no field may have"},
        {NULL, "http://h/", "a", "c\n", "a byte that no field may have"},
        {NULL, "http://h/", "a", "c\1", "a byte that no field may have"},
        {NULL, "http://h/", "Host", "x", "not the caller's"},
        {NULL, "http://h/", "content-length", "1", "not the caller's"},
        {NULL, "http://h/", "Transfer-Encoding", "chunked", "not the caller's"},
        {NULL, "http://h/", "connection", "close", "not the caller's"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_http_client_options options = peer_options(&peer);
        weir_header field = {rows[i].name, rows[i].value};
        weir_http_request_spec request = {.size = sizeof request,
                                          .method = rows[i].method,
                                          .url = rows[i].url,
                                          .headers = &field,
                                          .headers_n = rows[i].name || rows[i].value};
        weir_error error =
            must_fail(weir_http_send(&request, NULL, &options), WEIR_E_ARGUMENT, rows[i].part);
        assert_false(strstr(error.place, "u:p"));
    }
    assert_int_equal(peer.dials, 0);
}

static weir_stream *post(weir_reader *body, uint64_t length,
                         const weir_http_client_options *options)
{
    weir_http_request_spec request = {
        .size = sizeof request, .method = "POST", .url = "http://h/", .length = length};
    return weir_http_send(&request, body, options);
}

#define CREATED "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n"

static const struct {
    const char *script;
    uint64_t length;
    const char *sent;
} bodies[] = {
    {"\"abc\" P \"def\" P $", 6, "content-length: 6\r\nconnection: close\r\n\r\nabcdef"},
    {"$", 0, "content-length: 0\r\nconnection: close\r\n\r\n"},
    {"$", WEIR_LENGTH_UNKNOWN, "chunked\r\nconnection: close\r\n\r\n0\r\n\r\n"},
    {"P \"a\" P $", WEIR_LENGTH_UNKNOWN, "chunked\r\nconnection: close\r\n\r\n1\r\na\r\n0\r\n\r\n"},
    {"\"abc\" P \"0123456789abcdef\" \"x\" $", WEIR_LENGTH_UNKNOWN,
     "chunked\r\nconnection: close\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n1\r\nx\r\n"
     "0\r\n\r\n"},
};

static void bodies_are_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct script script = {0};
        again();
        answer(0, 0, CREATED, PEER_KEEP);
        weir_http_client_options options = peer_options(&peer);
        weir_reply *reply =
            must(post(script_reader(&script, bodies[i].script), bodies[i].length, &options));
        assert_int_equal(weir_reply_status(reply), 201);
        assert_int_equal(script.finis, 1);
        weir_reply_drop(reply);
        const char *got = strstr(peer.connections[0].got, bodies[i].sent);
        if (!got || strcmp(got, bodies[i].sent) != 0)
            fail_msg("%s", peer.connections[0].got);
    }
}

static unsigned char *large;
enum { LARGE_BYTES = 300000 };

static void large_bodies_are_sent(void **state)
{
    (void)state;
    large = malloc(LARGE_BYTES);
    memset(large, 'x', LARGE_BYTES);
    for (unsigned chunked = 0; chunked < 2; chunked++) {
        again();
        answer(0, 0, CREATED, PEER_KEEP);
        weir_http_client_options options = peer_options(&peer);
        weir_reader *body = weir_memory_reader(large, LARGE_BYTES);
        weir_reply_drop(must(post(body, chunked ? WEIR_LENGTH_UNKNOWN : LARGE_BYTES, &options)));
        assert_in_range(peer.connections[0].n, LARGE_BYTES, LARGE_BYTES + 300);
    }
    free(large);
}

static void bodies_of_another_length(void **state)
{
    static const struct {
        const char *script;
        weir_code code;
        const char *part;
    } rows[] = {
        {"\"abc\" $", WEIR_E_TRUNCATED, "ended after 3 of 5 bytes"},
        {"\"abc\" P \"def\" $", WEIR_E_LIMIT, "longer than the 5 bytes"},
        {"\"abc\" P !!7", WEIR_E_USER, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct script script = {0};
        again();
        answer(0, 0, CREATED, PEER_KEEP);
        weir_http_client_options options = peer_options(&peer);
        weir_error error = must_fail(post(script_reader(&script, rows[i].script), 5, &options),
                                     rows[i].code, rows[i].part);
        assert_string_equal(error.place, "http://h/");
        peer_step(&peer);
        peer_step(&peer);
        assert_true(peer.connections[0].broke); /* it is not taken for whole */
        assert_int_equal(script.finis, 1);
    }
}

/* A refusal stops the body; anything else is read while the rest of it goes out. */
static void early_answers(void **state)
{
    (void)state;
    for (unsigned fine = 0; fine < 2; fine++) {
        struct script script = {0};
        again();
        peer.answers[0][0] = (struct peer_answer){
            fine ? hello : "HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n", PEER_KEEP, true,
            0};
        weir_http_client_options options = peer_options(&peer);
        weir_reply *reply =
            must(post(script_reader(&script, "P P \"abc\" P P P P \"def\" $"), 6, &options));
        assert_int_equal(weir_reply_status(reply), fine ? 200 : 413);
        assert_int_equal(script.finis, !fine);
        expect_body(reply, 1, fine ? "hello\n" : "");
        weir_reply_drop(reply);
        assert_int_equal(script.finis, 1);
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

/* Whose source has come to its end was told that it is sent: wherever the answer's end comes. */
static void what_was_read_goes_out_behind_an_early_answer(void **state)
{
    static const char *const answers[] = {hello, CREATED};
    static char bytes[300];
    unsigned whole = 0;
    (void)state;
    for (size_t n = 1; n < sizeof bytes; n++) {
        again();
        memset(bytes, 'x', n);
        peer.room = 128;
        peer.answers[0][0] = (struct peer_answer){answers[n % 2], PEER_KEEP, true, 0};
        weir_http_client_options options = peer_options(&peer);
        weir_reader *source = weir_memory_reader(bytes, n);
        weir_reply *reply = must(post(weir_reader_by_ref(source), WEIR_LENGTH_UNKNOWN, &options));
        expect_body(reply, 1, n % 2 ? "" : "hello\n");
        weir_reply_drop(reply);
        for (unsigned i = 0; i < 4; i++)
            peer_step(&peer);
        bool over = source->stage.done;
        weir_drop(source);
        whole += over;
        if (over && !ends_with(peer.connections[0].got, "xx\r\n0\r\n\r\n") && n > 1)
            fail_msg("%zu bytes: %s", n, peer.connections[0].got);
    }
    assert_true(whole > 0);
}

static void an_expected_100(void **state)
{
    static const char *const texts[] = {"HTTP/1.1 100 Continue\r\n\r\n" CREATED, CREATED, NULL};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct script script = {0};
        again();
        peer.answers[0][0] = (struct peer_answer){texts[i], PEER_KEEP, i < 2, 0};
        if (i == 2) /* it knows nothing of it, and answers when all is there */
            answer(0, 0, CREATED, PEER_KEEP);
        weir_http_client_options options = peer_options(&peer);
        weir_http_request_spec request = {.size = sizeof request,
                                          .method = "PUT",
                                          .url = "http://h/",
                                          .length = 3,
                                          .expects = true};
        weir_reply *reply =
            must(weir_http_send(&request, script_reader(&script, "\"abc\" $"), &options));
        assert_int_equal(weir_reply_status(reply), 201);
        weir_reply_drop(reply);
        peer_step(&peer);
        assert_non_null(strstr(peer.connections[0].got, "expect: 100-continue\r\n"));
        bool sent = strstr(peer.connections[0].got, "\r\n\r\nabc");
        assert_int_equal(sent, i == 2 || script.given > 0);
        if (i == 1)
            assert_false(sent);
        assert_int_equal(test_clock_ns(), i == 2 ? 1000000000 : 0);
        test_clock_begin();
    }
}

/* ---- redirects ---- */

static const struct {
    const char *from, *status, *location, *to; /* NULL: refused */
    const char *part;
} redirects[] = {
    {"http://a.org/x", "301", "/y", "http://a.org/y", NULL},
    {"http://a.org/x", "302", "http://b.org/", "http://b.org/", NULL},
    {"http://a.org/x", "303", "z?q", "http://a.org/z?q", NULL},
    {"http://a.org/x", "307", "//c.org", "http://c.org/", NULL},
    {"http://a.org/x", "308", "?q", "http://a.org/x?q", NULL},
    {"http://127.0.0.1/x", "302", "http://localhost/", "http://localhost/", NULL},
    {"http://a.org/x", "302", "http://localhost/", NULL, "on this machine"},
    {"http://a.org/x", "302", "http://169.254.169.254/", NULL, "on this machine"},
    {"http://a.org/x", "302", "http://[::1]/", NULL, "on this machine"},
    {"http://a.org/x", "302", "http://127.1/", NULL, "on this machine"},
    {"http://a.org/x", "302", "ftp://a.org/", NULL, "a redirect leads nowhere: it is no URL"},
    {"http://a.org/x", "302", "http://u@a.org/", NULL, "a redirect leads nowhere: it is no URL"},
};

static void redirects_are_followed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof redirects / sizeof *redirects; i++) {
        char text[300];
        snprintf(text, sizeof text, "HTTP/1.1 %s x\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n",
                 redirects[i].status, redirects[i].location);
        for (unsigned asked = 0; asked < 2; asked++) {
            again();
            answer(0, 0, text, PEER_KEEP);
            answer(1, 0, hello, PEER_KEEP);
            weir_http_client_options options = peer_options(&peer);
            options.redirects_max = asked;
            weir_stream *future = weir_http_get(redirects[i].from, &options);
            if (asked && !redirects[i].to) {
                must_fail(future, WEIR_E_ARGUMENT, redirects[i].part);
                continue;
            }
            weir_reply *reply = must(future);
            assert_string_equal(weir_reply_url(reply), asked ? redirects[i].to : redirects[i].from);
            assert_int_equal(weir_reply_status(reply), asked ? 200 : atoi(redirects[i].status));
            weir_reply_drop(reply);
        }
    }
}

static void redirects_have_an_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PEER_CONNECTIONS; i++)
        answer(i, 0, "HTTP/1.1 302 x\r\nlocation: /\r\ncontent-length: 3\r\n\r\nabc", PEER_KEEP);
    weir_http_client_options options = peer_options(&peer);
    options.redirects_max = 5;
    must_fail(weir_http_get("http://a.org/", &options), WEIR_E_LIMIT, "more than 5 redirects");
    assert_int_equal(peer.dials, 6);
    again(); /* without a location it is an answer as any */
    answer(0, 0, "HTTP/1.1 302 x\r\ncontent-length: 0\r\n\r\n", PEER_KEEP);
    weir_reply *reply = get("http://a.org/", &options);
    assert_int_equal(weir_reply_status(reply), 302);
    weir_reply_drop(reply);
}

static void redirects_change_the_method(void **state)
{
    static const struct {
        const char *method, *status;
        bool body;
        const char *then; /* NULL: it is not followed */
    } rows[] = {
        {"POST", "301", true, "GET"},       {"POST", "302", false, "GET"},
        {"POST", "303", true, "GET"},       {"PUT", "303", true, "GET"},
        {"PUT", "301", false, "PUT"},       {"HEAD", "303", false, "HEAD"},
        {"POST", "307", true, NULL},        {"POST", "307", false, "POST"},
        {"DELETE", "308", false, "DELETE"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[100];
        snprintf(text, sizeof text, "HTTP/1.1 %s x\r\nlocation: /2\r\ncontent-length: 0\r\n\r\n",
                 rows[i].status);
        again();
        answer(0, 0, text, PEER_KEEP);
        answer(1, 0, OK "content-length: 0\r\n\r\n", PEER_KEEP);
        weir_http_client_options options = peer_options(&peer);
        options.redirects_max = 1;
        weir_http_request_spec request = {
            .size = sizeof request, .method = rows[i].method, .url = "http://h/", .length = 3};
        weir_reader *body = rows[i].body ? weir_memory_reader("abc", 3) : NULL;
        weir_reply_drop(must(weir_http_send(&request, body, &options)));
        assert_int_equal(peer.dials, rows[i].then ? 2 : 1);
        if (rows[i].then) {
            const char *got = peer.connections[1].got;
            assert_memory_equal(got, rows[i].then, strlen(rows[i].then));
            assert_false(strstr(got, "abc"));
            assert_int_equal(!!strstr(got, "content-length"),
                             !strcmp(rows[i].then, "POST") || !strcmp(rows[i].then, "PUT"));
        }
    }
}

static void secrets_stay_at_their_host(void **state)
{
    static const weir_header secrets[] = {
        {"Authorization", "a"}, {"cookie", "b"}, {"x-other", "c"}};
    static const char *const to[] = {"/2", "http://b.org/", "http://a.org:81/"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char text[100];
        snprintf(text, sizeof text, "HTTP/1.1 302 x\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n",
                 to[i]);
        again();
        answer(0, 0, text, PEER_KEEP);
        answer(1, 0, "HTTP/1.1 302 x\r\nlocation: http://a.org/3\r\ncontent-length: 0\r\n\r\n",
               PEER_KEEP);
        answer(2, 0, hello, PEER_KEEP);
        weir_http_client_options options = peer_options(&peer);
        options.redirects_max = 2;
        options.headers = secrets;
        options.headers_n = 3;
        weir_reply_drop(get("http://a.org/", &options));
        for (unsigned k = 0; k < 3; k++) {
            bool all = !i || !k;
            assert_int_equal(!!strstr(peer.connections[k].got, "Authorization: a"), all);
            assert_int_equal(!!strstr(peer.connections[k].got, "cookie: b"), all);
            assert_non_null(strstr(peer.connections[k].got, "x-other: c"));
        }
    }
}

/* ---- times ---- */

static void nobody_waits_for_ever(void **state)
{
    (void)state;
    weir_http_client_options options = peer_options(&peer);
    must_fail(weir_http_get("http://h/", &options), WEIR_E_TIMEOUT, "no answer 1 min after");
    assert_int_equal(test_clock_ns(), 60000000000);
    again();
    answer(0, 0, "HTTP/1.1 200 OK\r\n", PEER_KEEP);
    options.head_ns = 5000000000;
    must_fail(weir_http_get("http://h/", &options), WEIR_E_TIMEOUT, "no answer 5 s after");
    again();
    options.total_ns = 2000000000;
    must_fail(weir_http_get("http://h/", &options), WEIR_E_TIMEOUT, "not over after 2 s");
    again();
    answer(0, 0, OK "content-length: 6\r\n\r\nhel", PEER_KEEP);
    weir_reply *reply = get("http://h/", &options);
    weir_error error;
    struct bytes got = body_of(reply, 1, &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT);
    assert_int_equal(got.n, 3);
    free(got.data);
    weir_reply_drop(reply);
}

/* A body that goes out slowly is not a late answer. */
static void a_slow_request_is_waited_for(void **state)
{
    (void)state;
    struct script script = {0};
    answer(0, 0, CREATED, PEER_KEEP);
    weir_http_client_options options = peer_options(&peer);
    options.head_ns = 30;
    weir_reader *body = script_reader(&script, "@20 \"a\" @40 \"b\" @60 \"c\" $");
    weir_reply_drop(must(post(body, 3, &options)));
}

/* ---- another protocol ---- */

static void an_upgrade_is_a_protocol(void **state)
{
    static const char *const names[] = {"",          "a b",  "a/", "a/1 2", "a/1\r\nx: y",
                                        "a\r\nx: y", "a/1/2"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        weir_http_client_options options = peer_options(&peer);
        weir_http_request_spec request = {
            .size = sizeof request, .url = "http://h/", .upgrade = names[i]};
        must_fail(weir_http_send(&request, NULL, &options), WEIR_E_ARGUMENT, "no protocol's name");
    }
    assert_int_equal(peer.dials, 0);
}

/* Whoever would be given that connection next does not speak its protocol. */
static void what_changed_is_not_kept(void **state)
{
    (void)state;
    weir_http_client *client = weir_http_client_new(NULL);
    answer(0, 0, "HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n", PEER_KEEP);
    weir_http_client_options options = peer_options(&peer);
    options.client = client;
    weir_http_request_spec request = {
        .size = sizeof request, .url = "http://h/", .upgrade = "echo/2"};
    weir_reply *reply = must(weir_http_send(&request, NULL, &options));
    expect_body(reply, 1, "");
    weir_reply_drop(reply);
    assert_int_equal(weir_http_client_idle(client), 0);
    assert_int_equal(weir_http_client_open(client), 0);
    weir_http_client_unref(client);
}

static void an_upgrade_is_handed_over(void **state)
{
    (void)state;
    answer(0, 0, "HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\nfirst", PEER_KEEP);
    weir_http_client_options options = peer_options(&peer);
    weir_http_request_spec request = {
        .size = sizeof request, .url = "http://h/", .upgrade = "echo"};
    weir_reply *reply = must(weir_http_send(&request, NULL, &options));
    assert_int_equal(weir_reply_status(reply), 101);
    assert_non_null(strstr(peer.connections[0].got, "connection: upgrade\r\nupgrade: echo\r\n"));
    weir_duplex raw = weir_reply_upgrade(reply);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_write(raw.writer, &test.cx, "hi", 2).n, 2);
    assert_int_equal(weir_poll_fill(raw.reader, &test.cx, 5).state, WEIR_READY);
    size_t n;
    assert_memory_equal(weir_peek(raw.reader, &n), "first", 5);
    peer_step(&peer);
    assert_non_null(strstr(peer.connections[0].got, "\r\n\r\nhi"));
    weir_duplex_drop(raw);
    again();
    answer(0, 0, hello, PEER_KEEP);
    raw = weir_reply_upgrade(must(weir_http_send(&request, NULL, &options)));
    assert_int_equal(weir_poll_fill(raw.reader, &test.cx, 1).state, WEIR_ERROR);
    assert_non_null(strstr(test.cx.error.message, "status 200"));
    weir_duplex_drop(raw);
}

/* ---- as a reader ---- */

static void a_url_is_a_source_of_bytes(void **state)
{
    weir_error error;
    (void)state;
    answer(0, 0, CHUNKED "3\r\nab\n\r\n4\r\ncde\n\r\n0\r\n\r\n", PEER_KEEP);
    weir_http_client_options options = peer_options(&peer);
    weir_reader *reader = weir_http_reader("http://h/", &options);
    assert_true(weir_reader_reserve(reader, 10000));
    struct bytes got = peer_body(&peer, &test, reader, 4, &error);
    assert_int_equal(got.state, WEIR_END);
    assert_string_equal((char *)got.data, "ab\ncde\n");
    free(got.data);
    again();
    answer(0, 0, "HTTP/1.1 404 Not Here\r\ncontent-length: 3\r\n\r\nabc", PEER_KEEP);
    got = peer_body(&peer, &test, weir_http_reader("http://h/x?y", &options), 1, &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_USER);
    assert_int_equal(error.number, 404);
    assert_string_equal(error.message, "the peer answered 404 Not Here");
    assert_string_equal(error.place, "http://h/x");
    free(got.data);
}

int http_client_asks(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_are_written_right),
        TEST(requests_that_are_refused),
        TEST(bodies_are_sent),
        TEST(large_bodies_are_sent),
        TEST(bodies_of_another_length),
        TEST(early_answers),
        TEST(what_was_read_goes_out_behind_an_early_answer),
        TEST(an_expected_100),
        TEST(redirects_are_followed),
        TEST(redirects_have_an_end),
        TEST(redirects_change_the_method),
        TEST(secrets_stay_at_their_host),
        TEST(nobody_waits_for_ever),
        TEST(a_slow_request_is_waited_for),
        TEST(an_upgrade_is_handed_over),
        TEST(an_upgrade_is_a_protocol),
        TEST(what_changed_is_not_kept),
        TEST(a_url_is_a_source_of_bytes),
    };
    return cmocka_run_group_tests_name("client_asks", tests, NULL, NULL);
}
