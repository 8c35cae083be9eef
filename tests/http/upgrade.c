/* A connection that is handed over to another protocol, by hand: who may ask for it, what the
 * halves tell, that they wait for the answer which says so, and what becomes of them where it is
 * not taken. And what bodies and answers tell of their length, and of their room.
 */

#include "talk.h"

#define ASKS "Connection: upgrade\r\nUpgrade: echo\r\n"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n" ASKS "\r\n"
#define CONNECT "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"
#define SWITCHED "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n"

static struct talk talk;
static weir_stream *exchanges;
static weir_exchange *asked;

static void say(const char *text)
{
    weir_cx *cx = &talk.near.cx;
    assert_int_equal(weir_poll_write(talk.client.writer, cx, text, strlen(text)).n, strlen(text));
}

/* Up to the exchange; the wire to the client takes so many bytes. */
static void begin(const char *said, size_t room)
{
    talk = (struct talk){.wire.ways[TO_CLIENT].room = room};
    test_clock_begin();
    test_cx_init(&talk.near);
    talk.client = wire_client(&talk.wire);
    say(said);
    exchanges = weir_http_exchanges(wire_server(&talk.wire), &talk.options);
    assert_int_equal(weir_poll_next(exchanges, &talk.near.cx, &asked, 1).n, 1);
}

static void end(weir_duplex raw)
{
    weir_duplex_drop(raw);
    weir_drop(exchanges);
    weir_duplex_drop(talk.client);
    test_cx_fini(&talk.near);
    wire_fini(&talk.wire);
}

/* The client reads so many bytes. */
static void hear(const char *text)
{
    size_t n = strlen(text);
    assert_true(weir_poll_fill(talk.client.reader, &talk.near.cx, n).n >= n);
    assert_memory_equal(weir_peek(talk.client.reader, &n), text, strlen(text));
    weir_consume(talk.client.reader, strlen(text));
}

/* The next 20 bytes of the answer, or fewer. */
static void hear_piece(size_t at)
{
    char piece[21] = "";
    strncat(piece, &SWITCHED[at], 20);
    hear(piece);
}

/* ---- who may ask for it ---- */

static void who_did_not_ask_is_refused(void **state)
{
    (void)state;
    static char long_name[300];
    memset(long_name, 'x', sizeof long_name - 1);
    static const struct {
        const char *said, *protocol, *fact;
    } rows[] = {
        {GET, NULL, "did not ask"},
        {GET, "", "did not ask"},
        {GET, long_name, "did not ask"},
        {GET, "ech", "did not ask"},
        {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\n\r\n", "echo", "did not ask"},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n", "echo", "did not ask"},
        {CONNECT, "echo", "did not ask"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n" ASKS "\r\nabc", "echo",
         "the request has a body"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(rows[i].said, 0);
        weir_cx *cx = &talk.near.cx;
        weir_duplex raw = weir_exchange_upgrade(asked, rows[i].protocol);
        assert_int_equal(weir_poll_fill(raw.reader, cx, 1).state, WEIR_ERROR);
        assert_non_null(strstr(cx->error.message, rows[i].fact));
        assert_int_equal(weir_poll_write(raw.writer, cx, "x", 1).state, WEIR_ERROR);
        assert_non_null(strstr(cx->error.message, rows[i].fact));
        assert_int_equal(cx->error.code, WEIR_E_ARGUMENT);
        end(raw);
    }
}

static void one_that_has_begun_stays(void **state)
{
    (void)state;
    begin(GET, 0);
    weir_reader *body = weir_exchange_body(asked);
    weir_duplex raw = weir_exchange_upgrade(asked, "echo");
    assert_int_equal(weir_poll_fill(raw.reader, &talk.near.cx, 1).state, WEIR_ERROR);
    assert_non_null(strstr(talk.near.cx.error.message, "the exchange has begun"));
    weir_drop(body);
    end(raw);
}

/* ---- what the halves do ---- */

static void a_tunnel_is_opened(void **state)
{
    (void)state;
    begin(CONNECT, 0);
    weir_cx *cx = &talk.near.cx;
    weir_duplex raw = weir_exchange_upgrade(asked, NULL);
    say("there");
    assert_true(weir_reader_reserve(raw.reader, 100));
    assert_int_equal(weir_poll_fill(raw.reader, cx, 5).n, 5);
    assert_int_equal(weir_reader_size_hint(raw.reader).lower, 5);
    assert_int_equal(weir_poll_room(raw.writer, cx).state, WEIR_READY);
    assert_int_equal(weir_poll_write(raw.writer, cx, "back", 4).n, 4);
    assert_int_equal(weir_poll_flush(raw.writer, cx).state, WEIR_READY);
    assert_int_equal(weir_unsent(raw.writer), 0);
    hear("HTTP/1.1 200 OK\r\n\r\nback");
    assert_int_equal(weir_poll_close(raw.writer, cx).state, WEIR_END);
    assert_int_equal(weir_poll_fill(talk.client.reader, cx, 1).state, WEIR_END);
    assert_int_equal(weir_poll_next(exchanges, cx, &asked, 1).state, WEIR_END);
    end(raw);
}

/* Each half waits for the answer, whichever is polled, and each is woken. */
static void halves_wait_for_the_answer(void **state)
{
    (void)state;
    for (int writes = 0; writes < 2; writes++) {
        begin(GET, 20);
        weir_cx *cx = &talk.near.cx;
        weir_duplex raw = weir_exchange_upgrade(asked, "echo");
        say("hi");
        assert_int_equal(weir_unsent(raw.writer), strlen(SWITCHED));
        for (size_t heard = 0; heard < strlen(SWITCHED); heard += 20) {
            weir_poll got =
                writes ? weir_poll_room(raw.writer, cx) : weir_poll_fill(raw.reader, cx, 1);
            bool last = strlen(SWITCHED) - heard <= 20;
            assert_int_equal(got.state, last ? WEIR_READY : WEIR_PENDING);
            if (!last) {
                test_cx_turn(&talk.near);
                got = writes ? weir_poll_fill(raw.reader, cx, 1) : weir_poll_flush(raw.writer, cx);
                assert_int_equal(got.state, WEIR_PENDING);
            }
            unsigned wakes = talk.near.waker->wakes;
            hear_piece(heard);
            if (!last)
                assert_true(talk.near.waker->wakes > wakes);
        }
        assert_int_equal(weir_poll_fill(raw.reader, cx, 2).n, 2);
        assert_int_equal(weir_poll_write(raw.writer, cx, "x", 1).n, 1);
        end(raw);
    }
}

/* The client does not take the answer: who drops the writer gives the connection up, and the reader
 * says why. */
static void the_answer_is_not_taken(void **state)
{
    (void)state;
    begin(GET, 20);
    weir_cx *cx = &talk.near.cx;
    weir_duplex raw = weir_exchange_upgrade(asked, "echo");
    assert_int_equal(weir_poll_fill(raw.reader, cx, 1).state, WEIR_PENDING);
    unsigned wakes = talk.near.waker->wakes;
    weir_drop(raw.writer);
    assert_true(talk.near.waker->wakes > wakes);
    assert_int_equal(weir_poll_fill(raw.reader, cx, 1).state, WEIR_ERROR);
    assert_int_equal(cx->error.code, WEIR_E_CLOSED);
    assert_string_equal(cx->error.message, "the answer that switches protocols was not taken");
    assert_true(talk.wire.ways[TO_CLIENT].reset);
    raw.writer = NULL;
    weir_drop(raw.reader);
    end((weir_duplex){weir_empty_reader(), weir_null_writer()});
}

/* Dropped at once, where there is room for it: it is said before the connection goes. */
static void an_answer_that_fits_is_said(void **state)
{
    (void)state;
    weir_duplex ends[2];
    weir_duplex_pair(1000, ends);
    test_cx_init(&talk.near);
    talk.client = ends[0];
    say(GET);
    exchanges = weir_http_exchanges(ends[1], NULL);
    assert_int_equal(weir_poll_next(exchanges, &talk.near.cx, &asked, 1).n, 1);
    weir_duplex raw = weir_exchange_upgrade(asked, "echo");
    weir_drop(raw.writer);
    hear(SWITCHED);
    weir_drop(raw.reader);
    weir_drop(exchanges);
    weir_duplex_drop(talk.client);
    test_cx_fini(&talk.near);
}

static void a_write_fails(void **state)
{
    (void)state;
    for (int writes = 0; writes < 2; writes++) {
        begin(GET, 0);
        weir_cx *cx = &talk.near.cx;
        talk.wire.ways[TO_CLIENT].fail_write = 1;
        weir_duplex raw = weir_exchange_upgrade(asked, "echo");
        weir_poll got =
            writes ? weir_poll_write(raw.writer, cx, "x", 1) : weir_poll_fill(raw.reader, cx, 1);
        assert_int_equal(got.state, WEIR_ERROR);
        got = writes ? weir_poll_fill(raw.reader, cx, 1) : weir_poll_close(raw.writer, cx);
        assert_int_equal(got.state, WEIR_ERROR);
        end(raw);
    }
}

static void each_allocation_fails(void **state)
{
    (void)state;
    bool failed = true;
    for (unsigned long k = 1; failed; k++) {
        memory_begin(0, false);
        begin(GET, 0);
        memory.fail_at = memory.calls + k;
        weir_duplex raw = weir_exchange_upgrade(asked, "echo");
        failed = memory.failed;
        weir_poll got = weir_poll_write(raw.writer, &talk.near.cx, "x", 1);
        assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_READY);
        if (failed)
            assert_int_equal(talk.near.cx.error.code, WEIR_E_MEMORY);
        end(raw);
        assert_int_equal(memory_end(), 0);
    }
}

/* ---- what a body tells of itself ---- */

static void a_body_tells_its_length(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        size_t first, lower, upper, then_lower, then_upper;
    } rows[] = {
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabcd", 4, 10, 10, 6, 6},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", 4, 0,
         WEIR_HINT_UNKNOWN, 0, WEIR_HINT_UNKNOWN},
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(rows[i].said, 0);
        weir_reader *body = weir_exchange_body(asked);
        weir_hint hint = weir_reader_size_hint(body);
        assert_int_equal(hint.lower, rows[i].lower);
        assert_int_equal(hint.upper, rows[i].upper);
        assert_true(weir_reader_reserve(body, 100));
        assert_in_range(weir_memory_max(body), 0, 1 << 20);
        if (rows[i].first) {
            assert_int_equal(weir_poll_fill(body, &talk.near.cx, 1).n, rows[i].first);
            weir_consume(body, rows[i].first);
        }
        hint = weir_reader_size_hint(body);
        assert_int_equal(hint.lower, rows[i].then_lower);
        assert_int_equal(hint.upper, rows[i].then_upper);
        weir_drop(body);
        weir_exchange_drop(asked);
        end((weir_duplex){weir_empty_reader(), weir_null_writer()});
    }
}

/* An answer has room until the connection's block is full, and again when the client read. */
static void an_answer_tells_of_its_room(void **state)
{
    (void)state;
    static char bytes[1000];
    begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 100);
    weir_cx *cx = &talk.near.cx;
    weir_writer *writer = weir_respond(asked, 200, NULL, 0, 1 << 20);
    assert_in_range(weir_memory_max(writer), 1, 1 << 20);
    assert_int_equal(weir_poll_room(writer, cx).state, WEIR_READY);
    for (size_t piece = sizeof bytes; piece; piece /= 10) { /* to the last byte */
        weir_poll got = {0, WEIR_READY};
        for (unsigned i = 0; i < 1000 && got.state == WEIR_READY; i++)
            got = weir_poll_write(writer, cx, bytes, piece);
        assert_int_equal(got.state, WEIR_PENDING);
    }
    test_cx_turn(&talk.near);
    assert_int_equal(weir_poll_room(writer, cx).state, WEIR_PENDING);
    size_t n = 1;
    for (unsigned i = 0; i < 10000 && weir_poll_room(writer, cx).state == WEIR_PENDING; i++) {
        assert_int_equal(weir_poll_fill(talk.client.reader, cx, 1).state, WEIR_READY);
        weir_peek(talk.client.reader, &n);
        weir_consume(talk.client.reader, n);
    }
    assert_int_equal(weir_poll_room(writer, cx).state, WEIR_READY);
    assert_true(weir_poll_write(writer, cx, bytes, sizeof bytes).n > 0);
    weir_drop(writer);
    end((weir_duplex){weir_empty_reader(), weir_null_writer()});
}

int http_upgrade(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_did_not_ask_is_refused),
        cmocka_unit_test(one_that_has_begun_stays),
        cmocka_unit_test(a_tunnel_is_opened),
        cmocka_unit_test(halves_wait_for_the_answer),
        cmocka_unit_test(the_answer_is_not_taken),
        cmocka_unit_test(an_answer_that_fits_is_said),
        cmocka_unit_test(a_write_fails),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(a_body_tells_its_length),
        cmocka_unit_test(an_answer_tells_of_its_room),
    };
    return cmocka_run_group_tests_name("upgrade", tests, NULL, NULL);
}
