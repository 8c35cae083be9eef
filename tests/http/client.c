/* The client: what a peer answers, and what is no answer. */

#include "client_run.h"

/* ---- answers ---- */

static void a_get_is_answered(void **state)
{
    (void)state;
    for (size_t piece = 0; piece < sizeof hello; piece++) {
        again();
        peer.piece = piece;
        answer(0, 0, hello, PEER_CLOSE);
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
        expect_body(reply, 1 + piece % 7, "hello\n");
        weir_reply_drop(reply);
        assert_string_equal(peer.connections[0].address, "example.org:80");
        assert_string_equal(peer.connections[0].got, "GET /a?b=c HTTP/1.1\r\n"
                                                     "host: example.org\r\n"
                                                     "user-agent: weir/0.1.0\r\n"
                                                     "accept: */*\r\n"
                                                     "connection: close\r\n\r\n");
    }
}

/* What comes of an answer, and of the end of the connection behind it. */
static const struct {
    const char *method, *answer;
    unsigned status;
    uint64_t length;
    const char *body;
} answers[] = {
    {"GET", OK "content-length: 0\r\n\r\n", 200, 0, ""},
    {"GET", "HTTP/1.1 200\r\ncontent-length: 1\r\n\r\nx", 200, 1, "x"},
    {"GET", OK "\r\nuntil the end", 200, WEIR_LENGTH_UNKNOWN, "until the end"},
    {"GET", OK "\r\n", 200, WEIR_LENGTH_UNKNOWN, ""},
    {"GET", "HTTP/1.0 200 OK\r\n\r\nold", 200, WEIR_LENGTH_UNKNOWN, "old"},
    {"GET", CHUNKED "0\r\n\r\n", 200, WEIR_LENGTH_UNKNOWN, ""},
    {"GET", CHUNKED "3\r\nabc\r\n0\r\n\r\n", 200, WEIR_LENGTH_UNKNOWN, "abc"},
    {"GET", CHUNKED "1;x=\"y\"\r\na\r\n2\r\nbc\r\n00003\r\ndef\r\n0\r\nx-t: 1\r\n\r\n", 200,
     WEIR_LENGTH_UNKNOWN, "abcdef"},
    {"HEAD", OK "content-length: 5\r\n\r\n", 200, 0, ""},
    {"HEAD", CHUNKED, 200, 0, ""},
    {"GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, 0, ""},
    {"GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", 304, 0, ""},
    {"GET", "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno", 404, 2, "no"},
    {"GET",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" OK
     "content-length: 2\r\n\r\nhi",
     200, 2, "hi"},
};

static weir_stream *ask(const char *method, const weir_http_client_options *options)
{
    weir_http_request_spec request = {.size = sizeof request, .method = method, .url = "http://h/"};
    return weir_http_send(&request, NULL, options);
}

static void answers_of_all_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        for (size_t piece = 0; piece <= strlen(answers[i].answer); piece++) {
            again();
            peer.piece = piece;
            answer(0, 0, answers[i].answer, PEER_CLOSE);
            weir_http_client_options options = peer_options(&peer);
            weir_reply *reply = must(ask(answers[i].method, &options));
            assert_int_equal(weir_reply_status(reply), answers[i].status);
            assert_int_equal(weir_reply_length(reply), answers[i].length);
            expect_body(reply, 1 + piece % 5, answers[i].body);
            weir_reply_drop(reply);
        }
}

/* What is in one piece for who asks for it so, whatever the frames were. */
static void chunks_are_put_together(void **state)
{
    static const char text[] = CHUNKED "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n4\r\nghij\r\n0\r\n\r\n";
    (void)state;
    for (size_t piece = 0; piece < sizeof text; piece++)
        for (size_t min = 1; min < 12; min++) {
            again();
            peer.piece = piece;
            answer(0, 0, text, PEER_KEEP);
            weir_http_client_options options = peer_options(&peer);
            weir_reply *reply = get("http://h/", &options);
            expect_body(reply, min, "abcdefghij");
            weir_reply_drop(reply);
        }
}

static void trailers_come_behind(void **state)
{
    (void)state;
    answer(0, 0, CHUNKED "1\r\na\r\n0\r\nX-Sum: 7\r\nx-other: b\r\n\r\n", PEER_KEEP);
    weir_http_client_options options = peer_options(&peer);
    weir_reply *reply = get("http://h/", &options);
    assert_null(weir_reply_trailer(reply, "x-sum"));
    expect_body(reply, 1, "a");
    assert_string_equal(weir_reply_trailer(reply, "x-sum"), "7");
    assert_string_equal(weir_reply_trailer(reply, "X-Other"), "b");
    assert_null(weir_reply_trailer(reply, "x-none"));
    weir_reply_drop(reply);
}

/* ---- what is none ---- */

static const char many_fields[] = "a:1\r\n";

static const struct {
    const char *answer;
    enum peer_then then;
    weir_code code;
    const char *part;
} refused[] = {
    {"", PEER_CLOSE, WEIR_E_CLOSED, "gave no answer"},
    {"", PEER_ABORT, WEIR_E_CLOSED, "gave up"},
    {"HTTP/1.1 200 O", PEER_CLOSE, WEIR_E_TRUNCATED, "in the answer's head, after 14 bytes"},
    {"HTTP/1.1 200 O", PEER_ABORT, WEIR_E_CLOSED, "gave up"},
    {"HTTP/1.1 100 C\r\n\r\n", PEER_CLOSE, WEIR_E_TRUNCATED, "in the answer's head"},
    {"SSH-2.0-OpenSSH\r\n\r\n", PEER_KEEP, WEIR_E_CORRUPT, "no HTTP"},
    {"HTTP/2.0 200 OK\r\n\r\n", PEER_KEEP, WEIR_E_CORRUPT, "no HTTP"},
    {"HTTP/1.1 20 OK\r\n\r\n", PEER_KEEP, WEIR_E_CORRUPT, "no HTTP"},
    {OK "a b: c\r\n\r\n", PEER_KEEP, WEIR_E_CORRUPT, "no HTTP"},
    {OK "content-length: 1\r\ncontent-length: 2\r\n\r\n", PEER_KEEP, WEIR_E_CORRUPT, "no HTTP"},
    {OK "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", PEER_KEEP, WEIR_E_CORRUPT,
     "no HTTP"},
    {OK "content-length: -1\r\n\r\n", PEER_KEEP, WEIR_E_CORRUPT, "no HTTP"},
    {OK "a: \x01\r\n\r\n", PEER_KEEP, WEIR_E_CORRUPT, "no HTTP"},
    {OK "a: b\r\n c\r\n\r\n", PEER_KEEP, WEIR_E_CORRUPT, "no HTTP"},
    {"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", PEER_KEEP,
     WEIR_E_CORRUPT, "another protocol"},
};

/* Theirs is another limit than the head's, which may be smaller. */
static void trailers_may_be_larger_than_the_head(void **state)
{
    static char text[8000] = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-sum: ";
    (void)state;
    memset(text + strlen(text), 'x', 7000);
    strcat(text, "\r\n\r\n");
    answer(0, 0, text, PEER_KEEP);
    weir_http_client_options options = peer_options(&peer);
    options.head_bytes_max = 600;
    peer.piece = 100;
    weir_reply *reply = get("http://h/", &options);
    weir_error error = {0};
    struct bytes got = peer_body(&peer, &test, weir_reply_body(reply), 1, &error);
    if (got.state != WEIR_END)
        fail_msg("%s", error.message);
    assert_int_equal(strlen(weir_reply_trailer(reply, "x-sum")), 7000);
    weir_reply_drop(reply);
    free(got.data);
}

static void what_is_no_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        for (size_t piece = 0; piece <= strlen(refused[i].answer); piece += 5) {
            again();
            peer.piece = piece;
            answer(0, 0, refused[i].answer, refused[i].then);
            weir_http_client_options options = peer_options(&peer);
            weir_error error = must_fail(weir_http_get("http://h/p?secret", &options),
                                         refused[i].code, refused[i].part);
            assert_string_equal(error.place, "http://h/p");
            assert_string_equal(error.trail[error.trail_n - 1], "http");
        }
}

static char *repeat(const char *before, const char *text, size_t times, const char *behind)
{
    char *out = malloc(strlen(before) + strlen(text) * times + strlen(behind) + 1);
    char *at = stpcpy(out, before);
    for (size_t i = 0; i < times; i++)
        at = stpcpy(at, text);
    strcpy(at, behind);
    return out;
}

static void heads_have_limits(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 6; which++) {
        again();
        char *texts[] = {repeat(OK, many_fields, 10, "\r\n"),
                         repeat(OK, many_fields, 11, "\r\n"),
                         repeat(OK, many_fields, 1000, "content-length: 0\r\n\r\n"),
                         repeat(OK "x: ", "y", 300000, "\r\n\r\n"),
                         repeat("", "HTTP/1.1 100 C\r\n\r\n", 16, hello),
                         repeat("", "HTTP/1.1 100 C\r\n\r\n", 17, hello)};
        answer(0, 0, texts[which], PEER_CLOSE);
        weir_http_client_options options = peer_options(&peer);
        options.headers_max = which < 2 ? 10 : 0;
        weir_stream *future = weir_http_get("http://h/", &options);
        if (which == 1 || which == 2)
            must_fail(future, WEIR_E_LIMIT, "fields");
        else if (which == 3)
            must_fail(future, WEIR_E_LIMIT, "262144 bytes");
        else if (which == 5)
            must_fail(future, WEIR_E_LIMIT, "16 interim");
        else
            weir_reply_drop(must(future));
        for (size_t i = 0; i < 6; i++)
            free(texts[i]);
    }
}

static const struct {
    const char *answer;
    enum peer_then then;
    weir_code code;
    const char *part;
    uint64_t byte;
} broken[] = {
    {OK "content-length: 5\r\n\r\nabc", PEER_CLOSE, WEIR_E_TRUNCATED, "after 3 bytes", 0},
    {OK "content-length: 5\r\n\r\nabc", PEER_ABORT, WEIR_E_CLOSED, "gave up", 0},
    {CHUNKED, PEER_CLOSE, WEIR_E_TRUNCATED, "before its last chunk", 0},
    {CHUNKED "3\r\nabc", PEER_CLOSE, WEIR_E_TRUNCATED, "before its last chunk", 0},
    {CHUNKED "3\r\nabc\r\n0\r\n", PEER_CLOSE, WEIR_E_TRUNCATED, "", 0},
    {CHUNKED "3\r\nabcd\r\n", PEER_KEEP, WEIR_E_CORRUPT, "longer than its size", 0},
    {CHUNKED "x\r\n", PEER_KEEP, WEIR_E_CORRUPT, "hexadecimal", 0},
    {CHUNKED "0\r\ncontent-length: 1\r\n\r\n", PEER_KEEP, WEIR_E_CORRUPT, "", 0},
    {OK "\r\nabc", PEER_ABORT, WEIR_E_CLOSED, "gave up", 0},
};

static void bodies_that_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        for (size_t piece = 0; piece <= strlen(broken[i].answer); piece += 3) {
            again();
            peer.piece = piece;
            answer(0, 0, broken[i].answer, broken[i].then);
            weir_http_client_options options = peer_options(&peer);
            weir_reply *reply = get("http://h/p?secret", &options);
            weir_error error;
            struct bytes got = body_of(reply, 1, &error);
            if (got.state != WEIR_ERROR || error.code != broken[i].code)
                fail_msg("%zu: %s", i, got.state == WEIR_ERROR ? error.message : "no error");
            if (!strstr(error.message, broken[i].part))
                fail_msg("%s", error.message);
            assert_string_equal(error.place, "http://h/p");
            free(got.data);
            weir_reply_drop(reply);
        }
}

static void a_body_is_read_once(void **state)
{
    (void)state;
    answer(0, 0, hello, PEER_KEEP);
    weir_http_client_options options = peer_options(&peer);
    weir_reply *reply = get("http://h/", &options);
    weir_reader *first = weir_reply_body(reply), *second = weir_reply_body(reply);
    weir_reply_drop(reply); /* the body lives on */
    test_cx_turn(&test);
    assert_int_equal(weir_poll_fill(second, &test.cx, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    weir_drop(second);
    struct bytes got = peer_body(&peer, &test, first, 1, NULL);
    assert_int_equal(got.n, 6);
    free(got.data);
}

int http_client(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_get_is_answered),
        TEST(answers_of_all_kinds),
        TEST(chunks_are_put_together),
        TEST(trailers_come_behind),
        TEST(trailers_may_be_larger_than_the_head),
        TEST(what_is_no_answer),
        TEST(heads_have_limits),
        TEST(bodies_that_are_cut),
        TEST(a_body_is_read_once),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
