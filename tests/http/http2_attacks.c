/* Peers that ask for work and give none, that wait for ever, that break the protocol: each is
 * answered as it should be, and others on the way out are served. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#ifdef WEIR_HAVE_NGHTTP2
#include "h2_rig.h"

enum { BURST = 1000 };
#define SECOND_NS 1000000000ull

static struct rig rig;

static void begin(void)
{
    memset(&rig, 0, sizeof rig);
    rig.stays = true;
    test_clock_begin();
    memory_begin(0, false);
}

static void end(void)
{
    rig_end(&rig);
    assert_int_equal(memory_end(), 0);
    assert_true(test_clock_idle());
}

static void start(void)
{
    rig_begin(&rig);
    rig_run(&rig);
}

/* ---- frames that bring nothing ---- */

static size_t frame(unsigned char *to, uint8_t type, uint8_t flags, uint32_t id, const void *bytes,
                    size_t n)
{
    const unsigned char head[9] = {(unsigned char)(n >> 16),
                                   (unsigned char)(n >> 8),
                                   (unsigned char)n,
                                   type,
                                   flags,
                                   (unsigned char)(id >> 24),
                                   (unsigned char)(id >> 16),
                                   (unsigned char)(id >> 8),
                                   (unsigned char)id};
    memcpy(to, head, sizeof head);
    if (n)
        memcpy(to + sizeof head, bytes, n);
    return sizeof head + n;
}

static void send_raw(uint8_t type, uint8_t flags, uint32_t id, const void *bytes, size_t n)
{
    rig.raw_n += frame(rig.raw + rig.raw_n, type, flags, id, bytes, n);
    if (rig.raw_n + 64 < sizeof rig.raw)
        return;
    rig_submit(&rig);
    rig_run(&rig);
}

static void send_rest(void)
{
    rig_submit(&rig);
    rig_run(&rig);
}

struct flood {
    const char *name;
    uint8_t type, flags;
    bool on_stream;
    const char *bytes;
    size_t n;
};

/* Of a thousand at once nobody minds; of the next ones somebody does. */
static void floods(void **state)
{
    static const struct flood rows[] = {
        {"settings", NGHTTP2_SETTINGS, 0, false, "\0\3\0\0\0\144", 6},
        {"pings", NGHTTP2_PING, 0, false, "12345678", 8},
        {"priorities", NGHTTP2_PRIORITY, 0, true, "\0\0\0\0\20", 5},
        {"empty data", NGHTTP2_DATA, 0, true, "", 0},
        {"empty padded data", NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, true, "\0", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        struct ask *ask = rig_ask(&rig, "/hold");
        ask->stays = true;
        start();
        const struct flood *row = &rows[i];
        uint32_t id = row->on_stream ? (uint32_t)ask->id : 0;
        for (int n = 0; n < BURST - 10; n++)
            send_raw(row->type, row->flags, id, row->bytes, row->n);
        send_rest();
        assert_int_equal(rig.goaways, 0);
        bool hears = row->type != NGHTTP2_SETTINGS; /* the client did not send them itself */
        rig_ask(&rig, "/hello");
        send_rest();
        assert_true(rig.asks[1].got == 5 || !hears);
        for (int n = 0; n < 30; n++)
            send_raw(row->type, row->flags, id, row->bytes, row->n);
        send_rest();
        assert_true(rig.goaways || !hears);
        assert_true(rig.goaway == NGHTTP2_ENHANCE_YOUR_CALM || !hears);
        assert_int_equal(rig.last_told.code, WEIR_E_LIMIT);
        rig.late = true;
        rig_run(&rig);
        assert_true(rig.over);
        end();
    }
}

static void the_bucket_fills_with_time(void **state)
{
    (void)state;
    begin();
    start();
    for (int s = 0; s < 30; s++) {
        for (int n = 0; n < (s ? 95 : BURST - 10); n++)
            send_raw(NGHTTP2_PING, 0, 0, "12345678", 8);
        send_rest();
        test_clock_to(test_clock_ns() + SECOND_NS);
    }
    assert_int_equal(rig.goaways, 0);
    end();
}

/* Each is begun, and given up at once. */
static void rapid_resets(void **state)
{
    (void)state;
    begin();
    start();
    uint32_t id = 1;
    for (; id < 4000 && !rig.goaways; id += 2) {
        send_raw(NGHTTP2_HEADERS, 5, id, "\202\204\206\101\1a", 6);
        send_raw(NGHTTP2_RST_STREAM, 0, id, "\0\0\0\10", 4);
    }
    assert_int_equal(rig.goaway, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_in_range(id / 2, 950, 1200);
    assert_true(rig.handlers_max <= 100);
    assert_int_equal(rig.counts.requests, rig.counts.unanswered + rig.counts.answered);
    end();
}

/* What the peer provokes us to reset counts as well. */
static void resets_of_our_own(void **state)
{
    (void)state;
    begin();
    start();
    unsigned sent = 0;
    for (int round = 0; round < 40 && !rig.goaways; round++) {
        rig.asks_n = 0;
        memset(rig.asks, 0, sizeof rig.asks);
        for (int i = 0; i < 50; i++, sent++) {
            struct ask *ask = rig_ask(&rig, "/hello");
            ask->name = "host";
            ask->value = "elsewhere";
        }
        send_rest();
    }
    assert_int_equal(rig.goaway, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_in_range(sent, 950, 1100);
    end();
}

/* ---- what would break it ---- */

/* The field is the connection's of HTTP/1.1: a client refuses it. */
static void a_426_goes_out_without_its_protocol(void **state)
{
    (void)state;
    begin();
    rig.stays = false;
    struct ask *ask = rig_ask(&rig, "/426");
    start();
    assert_int_equal(ask->status, 426);
    assert_int_equal(ask->code, NGHTTP2_NO_ERROR);
    assert_string_equal(ask->type, "text/x");
    assert_int_equal(ask->got, 5);
    end();
}

/* ---- what breaks the protocol ---- */

static void each_ends_as_it_should(void **state)
{
    static const struct {
        uint8_t type, flags;
        uint32_t id;
        const char *bytes;
        size_t n;
        uint32_t code;
    } rows[] = {
        {NGHTTP2_DATA, 0, 0, "x", 1, NGHTTP2_PROTOCOL_ERROR},
        {NGHTTP2_PING, 0, 0, "x", 1, NGHTTP2_FRAME_SIZE_ERROR},
        {NGHTTP2_SETTINGS, 0, 0, "\0\4\377\377\377\377", 6, NGHTTP2_FLOW_CONTROL_ERROR},
        {NGHTTP2_WINDOW_UPDATE, 0, 0, "\0\0\0\0", 4, NGHTTP2_PROTOCOL_ERROR},
        {NGHTTP2_HEADERS, 4, 3, "\377\377\377\377\377", 5, NGHTTP2_COMPRESSION_ERROR},
        {NGHTTP2_HEADERS, 5, 1, "\202\204\206", 3, NGHTTP2_STREAM_CLOSED},
        {NGHTTP2_CONTINUATION, 4, 1, "", 0, NGHTTP2_PROTOCOL_ERROR},
        {NGHTTP2_PUSH_PROMISE, 4, 1, "\0\0\0\2", 4, NGHTTP2_PROTOCOL_ERROR},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        rig_ask(&rig, "/hold");
        start();
        assert_int_equal(rig.held_n, 1);
        send_raw(rows[i].type, rows[i].flags, rows[i].id, rows[i].bytes, rows[i].n);
        send_rest();
        if (rig.goaways)
            assert_int_equal(rig.goaway, rows[i].code);
        else
            assert_int_equal(rig.asks[0].code, rows[i].code);
        assert_true(rig.told);
        end();
    }
}

/* A stream that is over is not begun again. */
static void an_old_stream_is_not_begun_again(void **state)
{
    (void)state;
    begin();
    rig_ask(&rig, "/hello");
    rig_ask(&rig, "/hello");
    rig_ask(&rig, "/hold");
    start();
    send_raw(NGHTTP2_HEADERS, 5, 2 * 1 - 1, "\202\204\206", 3);
    send_rest();
    assert_int_equal(rig.goaways, 1);
    assert_true(rig.goaway == NGHTTP2_PROTOCOL_ERROR || rig.goaway == NGHTTP2_STREAM_CLOSED);
    end();
}

/* ---- who waits for ever ---- */

static void late(uint64_t until_ns)
{
    while (test_clock_ns() < until_ns) {
        test_clock_to(test_clock_ns() + SECOND_NS / 2);
        rig_run(&rig);
    }
}

static void an_idle_connection_ends(void **state)
{
    (void)state;
    begin();
    rig_ask(&rig, "/hello");
    start();
    late(59 * SECOND_NS);
    assert_int_equal(rig.goaways, 0);
    late(62 * SECOND_NS);
    assert_int_equal(rig.goaways, 1);
    assert_int_equal(rig.goaway, NGHTTP2_NO_ERROR);
    assert_true(rig.over);
    assert_int_equal(rig.state, WEIR_END);
    end();
}

static void a_head_that_does_not_end(void **state)
{
    (void)state;
    begin();
    rig_ask(&rig, "/hello");
    start();
    send_raw(NGHTTP2_HEADERS, 0, 3, "\202\204\206", 3);
    send_rest();
    late(9 * SECOND_NS);
    send_raw(NGHTTP2_CONTINUATION, 0, 3, "\202", 1); /* is no excuse */
    rig_run(&rig);
    assert_int_equal(rig.goaways, 0);
    late(12 * SECOND_NS);
    assert_true(rig.over);
    assert_int_equal(rig.counts.refused, 1);
    assert_int_equal(rig.last_told.code, WEIR_E_TIMEOUT);
    end();
}

static void a_body_that_does_not_come(void **state)
{
    (void)state;
    begin();
    struct ask *ask = rig_ask(&rig, "/read");
    ask->body = 100;
    ask->stays = true;
    rig_ask(&rig, "/hold")->stays = true; /* nobody reads: nobody waits */
    start();
    late(9 * SECOND_NS);
    assert_int_equal(rig.handlers, 1);
    late(11 * SECOND_NS);
    assert_int_equal(rig.handlers, 0);
    assert_true(ask->closed);
    assert_int_equal(ask->code, NGHTTP2_INTERNAL_ERROR);
    assert_false(rig.asks[1].closed);
    end();
}

static void an_answer_that_is_not_taken(void **state)
{
    (void)state;
    begin();
    rig.client_window = 1000;
    rig.unread = true;
    struct ask *ask = rig_ask(&rig, "/bytes/5000");
    start();
    late(29 * SECOND_NS);
    assert_int_equal(rig.handlers, 1);
    late(31 * SECOND_NS);
    assert_int_equal(rig.handlers, 0);
    assert_int_equal(ask->code, NGHTTP2_CANCEL);
    rig_ask(&rig, "/bytes/500");
    send_rest();
    assert_int_equal(rig.asks[1].got, 500);
    end();
}

static void a_transport_that_takes_nothing(void **state)
{
    (void)state;
    begin();
    test_clock_to(SECOND_NS);
    rig.wire.ways[TO_CLIENT].room = 1000;
    rig_ask(&rig, "/bytes/50000");
    rig_begin(&rig);
    weir_reader *reader = rig.client.reader;
    rig.client.reader = weir_memory_reader("", 0); /* the client reads nothing */
    rig_run(&rig);
    late(30 * SECOND_NS);
    assert_false(rig.over);
    late(32 * SECOND_NS);
    assert_true(rig.over);
    assert_int_equal(rig.handlers, 0);
    assert_int_equal(rig.state, WEIR_ERROR);
    weir_drop(reader);
    end();
}

/* ---- memory ---- */

static void memory_stays_under_its_bound(void **state)
{
    (void)state;
    begin();
    rig.options.streams_max = 20;
    rig.unread = true;
    static char value[3000];
    memset(value, 'x', sizeof value - 1);
    for (int i = 0; i < 10; i++) {
        struct ask *ask = rig_ask(&rig, i & 1 ? "/echo" : "/hold");
        ask->body = 400000;
        ask->name = "x";
        ask->value = value;
    }
    for (int i = 0; i < 10; i++)
        rig_ask(&rig, "/bytes/200000");
    rig_begin(&rig);
    size_t most = weir_memory_max(rig.actors[0].future);
    rig_run(&rig);
    assert_true(memory.peak_bytes < most);
    assert_true(most < 16 << 20);
    end();
}

/* Three of four windows are full for long: the fourth goes round in what is left. */
static void bodies_that_nobody_reads_leave_a_window(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 3; i++)
        rig_ask(&rig, "/hold")->body = 300000;
    rig_begin(&rig);
    rig_run(&rig);
    assert_int_equal(rig.asks[0].sent, 256 << 10);
    rig_ask(&rig, "/read")->body = 2000000;
    rig_submit(&rig);
    rig_run(&rig);
    assert_int_equal(rig.asks[3].status, 200);
    end();
}

int http_http2_attacks(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floods),
        cmocka_unit_test(bodies_that_nobody_reads_leave_a_window),
        cmocka_unit_test(the_bucket_fills_with_time),
        cmocka_unit_test(rapid_resets),
        cmocka_unit_test(resets_of_our_own),
        cmocka_unit_test(a_426_goes_out_without_its_protocol),
        cmocka_unit_test(each_ends_as_it_should),
        cmocka_unit_test(an_old_stream_is_not_begun_again),
        cmocka_unit_test(an_idle_connection_ends),
        cmocka_unit_test(a_head_that_does_not_end),
        cmocka_unit_test(a_body_that_does_not_come),
        cmocka_unit_test(an_answer_that_is_not_taken),
        cmocka_unit_test(a_transport_that_takes_nothing),
        cmocka_unit_test(memory_stays_under_its_bound),
    };
    return cmocka_run_group_tests_name("http2_attacks", tests, NULL, NULL);
}

#else

int http_http2_attacks(void)
{
    return 0;
}

#endif
