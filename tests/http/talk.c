/* The talk of talk.h. */

#include "talk.h"

#include "core/stage.h"
#include "http/body.h"

/* ---- handlers ---- */

struct handling {
    weir_stream stream;
    struct talk *talk;
    weir_exchange *x;
    weir_reader *body;
    weir_writer *writer;
    weir_stream *answer;
    const char *at; /* the step that is on */
    char steps[128];
    bool on; /* it has begun */
    size_t left, n;
    char *read;
    weir_timer timer;
};

static unsigned char pattern(size_t i)
{
    return (unsigned char)('a' + i % 26);
}

static const unsigned char *some_bytes(size_t n)
{
    static unsigned char bytes[1 << 20];
    if (n > sizeof bytes)
        test_abort("talk: %zu bytes are too many", n);
    bool made = bytes[0];
    for (size_t i = 0; !made && i < sizeof bytes; i++)
        bytes[i] = pattern(i);
    return bytes;
}

static void keep(struct handling *self, const void *bytes, size_t n)
{
    self->read = realloc(self->read, self->n + n + 1);
    memcpy(self->read + self->n, bytes, n);
    self->n += n;
}

static weir_poll read_some(struct handling *self, weir_cx *cx, size_t min, size_t most)
{
    for (;;) {
        weir_poll got = weir_poll_fill(self->body, cx, min);
        if (got.state != WEIR_READY && got.state != WEIR_END)
            return got;
        size_t n;
        const unsigned char *bytes = weir_peek(self->body, &n);
        n = n < most ? n : most;
        keep(self, bytes, n);
        weir_consume(self->body, n);
        most -= n;
        if (got.state == WEIR_END || !most)
            return (weir_poll){0, WEIR_READY};
    }
}

static weir_poll write_some(struct handling *self, weir_cx *cx, const void *from, size_t n)
{
    if (!self->on)
        self->left = n;
    while (self->left) {
        const char *at = (const char *)from + (n - self->left);
        weir_poll got = weir_poll_write(self->writer, cx, at, self->left);
        if (got.state != WEIR_READY)
            return got;
        self->left -= got.n;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll answer_at_once(struct handling *self, weir_cx *cx, size_t n)
{
    static const weir_response ok = WEIR_RESPONSE(200, "content-type: text/plain\r\n");
    unsigned char unit;
    if (!self->on)
        self->answer = weir_respond_bytes(self->x, &ok, some_bytes(n), n);
    self->x = NULL;
    weir_poll got = weir_poll_next(self->answer, cx, &unit, 1);
    return got.state == WEIR_END ? (weir_poll){0, WEIR_READY} : got;
}

/* What the client says in another protocol comes back. */
static weir_poll speak_echo(struct handling *self, weir_cx *cx)
{
    uint64_t n;
    if (!self->on) {
        weir_duplex raw = weir_exchange_upgrade(self->x, "echo");
        self->x = NULL;
        self->answer = weir_copy(raw.reader, raw.writer);
    }
    weir_poll got = weir_poll_next(self->answer, cx, &n, 1);
    return got.state == WEIR_END ? (weir_poll){0, WEIR_READY} : got;
}

static weir_poll sleep_on(struct handling *self, weir_cx *cx, size_t ms)
{
    if (!self->on)
        weir_timer_set(&self->timer, cx->now_ns + ms * 1000000);
    return weir_timer_poll(cx, &self->timer);
}

static void respond(struct handling *self, unsigned status, uint64_t length)
{
    static const weir_header fields[] = {{"X-Made-By", "a test"}};
    self->writer = weir_respond(self->x, status, fields, 1, length);
    self->x = NULL;
}

static void drop_reader(struct handling *self)
{
    if (self->body)
        weir_drop(self->body);
    self->body = NULL;
}

static void drop_writer(struct handling *self)
{
    if (self->writer)
        weir_drop(self->writer);
    self->writer = NULL;
}

static void drop_exchange(struct handling *self)
{
    weir_exchange *x = self->x;
    self->x = NULL;
    weir_exchange_drop(x);
}

static weir_poll handle_step(struct handling *self, weir_cx *cx, char what, size_t n)
{
    const weir_poll done = {0, WEIR_READY};
    const char *trailer;
    weir_poll got;
    switch (what) {
    case 'h':
        return answer_at_once(self, cx, n);
    case 'b':
        self->body = weir_exchange_body(self->x);
        return weir_reader_reserve(self->body, 1 << 20)
                   ? done
                   : weir_fail(cx, WEIR_E_MEMORY, "no memory to reserve");
    case 'B':
        drop_reader(self);
        return done;
    case 'r':
        return read_some(self, cx, n ? n : 1, SIZE_MAX);
    case 'p':
        self->left = self->on ? self->left : self->n + n;
        return read_some(self, cx, 1, self->left - self->n);
    case 'g':
        weir_exchange_continue(self->x);
        return done;
    case 't':
        trailer = weir_exchange_trailer(self->x, "X");
        trailer = trailer ? trailer : "none";
        keep(self, trailer, strlen(trailer));
        return done;
    case 'a':
        respond(self, (unsigned)n, WEIR_LENGTH_UNKNOWN);
        return done;
    case 'l':
        respond(self, 200, n);
        return done;
    case 'e':
        respond(self, 200, self->n);
        return done;
    case 'o':
        return write_some(self, cx, self->read, self->n);
    case 'w':
        return write_some(self, cx, some_bytes(n), n);
    case 'f':
        return weir_poll_flush(self->writer, cx);
    case 'k':
        got = weir_poll_close(self->writer, cx);
        return got.state == WEIR_END ? done : got;
    case 'W':
        drop_writer(self);
        return done;
    case 'd':
        drop_exchange(self);
        return done;
    case 's':
        return sleep_on(self, cx, n);
    case 'u':
        return speak_echo(self, cx);
    case 'x':
        return weir_fail(cx, WEIR_E_USER, "the handler failed");
    default:
        test_abort("talk: a handler has no step '%c'", what);
    }
}

static weir_poll handling_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct handling *self = WEIR_SELF(struct handling, stream);
    (void)demand;
    while (*self->at) {
        char *end;
        size_t n = strtoul(self->at + 1, &end, 10);
        weir_poll got = handle_step(self, cx, *self->at, n);
        self->on = true;
        if (got.state != WEIR_READY)
            return got;
        self->on = false;
        self->at = *end == '.' ? end + 1 : end;
    }
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void handling_fini(weir_stream *stream)
{
    struct handling *self = WEIR_SELF(struct handling, stream);
    weir_timer_stop(&self->timer);
    drop_exchange(self);
    drop_reader(self);
    drop_writer(self);
    if (self->answer)
        weir_drop(self->answer);
    free(self->read);
    self->talk->live--;
}

static const weir_stream_ops handling_ops = {.size = sizeof handling_ops,
                                             .name = "handling",
                                             .poll_next = handling_poll_next,
                                             .fini = handling_fini};

static weir_stream *handle(weir_exchange *x, void *arg)
{
    struct talk *talk = arg;
    weir_stream *stream = weir_source_new(sizeof(struct handling), &handling_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage)) {
        weir_exchange_drop(x);
        return stream;
    }
    struct handling *self = WEIR_SELF(struct handling, stream);
    const char *path = weir_exchange_request(x)->path;
    stream->stage.one = true;
    self->talk = talk;
    self->x = x;
    snprintf(self->steps, sizeof self->steps, "%s", *path == '/' ? path + 1 : "h6");
    self->at = self->steps + strspn(self->steps, "?"); /* a query's mark is no step */
    if (++talk->live > talk->live_max)
        talk->live_max = talk->live;
    return stream;
}
WEIR_HTTP_FN(handle_fn, handle)

const weir_then_fn *talk_handler(void)
{
    return &handle_fn;
}

/* ---- the client ---- */

static void drop_half(weir_duplex *duplex, bool writer)
{
    if (writer && duplex->writer)
        weir_drop(duplex->writer);
    if (!writer && duplex->reader)
        weir_drop(duplex->reader);
    if (writer)
        duplex->writer = NULL;
    else
        duplex->reader = NULL;
}

static weir_poll client_say(struct talk *talk, weir_cx *cx, const char *text, size_t n)
{
    while (talk->said < n) {
        size_t piece = n - talk->said;
        piece = talk->piece && talk->piece < piece ? talk->piece : piece;
        weir_poll got = weir_poll_write(talk->client.writer, cx, text + talk->said, piece);
        if (got.state != WEIR_READY)
            return got;
        talk->said += got.n;
    }
    return weir_poll_flush(talk->client.writer, cx);
}

static weir_poll client_hear(struct talk *talk, const char *text)
{
    const char *at = strstr(talk->got + talk->heard, text);
    if (!at)
        return (weir_poll){0, talk->ended ? WEIR_END : WEIR_PENDING};
    talk->heard = (size_t)(at - talk->got) + strlen(text);
    talk->heard_ns = test_clock_ns();
    return (weir_poll){0, WEIR_READY};
}

static weir_poll client_step(struct talk *talk, weir_cx *cx)
{
    const struct talk_step *step = &talk->steps[talk->step];
    weir_poll got;
    switch (step->what) {
    case TALK_SAY:
        return client_say(talk, cx, step->text, step->ns ? step->ns : strlen(step->text));
    case TALK_HEAR:
        return client_hear(talk, step->text);
    case TALK_CLOSE:
        got = weir_poll_close(talk->client.writer, cx);
        return got.state == WEIR_END ? (weir_poll){0, WEIR_READY} : got;
    case TALK_RESET:
        weir_writer_give_up(talk->client.writer);
        talk->client.writer = NULL;
        talk->step = TALK_STEPS;
        return (weir_poll){0, WEIR_END};
    case TALK_UNTIL:
        if (talk->timer.due_ns != step->ns)
            weir_timer_set(&talk->timer, step->ns);
        return weir_timer_poll(cx, &talk->timer);
    case TALK_OVER:
        break;
    }
    return (weir_poll){0, WEIR_END};
}

static void client_keep(struct talk *talk, const unsigned char *bytes, size_t n)
{
    talk->got = realloc(talk->got, talk->got_n + n + 1);
    memcpy(talk->got + talk->got_n, bytes, n);
    talk->got_n += n;
    talk->got[talk->got_n] = 0;
}

/* False: it had its sip, and waits. */
static bool may_read(struct talk *talk)
{
    if (!talk->sip || talk->sipped < talk->sip)
        return true;
    if (!talk->sipping.due_ns || talk->sipping.fired)
        weir_timer_set(&talk->sipping, test_clock_ns() + talk->sip_ns);
    talk->sipped = 0;
    return false;
}

static void client_read(struct talk *talk, weir_cx *cx)
{
    if (talk->sipping.due_ns && weir_timer_poll(cx, &talk->sipping).state == WEIR_PENDING)
        return;
    while (talk->client.reader && !talk->ended) {
        if (!may_read(talk)) {
            weir_timer_poll(cx, &talk->sipping);
            return;
        }
        weir_poll got = weir_poll_fill(talk->client.reader, cx, 1);
        if (got.state == WEIR_PENDING)
            return;
        size_t n;
        const unsigned char *bytes = weir_peek(talk->client.reader, &n);
        client_keep(talk, bytes, n);
        weir_consume(talk->client.reader, n);
        talk->sipped += n;
        if (got.state != WEIR_READY) {
            talk->ended = got.state;
            talk->ended_ns = test_clock_ns();
        }
    }
}

static void client_poll(struct talk *talk)
{
    weir_cx *cx = &talk->far.cx;
    test_cx_turn(&talk->far);
    weir_poll got = {0, WEIR_READY};
    while (got.state == WEIR_READY) {
        bool over = talk->step == TALK_STEPS || !talk->steps[talk->step].what;
        if (!talk->deaf_ever && (over || !talk->deaf))
            client_read(talk, cx);
        got = over ? (weir_poll){0, WEIR_END} : client_step(talk, cx);
        if (got.state == WEIR_READY) {
            talk->step++;
            talk->said = 0;
        }
    }
    /* A write that fails is the server's right: what it answered is read all the same. */
    if (got.state == WEIR_ERROR)
        talk->step = TALK_STEPS;
    if (got.state == WEIR_ERROR && !talk->deaf_ever)
        client_read(talk, cx);
    if ((talk->ended && !(talk->stays && talk->server)) || !talk->client.writer) {
        drop_half(&talk->client, false);
        drop_half(&talk->client, true);
        weir_timer_stop(&talk->timer);
        talk->far_done = true;
    }
}

/* ---- both ---- */

static void note_error(const weir_error *error, void *arg)
{
    struct talk *talk = arg;
    talk->errors++;
    talk->error = *error;
}

static void server_over(struct talk *talk)
{
    weir_drop(talk->server);
    talk->server = NULL;
}

static void server_poll(struct talk *talk)
{
    unsigned char unit;
    if (++talk->polls == talk->drop_at) {
        server_over(talk);
        return;
    }
    test_cx_turn(&talk->near);
    weir_poll got = weir_poll_next(talk->server, &talk->near.cx, &unit, 1);
    if (got.state == WEIR_PENDING)
        return;
    talk->served = got.state;
    talk->served_ns = test_clock_ns();
    if (got.state == WEIR_ERROR)
        talk->error = talk->near.cx.error;
    server_over(talk);
}

static bool go_on(struct talk *talk)
{
    bool near = talk->server && (!talk->near_begun || talk->near.waker->wakes);
    bool far = !talk->far_done && (!talk->far_begun || talk->far.waker->wakes);
    talk->near_begun |= near;
    talk->far_begun |= far;
    if (far)
        client_poll(talk);
    if (near && talk->server)
        server_poll(talk);
    return near || far;
}

static void begin(struct talk *talk)
{
    test_cx_init(&talk->near);
    test_cx_init(&talk->far);
    client_keep(talk, (const unsigned char *)"", 0);
    talk->served = WEIR_PENDING;
    test_clock_begin();
    talk->options.size = sizeof talk->options;
    talk->options.counts = &talk->counts;
    talk->options.on_error = note_error;
    talk->options.arg = talk;
    talk->client = wire_client(&talk->wire);
    weir_duplex near = wire_server(&talk->wire);
    talk->server =
        weir_http_serve(near, talk->handler ? talk->handler : &handle_fn, talk, &talk->options);
}

/* Where two halves of one task hesitate in turn they wake it for ever. */
enum { SPINS_MAX = 32 };

static size_t moved(const struct talk *talk)
{
    const struct way *to = &talk->wire.ways[TO_SERVER], *from = &talk->wire.ways[TO_CLIENT];
    return to->passed + to->end + from->passed + from->end + talk->step;
}

/* Dates are of the day. */
static void leave_out_dates(struct talk *talk)
{
    char *at;
    while ((at = strstr(talk->got, "date: ")) != NULL) {
        size_t n = sizeof "date: Thu, 26 Nov 2026 19:29:47 GMT\r\n" - 1;
        if ((size_t)(talk->got + talk->got_n - at) < n)
            n = (size_t)(talk->got + talk->got_n - at);
        memmove(at, at + n, (size_t)(talk->got + talk->got_n - at) - n + 1);
        talk->got_n -= n;
    }
}

void talk_run(struct talk *talk)
{
    begin(talk);
    size_t before = 0;
    for (unsigned spins = 0; talk->server || !(talk->far_done || talk->deaf_ever || talk->stays);) {
        bool any = go_on(talk);
        size_t now = moved(talk);
        spins = now != before ? 0 : spins + 1;
        before = now;
        if (any && spins < SPINS_MAX)
            continue;
        spins = 0;
        if (wire_wake(&talk->wire) || test_clock_next())
            continue;
        talk->stuck = true;
        break;
    }
    leave_out_dates(talk);
    if (talk->server)
        server_over(talk);
}

void talk_end(struct talk *talk)
{
    weir_timer_stop(&talk->timer);
    weir_timer_stop(&talk->sipping);
    drop_half(&talk->client, false);
    drop_half(&talk->client, true);
    test_cx_fini(&talk->near);
    test_cx_fini(&talk->far);
    wire_fini(&talk->wire);
    free(talk->got);
    assert_int_equal(talk->live, 0);
}

/* ---- what came ---- */

/* Bytes of a body behind a head; SIZE_MAX: it is not whole. */
static size_t body_bytes(const struct weir_http_meaning *meaning, const unsigned char *bytes,
                         size_t n)
{
    struct weir_http_body body = {.framing = meaning->framing, .left = meaning->length};
    size_t at = 0;
    if (meaning->framing == WEIR_HTTP_TO_THE_END)
        return n;
    while (meaning->framing != WEIR_HTTP_NO_BODY) {
        struct weir_http_step step = weir_http_body_step(&body, bytes + at, n - at);
        if (step.piece == WEIR_HTTP_BROKEN)
            fail_msg("an answer's body is broken at %zu: %s", at + step.byte, step.fact);
        at += step.skip + step.n;
        if (step.piece == WEIR_HTTP_TRAILERS)
            return n - at >= 2 && !memcmp(bytes + at, "\r\n", 2) ? at + 2 : SIZE_MAX;
        if (step.piece == WEIR_HTTP_OVER)
            return at;
        if (step.piece == WEIR_HTTP_FRAME && at == n)
            return body.left || meaning->framing == WEIR_HTTP_CHUNKED ? SIZE_MAX : at;
    }
    return 0;
}

unsigned talk_whole(const struct talk *talk, bool *rest)
{
    static const struct weir_http_limits limits = {65536, 65536, 100};
    struct weir_http_field fields[100];
    const unsigned char *bytes = (const unsigned char *)talk->got;
    size_t at = 0;
    unsigned whole = 0;
    while (at < talk->got_n) {
        struct weir_http_head head = {.fields = fields};
        struct weir_http_meaning meaning = {0};
        enum weir_http_verdict verdict =
            weir_http_response_head(bytes + at, talk->got_n - at, 0, &limits, &head);
        if (verdict == WEIR_HTTP_BAD)
            fail_msg("an answer is wrong at %zu: %s", at + head.byte, head.fact);
        if (verdict == WEIR_HTTP_NEED)
            break;
        assert_int_equal(weir_http_response_rules(bytes + at, &head, false, false, &meaning),
                         WEIR_HTTP_DONE);
        size_t n = body_bytes(&meaning, bytes + at + head.bytes, talk->got_n - at - head.bytes);
        if (n == SIZE_MAX)
            break;
        at += head.bytes + n;
        whole += head.status >= 200;
    }
    *rest = at < talk->got_n;
    return whole;
}
