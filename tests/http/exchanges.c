/* A connection of HTTP/1.x, exchange by exchange: what is answered, what is kept, what is refused;
 * and the same over wires that are slow, tiny, cut in pieces, or wake late. */

#include "talk.h"

#define TEXT "content-type: text/plain\r\n"
#define HELLO(rest_) "HTTP/1.1 200 OK\r\n" TEXT "content-length: 6\r\n" rest_ "\r\nabcdef"
#define EMPTY "HTTP/1.1 200 OK\r\n" TEXT "content-length: 0\r\n\r\n"
#define MADE "X-Made-By: a test\r\n"
#define CLOSES "connection: close\r\n"
#define REFUSED(status_) "HTTP/1.1 " status_ "\r\ncontent-length: 0\r\n" CLOSES "\r\n"
#define HOST "Host: a\r\n"
#define ASKS(names_) "Connection: upgrade\r\nUpgrade: " names_ "\r\n\r\n"
#define SWITCHED "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n"

struct row {
    const char *name, *said, *got;
    uint64_t requests, answered, refused, unanswered;
    bool cut;        /* the client sees that it was */
    unsigned errors; /* that were told */
};

/* What is said at once; then nothing more. */
static const struct row rows[] = {
    {"one", "GET /h6 HTTP/1.1\r\n" HOST "\r\n", HELLO(""), 1, 1, 0, 0, false, 0},
    {"nothing", "", "", 0, 0, 0, 0, false, 0},
    {"three together",
     "GET /h6 HTTP/1.1\r\n" HOST "\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\nGET /h6 HTTP/1.1\r\n" HOST
     "\r\n",
     HELLO("") EMPTY HELLO(""), 3, 3, 0, 0, false, 0},
    {"close", "GET /h6 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\nGET /h6 HTTP/1.1\r\n\r\n",
     HELLO(CLOSES), 1, 1, 0, 0, false, 0},
    {"1.0", "GET /h6 HTTP/1.0\r\n\r\nGET /h6 HTTP/1.0\r\n\r\n", HELLO(CLOSES), 1, 1, 0, 0, false,
     0},
    {"1.0, kept", "GET /h6 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /h6 HTTP/1.0\r\n\r\n",
     HELLO("connection: keep-alive\r\n") HELLO(CLOSES), 2, 2, 0, 0, false, 0},
    {"1.0, to the end", "GET /a200.w6.k HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
     "HTTP/1.1 200 OK\r\n" MADE CLOSES "\r\nabcdef", 1, 1, 0, 0, false, 0},
    {"head", "HEAD /h6 HTTP/1.1\r\n" HOST "\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" TEXT "content-length: 6\r\n\r\n" EMPTY, 2, 2, 0, 0, false, 0},
    {"head, written", "HEAD /l6.w6.k HTTP/1.1\r\n" HOST "\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "content-length: 6\r\n\r\n" EMPTY, 2, 2, 0, 0, false, 0},
    {"head, in chunks",
     "HEAD /a200.w6.f.w6.k HTTP/1.1\r\n" HOST "\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "transfer-encoding: chunked\r\n\r\n" EMPTY, 2, 2, 0, 0, false, 0},
    {"head, nothing written", "HEAD /l6.k HTTP/1.1\r\n" HOST "\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "content-length: 6\r\n\r\n" EMPTY, 2, 2, 0, 0, false, 0},
    {"204", "GET /a204.w3.k HTTP/1.1\r\n" HOST "\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 204 No Content\r\n" MADE "\r\n" EMPTY, 2, 2, 0, 0, false, 0},
    {"304", "GET /a304.k HTTP/1.1\r\n" HOST "\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 304 Not Modified\r\n" MADE "\r\n" EMPTY, 2, 2, 0, 0, false, 0},
    {"chunks", "GET /a200.w6.f.w2.w30.k HTTP/1.1\r\n" HOST "\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "transfer-encoding: chunked\r\n\r\n6\r\nabcdef\r\n2\r\nab\r\n1e\r\n"
     "abcdefghijklmnopqrstuvwxyzabcd\r\n0\r\n\r\n" EMPTY,
     2, 2, 0, 0, false, 0},
    {"a length", "GET /l8.w6.w2.k HTTP/1.1\r\n" HOST "\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "content-length: 8\r\n\r\nabcdefab" EMPTY, 2, 2, 0, 0, false, 0},
    {"a body, echoed",
     "POST /b.r.e.o.k HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhelloGET /h0 HTTP/1.1\r\n" HOST
     "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "content-length: 5\r\n\r\nhello" EMPTY, 2, 2, 0, 0, false, 0},
    {"chunks, echoed",
     "POST /b.r.e.o.k HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\n"
     "lo\r\n0\r\n\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "content-length: 5\r\n\r\nhello" EMPTY, 2, 2, 0, 0, false, 0},
    {"chunks, put together",
     "POST /b.r9.e.o.k HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n"
     "1\r\n \r\na\r\n0123456789\r\n0\r\n\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "content-length: 16\r\n\r\nhello 0123456789" EMPTY, 2, 2, 0, 0,
     false, 0},
    {"trailers",
     "POST /b.r.t.e.o.k HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n"
     "x: lo\r\nhost: b\r\n\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "content-length: 5\r\n\r\nhello" EMPTY, 2, 2, 0, 0, false, 0},
    {"not read",
     "POST /h6 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhelloGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     HELLO("") EMPTY, 2, 2, 0, 0, false, 0},
    {"chunks, not read",
     "POST /h6 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n"
     "x: y\r\n\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     HELLO("") EMPTY, 2, 2, 0, 0, false, 0},
    {"read in part",
     "POST /b.p2.B.h6 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhelloGET /h0 HTTP/1.1\r\n" HOST
     "\r\n",
     HELLO("") EMPTY, 2, 2, 0, 0, false, 0},
    {"chunks, read in part",
     "POST /b.p4.h6 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n3\r\nlo!\r\n"
     "0\r\n\r\nGET /h0 HTTP/1.1\r\n" HOST "\r\n",
     HELLO("") EMPTY, 2, 2, 0, 0, false, 0},
    {"read behind the answer",
     "POST /b.h6.r HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhelloGET /h0 HTTP/1.1\r\n" HOST
     "\r\n",
     HELLO("") EMPTY, 2, 2, 0, 0, false, 0},
    {"dropped", "GET /d HTTP/1.1\r\n" HOST "\r\nGET /h6 HTTP/1.1\r\n" HOST "\r\n",
     REFUSED("500 Internal Server Error"), 1, 0, 0, 1, false, 0},
    {"failed", "GET /x HTTP/1.1\r\n" HOST "\r\n", REFUSED("500 Internal Server Error"), 1, 0, 0, 1,
     false, 1},
    {"dropped behind another", "GET /h6 HTTP/1.1\r\n" HOST "\r\nGET /d HTTP/1.1\r\n" HOST "\r\n",
     HELLO("") REFUSED("500 Internal Server Error"), 2, 1, 0, 1, false, 0},
    {"a writer that says nothing", "GET /a200.W HTTP/1.1\r\n" HOST "\r\n",
     REFUSED("500 Internal Server Error"), 1, 0, 0, 1, false, 0},
    {"cut", "GET /a200.w6.f.W HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "transfer-encoding: chunked\r\n\r\n6\r\nabcdef\r\n", 1, 0, 0, 1,
     true, 0},
    {"cut, of 1.0", "GET /a200.w6.f.W HTTP/1.0\r\n\r\n",
     "HTTP/1.1 200 OK\r\n" MADE CLOSES "\r\nabcdef", 1, 0, 0, 1, true, 0},
    {"cut before it went", "GET /a200.w6.W HTTP/1.1\r\n" HOST "\r\n", "", 1, 0, 0, 1, true, 0},
    {"cut behind another",
     "GET /h6 HTTP/1.1\r\n" HOST "\r\nGET /a200.w6.W HTTP/1.1\r\n" HOST "\r\n", HELLO(""), 2, 1, 0,
     1, true, 0},
    {"closed too early", "GET /l6.w3.k HTTP/1.1\r\n" HOST "\r\n", "", 1, 0, 0, 1, true, 1},
    {"too many", "GET /l6.w3.f.w4.k HTTP/1.1\r\n" HOST "\r\n",
     "HTTP/1.1 200 OK\r\n" MADE "content-length: 6\r\n\r\nabc", 1, 0, 0, 1, true, 1},
    {"a wrong status", "GET /a199.k HTTP/1.1\r\n" HOST "\r\n", REFUSED("500 Internal Server Error"),
     1, 0, 0, 1, false, 1},
    {"a body that is cut", "POST /b.r.h6 HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nhello",
     REFUSED("400 Bad Request"), 1, 0, 1, 0, false, 1},
    {"a chunk that is none",
     "POST /b.r.h6 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nx\r\n",
     REFUSED("400 Bad Request"), 1, 0, 1, 0, false, 1},
    {"a chunk that is none, not read",
     "POST /h6 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nx\r\nGET /h0 HTTP/1.1\r\n",
     HELLO(""), 1, 1, 0, 0, false, 0},
    {"a head that is cut", "GET /h6 HTTP/1.1\r\nHo", "", 0, 0, 0, 0, false, 1},
    {"400", "GET /h6 HTTP/1.1\r\nHost : a\r\n\r\n", REFUSED("400 Bad Request"), 0, 0, 1, 0, false,
     1},
    {"400 behind another",
     "GET /h6 HTTP/1.1\r\n" HOST "\r\nGET /h6 HTTP/1.1\r\n\r\nGET /h6 HTTP/1.1\r\n" HOST "\r\n",
     HELLO("") REFUSED("400 Bad Request"), 1, 1, 1, 0, false, 1},
    {"501", "POST /h6 HTTP/1.1\r\n" HOST "Transfer-Encoding: x, chunked\r\n\r\n",
     REFUSED("501 Not Implemented"), 0, 0, 1, 0, false, 1},
    {"505", "GET /h6 HTTP/2.0\r\n" HOST "\r\n", REFUSED("505 HTTP Version Not Supported"), 0, 0, 1,
     0, false, 1},
    {"a query without a path", "GET http://a?h0 HTTP/1.1\r\n" HOST "\r\n", EMPTY, 1, 1, 0, 0, false,
     0},
    {"another protocol", "GET /u HTTP/1.1\r\n" HOST ASKS("new, Echo") "hi", SWITCHED "hi", 1, 1, 0,
     0, false, 0},
    {"one that was not offered", "GET /u HTTP/1.1\r\n" HOST ASKS("new, echo/2") "hi",
     REFUSED("500 Internal Server Error"), 1, 0, 0, 1, false, 1},
    {"one that is offered to others", "GET /u HTTP/1.1\r\n" HOST "Upgrade: echo\r\n\r\nhi",
     REFUSED("500 Internal Server Error"), 1, 0, 0, 1, false, 1},
    {"a tunnel that is answered at once", "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n",
     REFUSED("500 Internal Server Error"), 1, 0, 0, 1, false, 1},
    {"an empty line before", "\r\nGET /h6 HTTP/1.1\r\n" HOST "\r\n", HELLO(""), 1, 1, 0, 0, false,
     0},
};

/* ---- wires ---- */

enum { WIDE, TINY = 1, PIECES = 2, HESITATES = 4, WITHHELD = 8, ALL_BUT_ONE = 15 };

static void set_wire(struct talk *talk, unsigned how)
{
    for (int i = 0; i < 2; i++) {
        struct way *way = &talk->wire.ways[i];
        way->room = how & TINY ? 1 : 0;
        way->piece = how & PIECES ? 1 : 0;
        way->hesitates = how & HESITATES;
        way->withheld = how & WITHHELD;
    }
    talk->piece = how & PIECES ? 1 : 0;
}

static void check(const struct row *row, const struct talk *talk)
{
    const weir_http_counts *counts = &talk->counts;
    assert_false(talk->stuck);
    assert_string_equal(talk->got, row->got);
    assert_int_equal(talk->ended, row->cut ? WEIR_ERROR : WEIR_END);
    assert_int_equal(talk->served, WEIR_END);
    assert_int_equal(counts->connections, *row->said != 0);
    assert_int_equal(counts->requests, row->requests);
    assert_int_equal(counts->answered, row->answered);
    assert_int_equal(counts->refused, row->refused);
    assert_int_equal(counts->unanswered, row->unanswered);
    assert_int_equal(talk->errors, row->errors);
    assert_true(talk->live_max <= 1);
}

static void begin(struct talk *talk, const struct row *row, unsigned how)
{
    *talk = (struct talk){.steps = {SAY(row->said), CLOSE}};
    set_wire(talk, how);
}

static void what_is_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned how = 0; how <= ALL_BUT_ONE; how++) {
            struct talk talk;
            begin(&talk, &rows[i], how);
            talk_run(&talk);
            if (strcmp(talk.got, rows[i].got) || getenv("TALK"))
                print_message("%s, wire %u: %s\n", rows[i].name, how, talk.error.message);
            check(&rows[i], &talk);
            talk_end(&talk);
        }
}

/* ---- bodies ---- */

static const char *in_chunks(size_t min, size_t chunk, size_t n)
{
    static char text[2 << 20];
    size_t at = (size_t)sprintf(
        text, "POST /b.r%zu.e.o.k HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", min);
    for (size_t done = 0; done < n;) {
        size_t piece = n - done < chunk ? n - done : chunk;
        at += (size_t)sprintf(text + at, "%zx\r\n", piece);
        for (size_t i = 0; i < piece; i++)
            text[at++] = (char)('a' + (done + i) * 31 % 26);
        at += (size_t)sprintf(text + at, "\r\n");
        done += piece;
    }
    strcpy(text + at, "0\r\n\r\n");
    return text;
}

/* However large the chunks are, and however much is asked for at once. */
static void bodies_in_chunks(void **state)
{
    (void)state;
    static const size_t mins[] = {1, 7, 5000, 100000, 400000}, chunks[] = {1, 300, 5000, 70000};
    enum { BYTES = 300000 };
    for (size_t i = 0; i < 5 * 4; i++) {
        size_t chunk = chunks[i / 5], n = chunk == 1 ? 3000 : BYTES;
        struct talk talk = {.steps = {SAY(in_chunks(mins[i % 5], chunk, n)), CLOSE}};
        talk_run(&talk);
        const char *body = strstr(talk.got, "\r\n\r\n");
        assert_non_null(body);
        assert_int_equal(strlen(body + 4), n);
        for (size_t at = 0; at < n; at++)
            if (body[4 + at] != (char)('a' + at * 31 % 26))
                fail_msg("min %zu, chunks of %zu: byte %zu is another", mins[i % 5], chunk, at);
        assert_int_equal(talk.counts.answered, 1);
        talk_end(&talk);
    }
}

/* However much stands before it, and waits to go out. */
static void there_is_room_to_switch(void **state)
{
    (void)state;
    for (unsigned n = 15900; n <= 16400; n += 20) {
        char said[256];
        snprintf(said, sizeof said,
                 "GET /h%u HTTP/1.1\r\n" HOST "\r\nGET /u HTTP/1.1\r\n" HOST ASKS("echo") "hi", n);
        struct talk talk = {.steps = {SAY(said), CLOSE}};
        talk_run(&talk);
        const char *switched = strstr(talk.got, "HTTP/1.1 101");
        if (!switched || strcmp(switched, SWITCHED "hi") != 0)
            fail_msg("behind %u bytes: %s", n, talk.error.message);
        talk_end(&talk);
    }
}

/* ---- by hand ---- */

/* A connection on which all of it was said, polled by the test itself. */
static weir_stream *open_exchanges(struct talk *talk, const char *said)
{
    test_clock_begin();
    test_cx_init(&talk->near);
    talk->client = wire_client(&talk->wire);
    assert_int_equal(weir_poll_write(talk->client.writer, &talk->near.cx, said, strlen(said)).state,
                     WEIR_READY);
    return weir_http_exchanges(wire_server(&talk->wire), &talk->options);
}

static void close_exchanges(struct talk *talk, weir_stream *exchanges)
{
    weir_drop(exchanges);
    weir_duplex_drop(talk->client);
    test_cx_fini(&talk->near);
    wire_fini(&talk->wire);
}

/* The next one comes when all parts of the one before are gone. */
static void one_at_a_time(void **state)
{
    (void)state;
    static const weir_response ok = WEIR_RESPONSE(200, "");
    struct talk talk = {0};
    weir_exchange *x, *next = NULL;
    weir_stream *exchanges =
        open_exchanges(&talk, "POST /a HTTP/1.1\r\n" HOST
                              "Content-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n" HOST "\r\n");
    weir_cx *cx = &talk.near.cx;
    assert_int_equal(weir_poll_next(exchanges, cx, &x, 1).n, 1);
    weir_reader *body = weir_exchange_body(x);
    weir_reader *again = weir_exchange_body(x);
    assert_int_equal(weir_poll_fill(again, cx, 1).state, WEIR_ERROR);
    assert_int_equal(cx->error.code, WEIR_E_ARGUMENT);
    weir_drop(again);
    assert_string_equal(weir_exchange_header(x, "HOST"), "a");
    assert_int_equal(weir_poll_next(exchanges, cx, &next, 1).state, WEIR_PENDING);
    unsigned char unit;
    weir_stream *answer = weir_respond_bytes(x, &ok, "b", 1);
    assert_int_equal(weir_poll_next(answer, cx, &unit, 1).n, 1);
    weir_drop(answer);
    assert_int_equal(weir_poll_next(exchanges, cx, &next, 1).state, WEIR_PENDING);
    unsigned wakes = talk.near.waker->wakes;
    assert_int_equal(weir_poll_fill(body, cx, 3).state, WEIR_READY);
    weir_drop(body);
    assert_true(talk.near.waker->wakes > wakes);
    assert_int_equal(weir_poll_next(exchanges, cx, &next, 1).n, 1);
    assert_string_equal(weir_exchange_request(next)->path, "/b");
    weir_exchange_drop(next);
    close_exchanges(&talk, exchanges);
}

/* A 2xx to CONNECT that is framed as an answer would be taken for the tunnel's bytes. */
static void a_tunnel_is_no_answer(void **state)
{
    (void)state;
    static const unsigned statuses[] = {200, 204, 299, 300, 407};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct talk talk = {0};
        weir_exchange *x;
        weir_stream *exchanges = open_exchanges(&talk, "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n");
        weir_cx *cx = &talk.near.cx;
        assert_int_equal(weir_poll_next(exchanges, cx, &x, 1).n, 1);
        weir_writer *writer = weir_respond(x, statuses[i], NULL, 0, 2);
        bool fits = statuses[i] > 299;
        weir_poll got = weir_poll_write(writer, cx, "no", 2);
        assert_int_equal(got.state, fits ? WEIR_READY : WEIR_ERROR);
        if (!fits) {
            assert_int_equal(cx->error.code, WEIR_E_ARGUMENT);
            assert_non_null(strstr(cx->error.cure, "weir_exchange_upgrade"));
        }
        weir_drop(writer);
        close_exchanges(&talk, exchanges);
    }
}

/* What a client has to speak is the handler's to say, and nothing else of the connection is. */
static void a_426_says_which_protocol(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        const char *name, *head; /* NULL: it is refused */
    } answers[] = {
        {426, "Upgrade", "HTTP/1.1 426 Upgrade Required\r\nUpgrade: echo/2\r\n"},
        {426, "Connection", NULL},
        {101, "Upgrade", NULL},
        {200, "Upgrade", NULL},
        {400, "upgrade", NULL},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct talk talk = {0};
        weir_exchange *x;
        weir_stream *exchanges = open_exchanges(&talk, "GET /a HTTP/1.1\r\n" HOST "\r\n");
        weir_cx *cx = &talk.near.cx;
        assert_int_equal(weir_poll_next(exchanges, cx, &x, 1).n, 1);
        const weir_header field = {answers[i].name, "echo/2"};
        weir_writer *writer = weir_respond(x, answers[i].status, &field, 1, 0);
        weir_poll got = weir_poll_close(writer, cx);
        assert_int_equal(got.state, answers[i].head ? WEIR_END : WEIR_ERROR);
        weir_drop(writer);
        if (answers[i].head) {
            size_t n;
            assert_int_equal(weir_poll_fill(talk.client.reader, cx, 1).state, WEIR_READY);
            const char *bytes = (const char *)weir_peek(talk.client.reader, &n);
            assert_memory_equal(bytes, answers[i].head, strlen(answers[i].head));
            assert_non_null(memmem(bytes, n, "\r\nconnection: upgrade\r\n", 23));
        }
        close_exchanges(&talk, exchanges);
    }
}

static const char *large_request(void)
{
    static char text[64 << 10];
    size_t n = (size_t)sprintf(text, "POST /b HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n");
    for (int i = 0; i < 97; i++)
        n += (size_t)sprintf(text + n, "a: %0300d\r\n", i);
    n += (size_t)sprintf(text + n, "\r\n5\r\nhello\r\n0\r\n");
    for (int i = 0; i < 99; i++)
        n += (size_t)sprintf(text + n, "a: %070d\r\n", i);
    strcpy(text + n, "\r\n");
    return text;
}

/* What it says that it may hold at most it does not pass. */
static void memory_max_is_true(void **state)
{
    (void)state;
    struct talk talk = {0};
    weir_exchange *x;
    memory_begin(0, false);
    weir_stream *exchanges = open_exchanges(&talk, large_request());
    size_t most = weir_memory_max(exchanges);
    weir_cx *cx = &talk.near.cx;
    assert_int_equal(weir_poll_next(exchanges, cx, &x, 1).n, 1);
    weir_reader *body = weir_exchange_body(x);
    most += weir_memory_max(body);
    while (weir_poll_fill(body, cx, 1).state == WEIR_READY) {
        size_t n;
        weir_peek(body, &n);
        weir_consume(body, n);
    }
    assert_non_null(weir_exchange_trailer(x, "A"));
    weir_drop(body);
    weir_writer *writer = weir_respond(x, 200, NULL, 0, WEIR_LENGTH_UNKNOWN);
    static char bytes[20000];
    assert_int_equal(weir_poll_write(writer, cx, bytes, sizeof bytes).state, WEIR_READY);
    assert_true(memory.peak_bytes <= most);
    weir_drop(writer);
    close_exchanges(&talk, exchanges);
    assert_int_equal(memory_end(), 0);
}

/* ---- what cannot be served ---- */

static weir_stream *not_called(int64_t item, void *arg)
{
    (void)item, (void)arg;
    test_abort("a handler of numbers was called");
}
WEIR_THEN_FN(numbers_fn, not_called, int64_t, int64_t)

static void refused(void **state)
{
    (void)state;
    struct wire wire = {0};
    weir_error error;
    unsigned char unit;
    weir_duplex_drop(wire_client(&wire));
    assert_int_equal(
        await(weir_http_serve(wire_server(&wire), &numbers_fn, NULL, NULL), &unit, &error),
        WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    wire_fini(&wire);
    weir_duplex none = {weir_reader_refused(WEIR_E_USER, NULL, "no reader", NULL, NULL, 0),
                        weir_writer_refused(WEIR_E_USER, NULL, "no writer", NULL, NULL, 0)};
    weir_http_counts counts = {0};
    assert_string_equal(trace(weir_http_exchanges(none, &WEIR_HTTP_OPTIONS(.counts = &counts)), 1),
                        "$");
    assert_int_equal(counts.connections, 0);
}

int http_exchanges(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_answered),      cmocka_unit_test(there_is_room_to_switch),
        cmocka_unit_test(bodies_in_chunks),      cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(memory_max_is_true),    cmocka_unit_test(refused),
        cmocka_unit_test(a_tunnel_is_no_answer), cmocka_unit_test(a_426_says_which_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
