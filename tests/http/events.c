/* Server-sent events over HTTP: one connection after the other, and the answer of a server. */

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

static void again(void)
{
    peer_end(&peer);
    memset(&peer, 0, sizeof peer);
    peer_begin(&peer);
}

#define EVENTS "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
#define NO_MORE "HTTP/1.1 204 No Content\r\n\r\n"

static void answer(unsigned connection, const char *text, enum peer_then then)
{
    peer.answers[connection][0] = (struct peer_answer){text, then, false, 0};
}

static char seen[2048];
static uint64_t ns_at[PEER_CONNECTIONS]; /* when each was dialled, in ms */

static weir_duplex timed_dial(const char *address, void *arg)
{
    ns_at[peer.dials] = test_clock_ns();
    return peer_dial(address, arg);
}

static weir_http_client_options http;

static weir_stream *events(const weir_http_events_options *more)
{
    weir_http_events_options options = more ? *more : WEIR_HTTP_EVENTS_OPTIONS(0);
    http = WEIR_HTTP_CLIENT_OPTIONS(.dial = timed_dial, .arg = &peer);
    options.size = sizeof options;
    options.http = &http;
    return weir_http_events("http://h/feed?key=secret", &options);
}

static void write_down(const weir_sse_event *event)
{
    size_t n = strlen(seen);
    snprintf(seen + n, sizeof seen - n, "%.*s:%.*s#%.*s ", (int)event->event.size,
             event->event.data, (int)event->data.size, event->data.data, (int)event->id.size,
             event->id.size ? event->id.data : "");
}

/* To the end; what it came to. */
static weir_state run(weir_stream *stream, weir_error *error, size_t demand)
{
    weir_poll got = {0, WEIR_PENDING};
    seen[0] = 0;
    for (unsigned i = 0; got.state != WEIR_END; i++) {
        weir_sse_event out[8];
        if (i == PEER_TURNS)
            test_abort("the events do not come to their end");
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, out, demand);
        for (unsigned k = 0; k < got.n; k++)
            write_down(&out[k]);
        if (got.state == WEIR_PENDING)
            peer_wake(&peer, &test);
        if (got.state == WEIR_ERROR)
            break;
    }
    if (got.state == WEIR_ERROR)
        *error = test.cx.error;
    weir_drop(stream);
    return got.state;
}

static void expect(weir_stream *stream, const char *wanted)
{
    weir_error error;
    if (run(stream, &error, 1) != WEIR_END)
        fail_msg("%s (after %s)", error.message, seen);
    assert_string_equal(seen, wanted);
}

static void expect_error(weir_stream *stream, const char *wanted, weir_code code, const char *part)
{
    weir_error error;
    assert_int_equal(run(stream, &error, 1), WEIR_ERROR);
    assert_string_equal(seen, wanted);
    if (error.code != code || !strstr(error.message, part))
        fail_msg("another error, %d: %s", error.code, error.message);
    assert_true(error.fatal);
    assert_null(strstr(error.place, "secret"));
}

static bool asked_with(unsigned connection, const char *id)
{
    char field[100];
    snprintf(field, sizeof field, "\r\nlast-event-id: %s\r\n", id);
    const char *got = peer.connections[connection].got;
    return *id ? strstr(got, field) != NULL : strstr(got, "last-event-id") == NULL;
}

/* ---- connections ---- */

static void they_go_on_with_the_last_id(void **state)
{
    (void)state;
    for (size_t piece = 0; piece < 40; piece++) {
        test_clock_begin();
        again();
        peer.piece = piece;
        answer(0, EVENTS "data: a\n\nid: 1\ndata: b\n\n", PEER_CLOSE);
        answer(1, EVENTS "data: c\n\n", PEER_ABORT);
        answer(2, EVENTS "id: 2\n\nevent: x\ndata: d\n\n: comment\n\ndata: lost", PEER_CLOSE);
        answer(3, NO_MORE, PEER_KEEP);
        expect(events(NULL), "message:a# message:b#1 message:c# x:d#2 ");
        assert_int_equal(peer.dials, 4);
        assert_true(asked_with(0, "") && asked_with(1, "1") && asked_with(2, "1") &&
                    asked_with(3, "2"));
        assert_non_null(strstr(peer.connections[0].got, "GET /feed?key=secret HTTP/1.1\r\n"));
        assert_non_null(strstr(peer.connections[0].got, "accept: text/event-stream\r\n"));
        assert_non_null(strstr(peer.connections[0].got, "cache-control: no-cache\r\n"));
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(ns_at[i], i * 3000000000);
    }
}

static void an_id_may_be_known_before(void **state)
{
    (void)state;
    answer(0, EVENTS "data: a\n\nid: 7\ndata: b\n\nid\ndata: c\n\n", PEER_CLOSE);
    answer(1, NO_MORE, PEER_KEEP);
    expect(events(&WEIR_HTTP_EVENTS_OPTIONS(.last_id = "6")), "message:a# message:b#7 message:c# ");
    assert_true(asked_with(0, "6"));
    assert_true(asked_with(1, "")); /* taken back */
}

/* ---- tries ---- */

#define MS 1000000ull

static void each_try_waits_twice_as_long(void **state)
{
    static const uint64_t ms[] = {0,     3000,   9000,   21000,  45000,
                                  93000, 153000, 213000, 273000, 333000};
    (void)state;
    for (unsigned i = 0; i < 10; i++)
        answer(i, i % 2 ? "HTTP/1.1 503 Busy\r\n\r\n" : "", PEER_CLOSE);
    expect_error(events(NULL), "", WEIR_E_USER, "the peer answered 503 Busy");
    assert_int_equal(peer.dials, 10);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(ns_at[i], ms[i] * MS);
}

static void an_event_begins_a_new_row(void **state)
{
    static const uint64_t ms[] = {0, 100, 200, 300, 400, 600};
    (void)state;
    weir_http_events_options options = WEIR_HTTP_EVENTS_OPTIONS(.tries_max = 3);
    answer(0, EVENTS "retry: 100\n\ndata: a\n\n", PEER_CLOSE);
    answer(1, EVENTS, PEER_CLOSE);
    answer(2, EVENTS "data: b\n\n", PEER_CLOSE);
    for (unsigned i = 3; i < 6; i++)
        answer(i, EVENTS, i < 5 ? PEER_ABORT : PEER_CLOSE);
    expect_error(events(&options), "message:a# message:b# ", WEIR_E_CLOSED, "3 times without any");
    assert_int_equal(peer.dials, 6);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(ns_at[i], ms[i] * MS);
}

static void the_peer_cannot_stop_it_for_long_nor_drive_it(void **state)
{
    (void)state;
    answer(0, EVENTS "retry: 99999999999999\n\ndata: a\n\n", PEER_CLOSE);
    answer(1, EVENTS "retry: 0\n\ndata: b\n\n", PEER_CLOSE);
    answer(2, NO_MORE, PEER_KEEP);
    expect(events(NULL), "message:a# message:b# ");
    assert_int_equal(ns_at[1], 60000 * MS);
    assert_int_equal(ns_at[2], 60100 * MS);
}

static void what_cannot_be_mended(void **state)
{
    static const struct {
        const char *answer;
        weir_code code;
        const char *part;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n", WEIR_E_CORRUPT, "text/plain"},
        {"HTTP/1.1 200 OK\r\ncontent-type: text/event-streams\r\n\r\n", WEIR_E_CORRUPT, ""},
        {"HTTP/1.1 200 OK\r\n\r\n", WEIR_E_CORRUPT, "''"},
        {"HTTP/1.1 404 Not Found\r\n\r\n", WEIR_E_USER, "404 Not Found"},
        {"HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n", WEIR_E_USER, "302"},
        {"HTTP/1.1 201 Created\r\n\r\n", WEIR_E_USER, "201"},
        {"no HTTP\r\n\r\n", WEIR_E_CORRUPT, "no HTTP"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        again();
        answer(0, rows[i].answer, PEER_CLOSE);
        expect_error(events(NULL), "", rows[i].code, rows[i].part);
        assert_int_equal(peer.dials, 1);
    }
    again();
    answer(0,
           "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\ndata: a\n\n",
           PEER_CLOSE);
    answer(1, NO_MORE, PEER_KEEP);
    expect(events(NULL), "message:a# ");
}

static void long_events_and_ids(void **state)
{
    (void)state;
    char text[6000] = EVENTS "id: ";
    memset(text + strlen(text), 'x', 4097);
    strcat(text, "\ndata: a\n\n");
    answer(0, text, PEER_CLOSE);
    expect_error(events(NULL), "", WEIR_E_LIMIT, "an event's id of 4097 bytes");
    again();
    answer(0, EVENTS "data: 0123456789\n\n", PEER_CLOSE);
    expect_error(events(&WEIR_HTTP_EVENTS_OPTIONS(.event_bytes_max = 8)), "", WEIR_E_LIMIT, "");
}

static void a_peer_that_is_still_is_lost(void **state)
{
    (void)state;
    answer(0, EVENTS "data: a\n\n", PEER_KEEP);
    answer(1, NO_MORE, PEER_KEEP);
    expect(events(&WEIR_HTTP_EVENTS_OPTIONS(.still_ns = 20000 * MS)), "message:a# ");
    assert_int_equal(ns_at[1], 23000 * MS);
}

static void dropped_at_every_wait(void **state)
{
    (void)state;
    for (unsigned polls = 1;; polls++) {
        bool dropped = false;
        memory_begin(0, false);
        again();
        answer(0, EVENTS "id: 1\ndata: a\n\n", PEER_CLOSE);
        answer(1, EVENTS "data: b\n\n", PEER_CLOSE);
        answer(2, NO_MORE, PEER_KEEP);
        peer.piece = 9;
        weir_stream *stream = events(NULL);
        weir_poll got = {0, WEIR_PENDING};
        for (unsigned i = 0; got.state != WEIR_END && !dropped; i++) {
            weir_sse_event out;
            dropped = i == polls;
            test_cx_turn(&test);
            if (!dropped)
                got = weir_poll_next(stream, &test.cx, &out, 1);
            if (got.state == WEIR_PENDING && !dropped)
                peer_wake(&peer, &test);
        }
        weir_drop(stream);
        assert_int_equal(test_waker_others(test.waker), 0);
        assert_true(test_clock_idle());
        again();
        assert_int_equal(memory_end(), 0);
        if (!dropped)
            break;
    }
}

static void without_memory(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        weir_error error;
        memory_begin(at, true);
        again();
        answer(0, EVENTS "id: 1\ndata: a\n\n", PEER_CLOSE);
        answer(1, EVENTS "data: b\n\n", PEER_CLOSE);
        answer(2, NO_MORE, PEER_KEEP);
        http.total_ns = 90000 * MS;
        weir_state got = run(events(&WEIR_HTTP_EVENTS_OPTIONS(.last_id = "x")), &error, 1);
        again();
        unsigned long failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        if (!failed) {
            assert_int_equal(got, WEIR_END);
            break;
        }
    }
}

/* The answer to HEAD is over with its head, however long the events would go on. */
static void a_head_waits_for_no_event(void **state)
{
    static const char said[] = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";
    weir_duplex ends[2];
    weir_exchange *x;
    unsigned char unit;
    (void)state;
    weir_duplex_pair(4096, ends);
    weir_stream *exchanges = weir_http_exchanges(ends[0], NULL);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_write(ends[1].writer, &test.cx, said, sizeof said - 1).n,
                     sizeof said - 1);
    assert_int_equal(weir_poll_next(exchanges, &test.cx, &x, 1).n, 1);
    weir_stream *answer = weir_respond_events(x, weir_pending(&weir_type_sse_event), NULL);
    weir_poll got = weir_poll_next(answer, &test.cx, &unit, 1);
    assert_int_equal(got.state, WEIR_END);
    assert_int_equal(got.n, 1);
    assert_int_equal(weir_poll_fill(ends[1].reader, &test.cx, 1).state, WEIR_READY);
    weir_drop(answer);
    weir_drop(exchanges);
    weir_duplex_drop(ends[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int http_events(void)
{
    const struct CMUnitTest tests[] = {
        TEST(they_go_on_with_the_last_id),
        TEST(an_id_may_be_known_before),
        TEST(each_try_waits_twice_as_long),
        TEST(an_event_begins_a_new_row),
        TEST(the_peer_cannot_stop_it_for_long_nor_drive_it),
        TEST(what_cannot_be_mended),
        TEST(long_events_and_ids),
        TEST(a_peer_that_is_still_is_lost),
        TEST(a_head_waits_for_no_event),
        TEST(dropped_at_every_wait),
        TEST(without_memory),
    };
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
