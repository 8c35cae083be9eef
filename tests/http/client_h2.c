/* The client over HTTP/2, beside our own server in memory: given up at every wait, without memory,
 * and several requests of one connection. */

#if defined(WEIR_HAVE_OPENSSL) && defined(WEIR_HAVE_NGHTTP2)
#include "../net/certificates.h"
#include "peer.h"

enum { SERVERS = 4, TURNS = 5000 };

static weir_tls_context *server_tls, *client_tls;
static unsigned char known[700000]; /* more than the windows have */

static bool lost; /* what the client sends goes nowhere any more */

static weir_stream *answer(weir_exchange *x, void *arg)
{
    static const weir_response too_large = WEIR_RESPONSE(413, "");
    const weir_request *request = weir_exchange_request(x);
    weir_header field = {"X-Path", request->path};
    (void)arg;
    if (!strcmp(request->path, "/lost")) {
        lost = true;
        return weir_respond_bytes(x, &too_large, "too large", 9);
    }
    if (!strcmp(request->method, "POST")) {
        weir_reader *body = weir_exchange_body(x);
        return weir_copy(body, weir_respond(x, 200, &field, 1, WEIR_LENGTH_UNKNOWN));
    }
    size_t n = strtoul(request->path + 1, NULL, 10);
    return weir_copy(weir_memory_reader(known, n), weir_respond(x, 200, &field, 1, n));
}
WEIR_THEN_FN(answer_fn, answer, weir_exchange *, uint64_t, .from = &weir_type_exchange)

/* ---- servers, polled between the client's turns ---- */

static struct server {
    weir_stream *future;
    bool over;
    weir_reader *unread;
    weir_writer *open; /* what it would say more; NULL: it ends behind its frames */
} servers[SERVERS];
static unsigned dials;
static struct test_cx server_cx;

/* Frames of a server that reads nothing, or at most so much at once; NULL: it is ours. */
static const char *frames;
static size_t frames_n, sip;
static unsigned char heard[100000]; /* by it */
static size_t heard_n;

static struct server server_of(weir_duplex near)
{
    if (!frames)
        return (struct server){weir_http_serve(near, &answer_fn, NULL, NULL), false, NULL, NULL};
    weir_reader *said = weir_memory_reader(frames, frames_n);
    if (!sip)
        return (struct server){weir_copy(said, near.writer), false, near.reader, NULL};
    weir_duplex more = weir_byte_pipe(16);
    said = weir_chain_reader(said, more.reader);
    return (struct server){weir_copy(said, near.writer), false, near.reader, more.writer};
}

static weir_poll lossy_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    if (lost)
        return weir_fail(cx, WEIR_E_SYSTEM, "cannot send: it is lost");
    return weir_poll_write(weir_writer_below(writer), cx, bytes, n);
}

static const weir_writer_ops lossy_ops = {
    .size = sizeof lossy_ops, .name = "lossy", .poll_write = lossy_poll_write};

static weir_duplex dial(const char *address, void *arg)
{
    weir_duplex ends[2];
    (void)address;
    (void)arg;
    assert_true(dials < SERVERS);
    weir_duplex_pair(16384, ends);
    weir_duplex near = weir_tls(ends[1], server_tls, NULL);
    servers[dials++] = server_of(near);
    ends[0].writer = weir_writer_over(ends[0].writer, sizeof(weir_writer), &lossy_ops);
    return ends[0];
}

static void hear(struct server *server)
{
    size_t n;
    weir_poll got = weir_poll_fill(server->unread, &server_cx.cx, 1);
    const unsigned char *bytes = weir_peek(server->unread, &n);
    n = n < sip ? n : sip;
    if (got.state == WEIR_PENDING || n > sizeof heard - heard_n)
        return;
    memcpy(heard + heard_n, bytes, n);
    heard_n += n;
    weir_consume(server->unread, n);
}

static void turn_servers(void)
{
    for (unsigned i = 0; i < dials; i++) {
        uint64_t unit;
        test_cx_turn(&server_cx);
        if (servers[i].unread && sip)
            hear(&servers[i]);
        if (servers[i].over)
            continue;
        weir_state got = weir_poll_next(servers[i].future, &server_cx.cx, &unit, 1).state;
        servers[i].over = got == WEIR_END || got == WEIR_ERROR;
    }
}

/* ---- requests ---- */

struct request {
    weir_stream *future;
    weir_reply *reply;
    weir_reader *body;
    struct test_cx cx;
    const char *script; /* of a body; "": 100000 bytes at once */
    struct script bytes;
    weir_reader *lent; /* another body; NULL: none */
    size_t n;
    unsigned version, status;
    bool over, failed;
    weir_error error;
    unsigned polls, drop_at; /* 0: never */
};

static weir_http_client *pool;

static void ask(struct request *self, const char *path)
{
    char url[64];
    snprintf(url, sizeof url, "https://example.org%s", path);
    weir_http_client_options options =
        WEIR_HTTP_CLIENT_OPTIONS(.client = pool, .tls = client_tls, .dial = dial,
                                 .total_ns = 90000000000);
    weir_http_request_spec request = {.size = sizeof request,
                                      .url = url,
                                      .method = self->script ? "POST" : "GET",
                                      .length = WEIR_LENGTH_UNKNOWN};
    test_cx_init(&self->cx);
    weir_reader *body = self->lent      ? weir_reader_by_ref(self->lent)
                        : !self->script ? NULL
                        : *self->script ? script_reader(&self->bytes, self->script)
                                        : weir_memory_reader(known, 100000);
    self->future = weir_http_send(&request, body, &options);
}

static void drop(struct request *self)
{
    weir_drop(self->future);
    weir_reply_drop(self->reply);
    weir_drop(self->body);
    self->future = NULL;
    self->reply = NULL;
    self->body = NULL;
    self->over = true;
}

static void lose(struct request *self)
{
    self->failed = true;
    self->error = self->cx.cx.error;
    drop(self);
}

static void poll_future(struct request *self)
{
    weir_state got = weir_poll_next(self->future, &self->cx.cx, &self->reply, 1).state;
    if (got == WEIR_ERROR)
        lose(self);
    if (got != WEIR_END)
        return;
    self->version = weir_reply_version(self->reply);
    self->status = weir_reply_status(self->reply);
    self->body = weir_reply_body(self->reply);
}

static void poll_body(struct request *self)
{
    size_t n;
    weir_state got = weir_poll_fill(self->body, &self->cx.cx, 1).state;
    if (got == WEIR_ERROR) {
        lose(self);
        return;
    }
    const unsigned char *bytes = weir_peek(self->body, &n);
    if (got != WEIR_PENDING && !self->script)
        assert_memory_equal(bytes, known + self->n, n);
    if (got != WEIR_PENDING)
        weir_consume(self->body, n);
    self->n += got != WEIR_PENDING ? n : 0;
    if (got == WEIR_END)
        drop(self);
}

/* Only what was woken is polled again. */
static bool turn(struct request *self)
{
    if (self->over || (self->polls && !self->cx.waker->wakes && !self->body))
        return false;
    if (self->drop_at && self->polls == self->drop_at) {
        drop(self);
        return true;
    }
    self->polls++;
    test_cx_turn(&self->cx);
    if (self->body)
        poll_body(self);
    else
        poll_future(self);
    return true;
}

static void run(struct request *requests, unsigned n)
{
    unsigned still = 0;
    for (unsigned i = 0, over = 0; over < n; i++) {
        if (i == TURNS)
            test_abort("the requests do not come to their end");
        bool moved = false;
        for (unsigned k = over = 0; k < n; k++) {
            moved |= turn(&requests[k]);
            over += requests[k].over;
        }
        turn_servers();
        moved |= doubles_wake_one();
        still = moved ? 0 : still + 1;
        if (still > 20 && !test_clock_next())
            test_abort("nothing will wake the requests");
    }
}

static bool read_woken(struct request *self, bool *ready)
{
    size_t before = self->n;
    if (!self->body || !(*ready || self->cx.waker->wakes))
        return false;
    turn(self);
    *ready = self->body && self->n != before;
    return true;
}

/* Until nothing goes on any more. Of the bodies the last one alone is read, when it was woken. */
static void run_last(struct request *requests, unsigned n)
{
    bool ready = !requests[n - 1].n;
    for (unsigned i = 0, still = 0; still < 20; i++) {
        bool moved = false;
        if (i == TURNS)
            test_abort("there is no end to it");
        for (unsigned k = 0; k < n; k++)
            moved |= !requests[k].body && turn(&requests[k]);
        while (read_woken(&requests[n - 1], &ready))
            moved = true;
        turn_servers();
        moved |= doubles_wake_one();
        still = moved ? 0 : still + 1;
    }
}

static void begin(void)
{
    test_clock_begin();
    dials = 0;
    lost = false;
    test_cx_init(&server_cx);
    pool = weir_http_client_new(NULL);
}

static void end(struct request *requests, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(test_waker_others(requests[i].cx.waker), 0);
        test_cx_fini(&requests[i].cx);
    }
    weir_http_client_unref(pool);
    for (unsigned i = 0; i < dials; i++) {
        weir_drop(servers[i].future);
        weir_drop(servers[i].unread);
        weir_drop(servers[i].open);
    }
    test_cx_fini(&server_cx);
    assert_true(test_clock_idle());
}

/* ---- */

static void must(const struct request *request, size_t n)
{
    if (request->failed)
        fail_msg("%s", request->error.message);
    assert_int_equal(request->n, n);
    assert_int_equal(request->version, 20);
}

static void requests_share_a_connection(void **state)
{
    (void)state;
    begin();
    struct request first[] = {{0}};
    ask(&first[0], "/7");
    run(first, 1);
    must(&first[0], 7);
    assert_int_equal(weir_http_client_idle(pool), 1);
    struct request all[] = {{0}, {0}, {.script = "\"abc\" P \"defg\" P $"}, {0}};
    static const char *const paths[] = {"/700000", "/0", "/echo", "/699999"};
    static const size_t bytes[] = {700000, 0, 7, 699999};
    for (unsigned i = 0; i < 4; i++)
        ask(&all[i], paths[i]);
    run(all, 4);
    for (unsigned i = 0; i < 4; i++)
        must(&all[i], bytes[i]);
    assert_int_equal(dials, 1);
    assert_int_equal(weir_http_client_open(pool), 1);
    assert_int_equal(weir_http_client_idle(pool), 1);
    end(all, 4);
    test_cx_fini(&first[0].cx);
}

/* Bodies that nobody reads keep the window from the others, until they are dropped: what opens it
 * again goes out though nothing comes. */
static void what_is_dropped_leaves_its_window(void **state)
{
    (void)state;
    begin();
    struct request all[5] = {{0}}, first[] = {{0}};
    ask(&first[0], "/7");
    run(first, 1);
    for (unsigned i = 0; i < 5; i++)
        ask(&all[i], "/700000");
    run_last(all, 5);
    assert_non_null(all[4].body);
    assert_in_range(all[4].n, 1, 699999); /* four hold all of it */
    drop(&all[0]);
    run_last(all, 5);
    must(&all[4], 700000);
    assert_true(all[4].over);
    assert_int_equal(dials, 1);
    for (unsigned i = 1; i < 4; i++)
        drop(&all[i]);
    end(all, 5);
    test_cx_fini(&first[0].cx);
}

/* What may be asked once alone does not go where nobody hears it. */
static void an_end_is_seen_at_rest(void **state)
{
    (void)state;
    begin();
    struct request first[] = {{0}}, second[] = {{.script = "\"abc\" $"}};
    ask(&first[0], "/7");
    run(first, 1);
    assert_int_equal(weir_http_client_idle(pool), 1);
    weir_drop(servers[0].future);
    servers[0] = (struct server){.over = true};
    ask(&second[0], "/echo");
    run(second, 1);
    must(&second[0], 3);
    assert_int_equal(dials, 2);
    end(second, 1);
    test_cx_fini(&first[0].cx);
}

/* Whenever one is given up, the other one comes to its end; nothing is left behind. */
static void given_up_at_every_wait(void **state)
{
    (void)state;
    for (unsigned at = 1;; at++) {
        memory_begin(0, false);
        begin();
        struct request two[] = {{.drop_at = at, .script = "P \"abc\" P P \"defg\" P $"}, {0}};
        ask(&two[0], "/echo");
        ask(&two[1], "/30000");
        run(two, 2);
        must(&two[1], 30000);
        bool dropped = two[0].n < 7;
        end(two, 2);
        assert_int_equal(memory_end(), 0);
        if (!dropped)
            break;
    }
}

static void without_memory(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        memory_begin(at, at % 2);
        begin();
        struct request one[] = {{.script = "P \"abc\" $"}};
        ask(&one[0], "/echo");
        run(one, 1);
        bool failed = one[0].failed;
        unsigned long short_of = memory.failed;
        assert_true(failed || one[0].n == 3);
        end(one, 1);
        assert_int_equal(memory_end(), 0);
        if (!short_of)
            break;
    }
}

/* ---- servers that are wrong ---- */

#define FRAME(n, type, flags, stream) "\0\0" n type flags "\0\0\0" stream
#define SETTINGS FRAME("\0", "\4", "\0", "\0")
#define HEAD FRAME("\1", "\1", "\4", "\1") "\x88" /* :status: 200 */
#define INTERIM FRAME("\5", "\1", "\4", "\1") "\x08\003103"
#define FOUR(frame) frame frame frame frame
#define WORD_OF_NOBODY FRAME("\1", "\0", "\0", "\0") "x"

/* To what may be asked twice, or not (a POST). */
static void wrong_server(const char *script, const char *said, size_t n, weir_code code,
                         const char *text)
{
    struct request one[] = {{.script = script}};
    begin();
    frames = said;
    frames_n = n;
    ask(&one[0], "/7");
    run(one, 1);
    frames = NULL;
    assert_true(one[0].failed);
    assert_int_equal(one[0].error.code, code);
    assert_non_null(strstr(one[0].error.message, text));
    end(one, 1);
}

static void a_broken_protocol_is_told(void **state)
{
    static const char before[] = SETTINGS WORD_OF_NOBODY, behind[] = SETTINGS HEAD WORD_OF_NOBODY;
    (void)state;
    wrong_server(NULL, before, sizeof before - 1, WEIR_E_CORRUPT, "PROTOCOL_ERROR");
    wrong_server(NULL, behind, sizeof behind - 1, WEIR_E_CORRUPT, "PROTOCOL_ERROR");
}

/* A field in each frame, that no table has; no body. */
enum { LARGE_FRAMES = 13, LARGE_VALUE = 16000 };

static size_t put_large_head(char *out)
{
    static const char first[] = SETTINGS FRAME("\1", "\1", "\1", "\1") "\x88";
    char field[] = "\0\x3e\x86\11\0\0\0\0\1\0\1x\x7f\x81\x7c";
    size_t n = sizeof first - 1, field_n = sizeof field - 1;
    memcpy(out, first, n);
    for (int i = 0; i < LARGE_FRAMES; i++, n += field_n + LARGE_VALUE) {
        field[4] = i + 1 < LARGE_FRAMES ? 0 : 4;
        memcpy(out + n, field, field_n);
        memset(out + n + field_n, 'a', LARGE_VALUE);
    }
    return n;
}

/* One of 200 KiB is within the usual limit, however its frames are counted. */
static void a_large_head_is_taken(void **state)
{
    static char said[LARGE_FRAMES * (LARGE_VALUE + 100)];
    struct request one[] = {{.script = NULL}};
    (void)state;
    begin();
    frames = said;
    frames_n = put_large_head(said);
    ask(&one[0], "/7");
    run(one, 1);
    frames = NULL;
    must(&one[0], 0);
    assert_int_equal(one[0].status, 200);
    end(one, 1);
}

static void too_many_interim_answers(void **state)
{
    static const char said[] = SETTINGS FOUR(FOUR(INTERIM)) INTERIM HEAD;
    (void)state;
    wrong_server(NULL, said, sizeof said - 1, WEIR_E_LIMIT, "more than 16 interim answers");
}

/* True: the stream was ended by the client, and not reset. */
static bool was_heard_whole(void)
{
    enum { PREFACE = 24 };
    bool ended = false;
    for (size_t at = PREFACE; at + 9 <= heard_n;) {
        const unsigned char *frame = heard + at;
        ended |= frame[3] == 0 && frame[4] & 1;
        if (frame[3] == 3)
            return false;
        at += 9 + ((size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2]);
    }
    return ended;
}

/* Of a body whose source has come to its end, wherever an early answer ends. */
static void what_was_read_goes_out_behind_an_early_answer(void **state)
{
    static const char said[] = SETTINGS FRAME("\1", "\1", "\5", "\1") "\x88";
    unsigned whole = 0;
    (void)state;
    for (size_t n = 7000; n < 60000; n += 7000) {
        struct request one[] = {{.script = "", .lent = weir_memory_reader(known, n)}};
        begin();
        frames = said;
        frames_n = sizeof said - 1;
        sip = 500;
        heard_n = 0;
        ask(&one[0], "/7");
        run(one, 1);
        must(&one[0], 0);
        frames = NULL;
        for (unsigned i = 0; i < 200; i++)
            turn_servers();
        sip = 0;
        bool over = one[0].lent->stage.done;
        whole += over;
        if (over && !was_heard_whole())
            fail_msg("%zu bytes", n);
        weir_drop(one[0].lent);
        end(one, 1);
    }
    assert_true(whole > 0);
}

static void a_request_is_refused(void **state)
{
    static const char said[] = SETTINGS FRAME("\4", "\3", "\0", "\1") "\0\0\0\7";
    (void)state;
    wrong_server("$", said, sizeof said - 1, WEIR_E_CLOSED, "gave the request up: REFUSED_STREAM");
}

/* A server that refuses a body, and reads no more of it, is heard. */
static void an_answer_stands_before_the_loss(void **state)
{
    struct request one[] = {{.script = ""}};
    (void)state;
    begin();
    ask(&one[0], "/lost");
    run(one, 1);
    must(&one[0], 9);
    assert_int_equal(one[0].status, 413);
    end(one, 1);
}

static int group_setup(void **state)
{
    static const char *const protocols[] = {"h2", "http/1.1", NULL};
    const struct certificates *all = certificates();
    (void)state;
    for (size_t i = 0; i < sizeof known; i++)
        known[i] = (unsigned char)(i * 7 + i / 256);
    server_tls = weir_tls_server(&(weir_tls_options){.size = sizeof(weir_tls_options),
                                                     .certificate = all->server.certificate,
                                                     .key = all->server.key,
                                                     .alpn = protocols});
    client_tls = weir_tls_client(&(weir_tls_options){
        .size = sizeof(weir_tls_options), .ca = all->ca.certificate, .alpn = protocols});
    return weir_tls_context_error(server_tls) || weir_tls_context_error(client_tls);
}

static int group_teardown(void **state)
{
    (void)state;
    weir_tls_context_unref(server_tls);
    weir_tls_context_unref(client_tls);
    return 0;
}

int http_client_h2(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_share_a_connection),
        cmocka_unit_test(what_is_dropped_leaves_its_window),
        cmocka_unit_test(an_end_is_seen_at_rest),
        cmocka_unit_test(given_up_at_every_wait),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(a_broken_protocol_is_told),
        cmocka_unit_test(a_large_head_is_taken),
        cmocka_unit_test(too_many_interim_answers),
        cmocka_unit_test(what_was_read_goes_out_behind_an_early_answer),
        cmocka_unit_test(a_request_is_refused),
        cmocka_unit_test(an_answer_stands_before_the_loss),
    };
    return cmocka_run_group_tests_name("client_h2", tests, group_setup, group_teardown);
}
#else
int http_client_h2(void)
{
    return 0;
}
#endif
