/* Connections of HTTP/2 over a wire that works: requests, bodies, answers, windows, turns, the end.
 * Each test runs over both ways to be polled. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#ifdef WEIR_HAVE_NGHTTP2
#include "h2_rig.h"

static struct rig rig;

static void begin(enum rig_mode mode)
{
    memset(&rig, 0, sizeof rig);
    rig.mode = mode;
    test_clock_begin();
    memory_begin(0, false);
}

static void end(void)
{
    rig_end(&rig);
    assert_int_equal(memory_end(), 0);
    assert_true(test_clock_idle());
}

static void run(void)
{
    rig_begin(&rig);
    assert_true(rig_run(&rig));
}

#define EACH_MODE(mode) for (enum rig_mode mode = RIG_TASKS; mode <= RIG_BY_HAND; mode++)
#define EVERY_MODE(mode) for (enum rig_mode mode = RIG_TASKS; mode <= RIG_SERVE; mode++)

/* ---- requests ---- */

static void requests_are_answered(void **state)
{
    (void)state;
    EVERY_MODE(mode)
    {
        begin(mode);
        rig_ask(&rig, "/hello");
        rig_ask(&rig, "/bytes/100000");
        rig_ask(&rig, "/echo")->body = 50000;
        struct ask *read = rig_ask(&rig, "/read");
        read->body = 3000;
        read->says_length = true;
        struct ask *head = rig_ask(&rig, "/bytes/70000");
        head->method = "HEAD";
        run();
        static const size_t got[] = {5, 100000, 50000, 4, 0};
        for (size_t i = 0; i < rig.asks_n; i++) {
            assert_int_equal(rig.asks[i].status, 200);
            assert_int_equal(rig.asks[i].got, got[i]);
            assert_true(rig.asks[i].ended);
            assert_int_equal(rig.asks[i].code, NGHTTP2_NO_ERROR);
            assert_false(rig.asks[i].wrong);
        }
        assert_string_equal(rig.asks[0].type, "text/plain");
        assert_true(rig.over);
        assert_int_equal(rig.state, WEIR_END);
        assert_int_equal(rig.counts.connections, 1);
        assert_int_equal(rig.counts.requests, 5);
        assert_int_equal(rig.counts.answered, 5);
        assert_int_equal(rig.counts.unanswered, 0);
        assert_int_equal(rig.told, 0);
        end();
    }
}

static void a_request_says_what_was_sent(void **state)
{
    (void)state;
    begin(RIG_TASKS);
    struct ask *ask = rig_ask(&rig, "/hold");
    *ask = (struct ask){.method = "POST", .path = "/hold", .name = "x-Name", .value = "a value"};
    ask->body = 12;
    ask->says_length = true;
    rig.stays = true;
    rig_begin(&rig);
    rig_run(&rig);
    assert_int_equal(rig.held_n, 1);
    weir_exchange *x = rig.held[0];
    const weir_request *request = weir_exchange_request(x);
    assert_int_equal(request->version, 20);
    assert_string_equal(request->method, "POST");
    assert_string_equal(request->target, "/hold");
    assert_string_equal(request->path, "/hold");
    assert_string_equal(request->host, "localhost");
    assert_int_equal(request->length, 12);
    assert_int_equal(request->headers_n, 2);
    assert_int_equal(request->stream_id, 1);
    assert_false(request->secure);
    assert_string_equal(weir_exchange_header(x, "X-NAME"), "a value");
    assert_string_equal(weir_exchange_header_at(x, 0).name, "x-name");
    assert_null(weir_exchange_header(x, "no"));
    assert_null(weir_exchange_peer(x));
    assert_false(weir_exchange_continue(x));
    end();
    assert_int_equal(rig.counts.unanswered, 1);
}

/* Who puts a path behind a host of his own must not make another host of the two. */
static void a_target_is_a_path_of_a_host(void **state)
{
    static const struct {
        const char *method, *scheme, *host, *path;
        bool right;
    } rows[] = {
        {"GET", "http", "localhost", "/hello", true},
        {"GET", "foo", "localhost", "/hello", true},
        {"GET", "foo", "localhost", ".example.org/", false},
        {"GET", "foo", "localhost", "@example.org/", false},
        {"GET", "foo", "localhost", "*", false},
        {"GET", "http", "user@localhost", "/hello", false},
        {"GET", "http", "localhost:80:80", "/hello", false},
        {"GET", "http", "[::1]:80", "/hello", true},
        {"CONNECT", "http", "localhost", "/", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(RIG_TASKS);
        struct ask *ask = rig_ask(&rig, rows[i].path);
        ask->method = rows[i].method;
        ask->scheme = rows[i].scheme;
        ask->host = rows[i].host;
        run();
        if ((ask->status == 200) != rows[i].right)
            fail_msg("%s %s %s: %d", rows[i].scheme, rows[i].host, rows[i].path, ask->status);
        assert_int_equal(ask->code, rows[i].right ? NGHTTP2_NO_ERROR : NGHTTP2_PROTOCOL_ERROR);
        assert_int_equal(rig.counts.requests, rows[i].right);
        end();
    }
}

static void trailers_come_behind_the_body(void **state)
{
    (void)state;
    begin(RIG_TASKS);
    struct ask *ask = rig_ask(&rig, "/read");
    ask->body = 20;
    ask->trails = true;
    run();
    assert_int_equal(rig.asks[0].status, 200);
    end();
}

static void a_hundred_is_sent_when_the_body_is_read(void **state)
{
    static const char *const paths[] = {"/read", "/hello"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        begin(RIG_TASKS);
        struct ask *ask = rig_ask(&rig, paths[i]);
        ask->stays = true;
        ask->name = "expect";
        ask->value = "100-continue";
        rig_begin(&rig);
        rig_run(&rig);
        assert_int_equal(ask->interim, i ? 0 : 100);
        assert_int_equal(ask->status, i ? 200 : 0);
        ask->stays = false;
        ask->body = 100;
        nghttp2_session_resume_data(rig.session, ask->id);
        rig_submit(&rig);
        assert_true(rig_run(&rig));
        assert_int_equal(ask->status, 200);
        end();
    }
}

static void crumbs_are_one_cookie(void **state)
{
    (void)state;
    begin(RIG_TASKS);
    struct ask *ask = rig_ask(&rig, "/hold");
    ask->name = "cookie";
    ask->value = "a=1";
    ask->again = "b=2; c=3";
    rig.stays = true;
    rig_begin(&rig);
    rig_run(&rig);
    assert_int_equal(weir_exchange_request(rig.held[0])->headers_n, 1);
    assert_string_equal(weir_exchange_header(rig.held[0], "cookie"), "a=1; b=2; c=3");
    end();
}

static void a_tunnel_is_a_stream(void **state)
{
    (void)state;
    begin(RIG_TASKS);
    struct ask *ask = rig_ask(&rig, "/echo"), *hello = rig_ask(&rig, "/hello");
    ask->method = hello->method = "CONNECT", ask->host = "localhost:443";
    ask->body = 40000;
    hello->host = "hello:80";
    run();
    assert_true(ask->status == 200 && ask->got == 40000 && hello->got == 5);
    assert_false(ask->wrong || ask->has_length || hello->has_length);
    end();
}

static void heads_that_are_too_large(void **state)
{
    static char value[9000];
    static const struct {
        size_t n;
        uint32_t max;
        int status;
        uint32_t code;
    } rows[] = {{100, 1000, 200, NGHTTP2_NO_ERROR},
                {2000, 1000, 431, NGHTTP2_NO_ERROR},
                {4000, 1000, 0, NGHTTP2_INTERNAL_ERROR}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(RIG_TASKS);
        memset(value, 'v', rows[i].n);
        value[rows[i].n] = 0;
        rig.options.head_bytes_max = rows[i].max;
        struct ask *ask = rig_ask(&rig, "/hello");
        ask->name = "x-large";
        ask->value = value;
        run();
        assert_int_equal(ask->status, rows[i].status);
        assert_int_equal(ask->code, rows[i].code);
        end();
    }
}

static void who_is_asked_twice_is_nobody(void **state)
{
    (void)state;
    begin(RIG_TASKS);
    struct ask *same = rig_ask(&rig, "/hello"), *other = rig_ask(&rig, "/hello");
    same->name = other->name = "host";
    same->value = "LOCALHOST";
    other->value = "elsewhere";
    run();
    assert_int_equal(same->status, 200);
    assert_int_equal(other->code, NGHTTP2_PROTOCOL_ERROR);
    assert_int_equal(rig.counts.refused, 1);
    end();
}

/* ---- what is given up ---- */

static void dropped_exchanges_are_reset(void **state)
{
    static const char *const paths[] = {"/drop", "/half"};
    (void)state;
    EVERY_MODE(mode)
    {
        for (int i = 0; i < 2; i++) {
            begin(mode);
            struct ask *ask = rig_ask(&rig, paths[i]);
            rig_ask(&rig, "/hello");
            run();
            assert_int_equal(ask->code, NGHTTP2_INTERNAL_ERROR);
            assert_false(ask->ended);
            assert_int_equal(rig.asks[1].got, 5);
            assert_int_equal(rig.counts.unanswered, 1);
            end();
        }
    }
}

static void a_peer_that_resets_ends_the_exchange(void **state)
{
    (void)state;
    EVERY_MODE(mode)
    {
        begin(mode);
        struct ask *bytes = rig_ask(&rig, "/bytes/1000000");
        bytes->reset_at = 100000;
        struct ask *echo = rig_ask(&rig, "/echo");
        echo->body = 1000000;
        echo->reset_at = 100000;
        rig_ask(&rig, "/bytes/300000");
        run();
        assert_int_equal(bytes->code, NGHTTP2_CANCEL);
        assert_int_equal(echo->code, NGHTTP2_CANCEL);
        assert_int_equal(rig.asks[2].got, 300000);
        assert_int_equal(rig.handlers, 0);
        assert_int_equal(rig.counts.unanswered, 2);
        end();
    }
}

/* What was read of the upload is all that was let in. */
static void an_unread_body_is_not_waited_for(void **state)
{
    (void)state;
    begin(RIG_TASKS);
    struct ask *ask = rig_ask(&rig, "/hello");
    ask->body = 5 << 20;
    run();
    assert_int_equal(ask->status, 200);
    assert_true(ask->ended);
    assert_int_equal(ask->code, NGHTTP2_NO_ERROR);
    assert_true(ask->sent < 1 << 20);
    end();
}

/* ---- windows ---- */

static void what_is_not_read_is_not_received(void **state)
{
    (void)state;
    begin(RIG_TASKS);
    rig.options.window_bytes = 70000;
    for (int i = 0; i < 6; i++)
        rig_ask(&rig, "/hold")->body = 200000;
    rig.stays = true;
    rig_begin(&rig);
    rig_run(&rig);
    size_t all = 0;
    for (int i = 0; i < 6; i++) {
        assert_true(rig.asks[i].sent <= 70000);
        all += rig.asks[i].sent;
    }
    assert_int_equal(all, 4 * 70000);
    assert_true(memory.live_bytes < 4 * 70000 + (300 << 10));
    rig_ask(&rig, "/hello"); /* a window that is shut shuts out no head */
    rig_submit(&rig);
    rig_run(&rig);
    assert_int_equal(rig.asks[6].status, 200);
    end();
}

/* Who asks for more at once than the window has room for gets it. */
static void more_at_once_than_the_window(void **state)
{
    (void)state;
    begin(RIG_TASKS);
    rig.options.window_bytes = 70000;
    rig_ask(&rig, "/hold")->body = 200000;
    rig.stays = true;
    rig_begin(&rig);
    rig_run(&rig);
    struct test_cx test;
    test_cx_init(&test);
    weir_reader *body = weir_exchange_body(rig.held[0]);
    assert_true(weir_reader_reserve(body, 150000));
    weir_poll got;
    unsigned polls = 0;
    while ((got = weir_poll_fill(body, &test.cx, 150000)).state == WEIR_PENDING && polls++ < 99) {
        rig_run(&rig);
        test_cx_turn(&test);
    }
    size_t n;
    const unsigned char *bytes = weir_peek(body, &n);
    assert_int_equal(got.state, WEIR_READY);
    assert_true(n >= 150000);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(bytes[i], rig_byte(i));
    weir_drop(body);
    test_cx_fini(&test);
    end();
}

static void a_shut_window_stops_the_answer(void **state)
{
    (void)state;
    EACH_MODE(mode)
    {
        begin(mode);
        rig.client_window = 1000;
        rig.unread = true;
        rig.stays = true;
        struct ask *ask = rig_ask(&rig, "/bytes/300000");
        rig_begin(&rig);
        rig_run(&rig);
        assert_int_equal(ask->got, 1000);
        assert_int_equal(rig.handlers, 1);
        assert_int_equal(rig.actors[1].cx->cx.wait_for, WEIR_WAIT_ROOM);
        for (size_t more = 1000; ask->got < 300000; more += 7000) {
            size_t before = ask->got;
            nghttp2_session_consume(rig.session, ask->id, ask->got - before);
            nghttp2_submit_window_update(rig.session, 0, ask->id, (int32_t)more);
            nghttp2_submit_window_update(rig.session, 0, 0, (int32_t)more);
            rig_submit(&rig);
            rig_run(&rig);
            assert_true(ask->got > before);
        }
        assert_true(ask->ended);
        assert_false(ask->wrong);
        end();
    }
}

/* ---- turns ---- */

static void a_hundred_streams_take_turns(void **state)
{
    enum { N = 100, FRAMES = 4 };
    unsigned seen[2 * N + 1] = {0};
    (void)state;
    begin(RIG_TASKS);
    rig.client_window = 1 << 20;
    rig.wire.ways[TO_CLIENT].room = 1000;
    for (int i = 0; i < N; i++)
        rig_ask(&rig, "/bytes/65536"); /* 4 frames */
    rig_begin(&rig);
    rig.unread = true;
    nghttp2_session_set_local_window_size(rig.session, 0, 0, 64 << 20);
    assert_true(rig_run(&rig));
    assert_int_equal(rig.handlers_max, N);
    for (size_t i = 0; i < rig.order_n; i++) {
        unsigned mine = ++seen[rig.order[i]];
        for (int32_t id = 1; id < 2 * N; id += 2) /* who has not ended is at most two behind */
            assert_true(seen[id] + 2 >= mine || seen[id] >= FRAMES);
    }
    end();
}

static void no_more_than_streams_max_at_once(void **state)
{
    (void)state;
    EVERY_MODE(mode)
    {
        begin(mode);
        rig.options.streams_max = 7;
        for (int i = 0; i < 40; i++)
            rig_ask(&rig, "/bytes/20000");
        run();
        assert_true(rig.handlers_max <= 7);
        unsigned refused = 0;
        for (int i = 0; i < 40; i++) {
            assert_true(rig.asks[i].got == 20000 || rig.asks[i].code == NGHTTP2_REFUSED_STREAM);
            refused += rig.asks[i].code == NGHTTP2_REFUSED_STREAM;
        }
        assert_true(refused < 34);
        end();
    }
}

/* A stream counts until its handler is done with it, reset or not. */
static void resets_make_no_room(void **state)
{
    (void)state;
    begin(RIG_TASKS);
    rig.options.streams_max = 5;
    rig.stays = true;
    for (int i = 0; i < 5; i++)
        rig_ask(&rig, "/hold");
    rig_begin(&rig);
    rig_run(&rig);
    assert_int_equal(rig.held_n, 5);
    for (int i = 0; i < 5; i++)
        nghttp2_submit_rst_stream(rig.session, 0, rig.asks[i].id, NGHTTP2_CANCEL);
    rig_ask(&rig, "/hold");
    rig_submit(&rig);
    rig_run(&rig);
    assert_int_equal(rig.held_n, 5);
    weir_exchange_drop(rig.held[--rig.held_n]);
    rig_run(&rig);
    assert_int_equal(rig.held_n, 5);
    end();
}

/* ---- the end ---- */

static void a_stop_finishes_what_is_under_way(void **state)
{
    (void)state;
    EACH_MODE(mode)
    {
        begin(mode);
        rig.stays = true;
        struct ask *held = rig_ask(&rig, "/hold");
        rig_ask(&rig, "/bytes/10");
        rig_begin(&rig);
        rig_run(&rig);
        assert_int_equal(rig.goaways, 0);
        rig_stop(&rig);
        rig_run(&rig);
        assert_int_equal(rig.goaways, 2);
        assert_int_equal(rig.goaway, NGHTTP2_NO_ERROR);
        assert_int_equal(rig.goaway_last, 3);
        assert_false(rig.over);
        static const weir_response ok = WEIR_RESPONSE(200, "");
        weir_stream *answer = weir_respond_bytes(rig.held[0], &ok, "held", 4);
        rig.held_n = 0;
        unsigned char unit;
        assert_int_equal(await(answer, &unit, NULL), WEIR_READY);
        rig.late = true; /* the peer does not leave by itself */
        rig_run(&rig);
        assert_int_equal(held->got, 4);
        assert_true(held->ended);
        assert_true(rig.over);
        assert_int_equal(rig.state, WEIR_END);
        end();
    }
}

static void a_stop_of_an_idle_connection(void **state)
{
    (void)state;
    EVERY_MODE(mode)
    {
        begin(mode);
        rig.stays = true;
        rig_ask(&rig, "/hello");
        rig_begin(&rig);
        rig_run(&rig);
        rig_stop(&rig);
        rig_run(&rig);
        rig.stays = false;
        rig_submit(&rig);
        rig_run(&rig);
        assert_true(rig.over);
        assert_true(rig.goaways); /* this client listens to one of them */
        assert_true(rig.client_eof);
        end();
    }
}

/* Nothing comes any more, but what has begun is finished, and sent. */
static void the_stream_may_go_first(void **state)
{
    (void)state;
    EACH_MODE(mode)
    {
        begin(mode);
        rig.client_window = 2000;
        rig_ask(&rig, "/bytes/100000");
        rig_ask(&rig, "/echo")->body = 100000;
        rig_begin(&rig);
        rig.actors[0].drop_at = 4;
        rig_run(&rig);
        assert_true(rig.over);
        assert_int_equal(rig.goaways, 1);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(rig.asks[i].got, 100000);
            assert_true(rig.asks[i].ended);
        }
        assert_true(rig.client_eof);
        end();
    }
}

static void a_peer_that_leaves_gets_its_answers(void **state)
{
    (void)state;
    EVERY_MODE(mode)
    {
        begin(mode);
        rig_ask(&rig, "/bytes/30000");
        rig_ask(&rig, "/read")->body = 100;
        rig_begin(&rig);
        rig.wire.ways[TO_SERVER].closed = false;
        rig_run(&rig);
        assert_true(rig.over);
        assert_int_equal(rig.asks[0].got, 30000);
        end();
    }
}

int http_http2(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_answered),
        cmocka_unit_test(a_request_says_what_was_sent),
        cmocka_unit_test(a_target_is_a_path_of_a_host),
        cmocka_unit_test(trailers_come_behind_the_body),
        cmocka_unit_test(a_hundred_is_sent_when_the_body_is_read),
        cmocka_unit_test(crumbs_are_one_cookie),
        cmocka_unit_test(a_tunnel_is_a_stream),
        cmocka_unit_test(heads_that_are_too_large),
        cmocka_unit_test(who_is_asked_twice_is_nobody),
        cmocka_unit_test(dropped_exchanges_are_reset),
        cmocka_unit_test(a_peer_that_resets_ends_the_exchange),
        cmocka_unit_test(an_unread_body_is_not_waited_for),
        cmocka_unit_test(what_is_not_read_is_not_received),
        cmocka_unit_test(more_at_once_than_the_window),
        cmocka_unit_test(a_shut_window_stops_the_answer),
        cmocka_unit_test(a_hundred_streams_take_turns),
        cmocka_unit_test(no_more_than_streams_max_at_once),
        cmocka_unit_test(resets_make_no_room),
        cmocka_unit_test(a_stop_finishes_what_is_under_way),
        cmocka_unit_test(a_stop_of_an_idle_connection),
        cmocka_unit_test(the_stream_may_go_first),
        cmocka_unit_test(a_peer_that_leaves_gets_its_answers),
    };
    return cmocka_run_group_tests_name("http2", tests, NULL, NULL);
}

#else

int http_http2(void)
{
    return 0;
}

#endif
