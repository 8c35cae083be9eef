/* Connections that are kept: used again, shared out, closed. */

#include "peer.h"

static struct test_cx test;
static struct peer peer;
static weir_http_client *client;

static int setup(void **state)
{
    (void)state;
    test_clock_begin();
    test_cx_init(&test);
    memset(&peer, 0, sizeof peer);
    peer_begin(&peer);
    client = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    weir_http_client_unref(client);
    peer_end(&peer);
    test_cx_fini(&test);
    assert_true(test_clock_idle());
    return 0;
}

#define OK "HTTP/1.1 200 OK\r\n"
static const char hello[] = OK "content-length: 6\r\n\r\nhello\n";
static const char nothing[] = OK "content-length: 0\r\n\r\n";

static void answer(unsigned connection, unsigned request, const char *text, enum peer_then then)
{
    peer.answers[connection][request] = (struct peer_answer){text, then, false, 0};
}

static void new_client(uint32_t host_max, uint32_t all_max)
{
    client =
        weir_http_client_new(&WEIR_HTTP_POOL_OPTIONS(.host_max = host_max, .all_max = all_max));
    assert_non_null(client);
}

static weir_stream *get(const char *url)
{
    weir_http_client_options options = peer_options(&peer);
    options.client = client;
    return weir_http_get(url, &options);
}

static weir_reply *must(weir_stream *future)
{
    weir_reply *reply = NULL;
    weir_error error = {0};
    if (peer_run(&peer, &test, future, &reply, &error) != WEIR_READY)
        fail_msg("%s (at %s)", error.message, error.place);
    return reply;
}

static void read_all(weir_reply *reply, const char *wanted)
{
    weir_reader *reader = weir_reply_body(reply);
    weir_reply_drop(reply);
    struct bytes got = peer_body(&peer, &test, reader, 1, NULL);
    assert_int_equal(got.state, WEIR_END);
    assert_string_equal(got.data ? (char *)got.data : "", wanted);
    free(got.data);
}

static void expect(size_t open, size_t idle, unsigned dials)
{
    assert_int_equal(weir_http_client_open(client), open);
    assert_int_equal(weir_http_client_idle(client), idle);
    assert_int_equal(peer.dials, dials);
}

/* ---- used again ---- */

static void a_connection_is_used_again(void **state)
{
    (void)state;
    new_client(0, 0);
    for (unsigned i = 0; i < 3; i++)
        answer(0, i, i == 1 ? nothing : hello, PEER_KEEP);
    answer(0, 3, OK "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", PEER_KEEP);
    expect(0, 0, 0);
    weir_reply *reply = must(get("http://h/1"));
    expect(1, 0, 1);
    read_all(reply, "hello\n");
    expect(1, 1, 1);
    read_all(must(get("http://h/2")), "");
    read_all(must(get("http://H:80/3")), "hello\n");
    read_all(must(get("http://h/4")), "ab");
    expect(1, 1, 1);
    assert_false(peer.connections[0].ended);
    assert_null(strstr(peer.connections[0].got, "connection: close"));
    assert_non_null(strstr(peer.connections[0].got, "GET /4 HTTP/1.1"));
}

/* Where more than a byte is asked for at once, the rest stands in hand at the end: the connection
 * is free all the same. */
static void a_rest_in_hand_keeps_nothing(void **state)
{
    (void)state;
    new_client(0, 0);
    answer(0, 0, hello, PEER_KEEP);
    weir_reply *reply = must(get("http://h/"));
    weir_reader *reader = weir_reply_body(reply);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 100).state, WEIR_END);
    expect(1, 1, 1);
    size_t n;
    assert_memory_equal(weir_peek(reader, &n), "hello\n", 6);
    assert_int_equal(n, 6);
    weir_drop(reader);
    weir_reply_drop(reply);
}

static const struct {
    const char *text;
    enum peer_then then;
} last[] = {
    {OK "content-length: 0\r\nconnection: close\r\n\r\n", PEER_KEEP},
    {"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", PEER_KEEP},
    {OK "content-length: 0\r\n\r\nmore than that", PEER_KEEP},
    {OK "\r\n", PEER_CLOSE},
};

static void what_is_not_kept(void **state)
{
    (void)state;
    new_client(0, 0);
    for (unsigned i = 0; i < 4; i++) {
        answer(i, 0, last[i].text, last[i].then);
        read_all(must(get("http://h/")), "");
        expect(0, 0, i + 1);
        peer_step(&peer);
        peer_step(&peer);
        assert_true(peer.connections[i].ended || peer.connections[i].closed);
    }
    answer(4, 0, hello, PEER_KEEP); /* dropped before it was read */
    weir_reply_drop(must(get("http://h/")));
    expect(0, 0, 5);
    answer(5, 0, hello, PEER_KEEP); /* ... before it was there */
    weir_stream *future = get("http://h/");
    test_cx_turn(&test);
    weir_reply *reply;
    assert_int_equal(weir_poll_next(future, &test.cx, &reply, 1).state, WEIR_PENDING);
    expect(1, 0, 6);
    weir_drop(future);
    expect(0, 0, 6);
}

/* ---- one that died ---- */

static void one_that_died_is_made_anew(void **state)
{
    static const struct {
        enum peer_then then; /* while it rests */
        bool late;           /* ... or when the second request is there */
        const char *method;
        bool body;
        bool again;
    } rows[] = {
        {PEER_CLOSE, false, "GET", false, true},  {PEER_ABORT, false, "GET", false, true},
        {PEER_CLOSE, false, "POST", true, true},  {PEER_CLOSE, true, "GET", false, true},
        {PEER_ABORT, true, "GET", false, true},   {PEER_CLOSE, true, "PUT", true, false},
        {PEER_CLOSE, true, "POST", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        peer_end(&peer);
        memset(&peer, 0, sizeof peer);
        peer_begin(&peer);
        new_client(0, 0);
        answer(0, 0, nothing, PEER_KEEP);
        answer(0, 1, "", rows[i].then);
        answer(1, 0, hello, PEER_KEEP);
        weir_reply_drop(must(get("http://h/")));
        peer_step(&peer);
        expect(1, 1, 1);
        if (!rows[i].late)
            peer_close(&peer.connections[0], rows[i].then);
        weir_http_client_options options = peer_options(&peer);
        options.client = client;
        weir_http_request_spec request = {.size = sizeof request,
                                          .method = rows[i].method,
                                          .url = "http://h/",
                                          .length = rows[i].body};
        weir_reader *body = rows[i].body ? weir_memory_reader("x", 1) : NULL;
        weir_stream *future = weir_http_send(&request, body, &options);
        weir_reply *reply;
        weir_error error;
        weir_state got = peer_run(&peer, &test, future, &reply, &error);
        assert_int_equal(got, rows[i].again ? WEIR_READY : WEIR_ERROR);
        if (rows[i].again)
            read_all(reply, "hello\n");
        expect(rows[i].again, rows[i].again, rows[i].again ? 2 : 1);
        weir_http_client_unref(client);
        client = NULL;
    }
}

/* Once: the second time it is the peer's will. And not where a byte came. */
static void it_is_tried_once(void **state)
{
    weir_reply *reply;
    weir_error error;
    (void)state;
    new_client(0, 0);
    answer(0, 0, nothing, PEER_KEEP);
    answer(0, 1, "", PEER_CLOSE);
    answer(1, 0, "", PEER_CLOSE);
    weir_reply_drop(must(get("http://h/")));
    assert_int_equal(peer_run(&peer, &test, get("http://h/"), &reply, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CLOSED);
    expect(0, 0, 2);
    answer(2, 0, nothing, PEER_KEEP);
    answer(2, 1, "HTTP/", PEER_CLOSE);
    weir_reply_drop(must(get("http://h/")));
    assert_int_equal(peer_run(&peer, &test, get("http://h/"), &reply, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TRUNCATED);
    expect(0, 0, 3);
}

/* ---- who waits ---- */

enum { MANY = 5 };

static bool poll_one(weir_stream *future, weir_reply **out)
{
    test_cx_turn(&test);
    weir_poll got = weir_poll_next(future, &test.cx, out, 1);
    assert_int_not_equal(got.state, WEIR_ERROR);
    return got.n;
}

static void who_comes_later_waits_in_order(void **state)
{
    (void)state;
    weir_stream *futures[MANY];
    weir_reply *replies[MANY] = {0};
    new_client(2, 0);
    for (unsigned i = 0; i < 2; i++)
        for (unsigned k = 0; k < PEER_ANSWERS; k++)
            answer(i, k, hello, PEER_KEEP);
    for (unsigned i = 0; i < MANY; i++) {
        futures[i] = get("http://h/");
        assert_false(poll_one(futures[i], &replies[i]));
    }
    expect(2, 0, 2);
    weir_drop(futures[2]); /* gives its place up */
    for (unsigned i = 0; i < 2; i++) {
        peer_step(&peer);
        assert_true(poll_one(futures[i], &replies[i]));
        weir_drop(futures[i]);
    }
    assert_false(poll_one(futures[4], &replies[4]));
    assert_false(poll_one(futures[3], &replies[3]));
    expect(2, 0, 2);
    struct test_waker *waiting = test.waker;
    assert_int_equal(waiting->wakes, 0);
    read_all(replies[0], "hello\n");
    expect(2, 0, 2); /* it went to the next one at once */
    assert_false(poll_one(futures[4], &replies[4]));
    assert_false(poll_one(futures[3], &replies[3]));
    for (unsigned i = 0; i < 3; i++)
        peer_step(&peer);
    assert_false(poll_one(futures[4], &replies[4]));
    assert_true(poll_one(futures[3], &replies[3]));
    weir_drop(futures[3]);
    read_all(replies[1], "hello\n");
    weir_reply_drop(replies[3]); /* unread: closed, and room */
    expect(1, 0, 2);
    read_all(must(futures[4]), "hello\n");
    expect(1, 1, 2);
}

/* Of all hosts together: one that rests elsewhere makes room, and nobody waits for a host that is
 * not his. */
static void all_hosts_share(void **state)
{
    (void)state;
    weir_reply *reply;
    new_client(1, 2);
    for (unsigned i = 0; i < 4; i++)
        answer(i, 0, hello, PEER_KEEP);
    read_all(must(get("http://a/")), "hello\n");
    expect(1, 1, 1);
    weir_reply *b = must(get("http://b/"));
    expect(2, 1, 2);
    weir_stream *second_b = get("http://b/");
    assert_false(poll_one(second_b, &reply));
    expect(2, 1, 2); /* b may have one alone: a is left in peace */
    weir_stream *c = get("http://c/");
    assert_false(poll_one(c, &reply));
    expect(2, 0, 3); /* a had to go */
    weir_stream *d = get("http://d/");
    assert_false(poll_one(d, &reply));
    expect(2, 0, 3);
    read_all(b, "hello\n");
    weir_drop(second_b); /* the one that b had was its, and goes */
    assert_false(poll_one(d, &reply));
    expect(2, 0, 4);
    weir_drop(c);
    read_all(must(d), "hello\n");
    expect(1, 1, 4);
}

/* ---- how long they rest ---- */

static void they_do_not_rest_for_ever(void **state)
{
    (void)state;
    new_client(0, 0);
    for (unsigned i = 0; i < 2; i++)
        answer(0, i, nothing, PEER_KEEP);
    answer(1, 0, nothing, PEER_KEEP);
    weir_reply_drop(must(get("http://h/")));
    test_clock_to(29000000000);
    expect(1, 1, 1);
    weir_reply_drop(must(get("http://h/")));
    test_clock_to(58000000000);
    expect(1, 1, 1);
    test_clock_to(60000000000);
    expect(0, 0, 1);
    peer_step(&peer);
    assert_true(peer.connections[0].ended);
    weir_reply_drop(must(get("http://h/")));
    expect(1, 1, 2);
    weir_http_client_unref(client);
    client = NULL;
    assert_true(test_clock_idle());
}

/* A request holds its client; who waits for it holds it too. */
static void requests_outlive_their_client(void **state)
{
    (void)state;
    new_client(1, 0);
    answer(0, 0, hello, PEER_KEEP);
    answer(0, 1, hello, PEER_KEEP);
    weir_stream *first = get("http://h/"), *second = get("http://h/");
    weir_http_client_unref(client);
    client = NULL;
    read_all(must(first), "hello\n");
    read_all(must(second), "hello\n");
    assert_true(test_clock_idle());
    peer_step(&peer);
    assert_true(peer.connections[0].ended);
}

static void a_worker_has_its_own(void **state)
{
    weir_reply *reply;
    weir_error error;
    (void)state;
    new_client(0, 0);
    answer(0, 0, hello, PEER_KEEP);
    answer(1, 0, hello, PEER_KEEP);
    weir_reply *first = must(get("http://h/"));
    test.cx.worker = (weir_worker *)&test; /* another one */
    assert_int_equal(peer_run(&peer, &test, get("http://h/"), &reply, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_non_null(strstr(error.message, "the worker that used it first"));
    weir_reply_drop(first);
    expect(0, 0, 1); /* nothing is left there: it may go */
    weir_reply_drop(must(get("http://h/")));
    test.cx.worker = NULL;
}

/* Whoever waits for a place waits no longer than for all of it. */
static void the_queue_has_an_end(void **state)
{
    weir_reply *reply;
    weir_error error;
    (void)state;
    new_client(1, 0);
    answer(0, 0, hello, PEER_KEEP);
    weir_reply *first = must(get("http://h/"));
    weir_http_client_options options = peer_options(&peer);
    options.client = client;
    options.total_ns = 7000000000;
    weir_stream *second = weir_http_get("http://h/", &options);
    assert_int_equal(peer_run(&peer, &test, second, &reply, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT);
    assert_int_equal(test_clock_ns(), 7000000000);
    weir_reply_drop(first);
    expect(0, 0, 1);
}

static void dialling_fails_for_one(void **state)
{
    weir_reply *reply;
    weir_error error;
    (void)state;
    new_client(1, 0);
    peer.refuse = 1;
    answer(0, 0, hello, PEER_KEEP);
    weir_stream *first = get("http://h/x?y"), *second = get("http://h/");
    assert_int_equal(peer_run(&peer, &test, first, &reply, &error), WEIR_ERROR);
    assert_string_equal(error.message, "nobody is there");
    assert_string_equal(error.place, "http://h/x");
    read_all(must(second), "hello\n");
    expect(1, 1, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int http_client_pool(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_is_used_again),
        TEST(a_rest_in_hand_keeps_nothing),
        TEST(what_is_not_kept),
        TEST(one_that_died_is_made_anew),
        TEST(it_is_tried_once),
        TEST(who_comes_later_waits_in_order),
        TEST(all_hosts_share),
        TEST(they_do_not_rest_for_ever),
        TEST(requests_outlive_their_client),
        TEST(a_worker_has_its_own),
        TEST(the_queue_has_an_end),
        TEST(dialling_fails_for_one),
    };
    return cmocka_run_group_tests_name("client_pool", tests, NULL, NULL);
}
