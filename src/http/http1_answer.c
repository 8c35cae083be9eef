/* What is answered on HTTP/1.x: at once, or through a writer. The head is put together in what goes
 * out; bodies that are short stand behind it, long ones are written from where they stand. */

#include <string.h>

#include "bytes/raw.h"
#include "http/http1.h"
#include "io/system.h"

enum { CHUNK_BYTES_MAX = 1 << 20, CHUNK_FRAME_BYTES = 24, ENDING = 5, OWN_BYTES = 192 };

/* ---- heads ---- */

static char *http1_answer_put(char *out, const char *text, size_t n)
{
    memcpy(out, text, n);
    return out + n;
}
#define HTTP1_ANSWER_PUT(out, text) http1_answer_put(out, text, sizeof(text) - 1)

static char *put_string(char *out, const char *text)
{
    return http1_answer_put(out, text, strlen(text));
}

static char *http1_answer_put_number(char *out, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    return http1_answer_put(out, digits + at, sizeof digits - at);
}

static char *put_status(char *out, unsigned status)
{
    if (status == 200)
        return HTTP1_ANSWER_PUT(out, "HTTP/1.1 200 OK\r\n");
    out = HTTP1_ANSWER_PUT(out, "HTTP/1.1 ");
    out = http1_answer_put_number(out, status);
    out = HTTP1_ANSWER_PUT(out, " ");
    out = put_string(out, weir_http_reason(status));
    return HTTP1_ANSWER_PUT(out, "\r\n");
}

static size_t http1_answer_fields_bytes(const struct weir_http_answer *answer)
{
    size_t n = answer->fields_n;
    for (size_t i = 0; i < answer->n; i++)
        n += strlen(answer->headers[i].name) + strlen(answer->headers[i].value) + 4;
    return n;
}

static char *http1_answer_put_fields(char *out, const struct weir_http_answer *answer)
{
    if (answer->fields_n)
        out = http1_answer_put(out, answer->fields, answer->fields_n);
    for (size_t i = 0; i < answer->n; i++) {
        out = put_string(out, answer->headers[i].name);
        out = HTTP1_ANSWER_PUT(out, ": ");
        out = put_string(out, answer->headers[i].value);
        out = HTTP1_ANSWER_PUT(out, "\r\n");
    }
    return out;
}

/* What 204 and 304 say nothing of. */
static bool http1_answer_has_length(unsigned status)
{
    return status != 204 && status != 304;
}

static char *put_framing(const struct weir_http1 *conn, char *out,
                         const struct weir_http_answer *answer)
{
    if (conn->chunked)
        return HTTP1_ANSWER_PUT(out, "transfer-encoding: chunked\r\n");
    if (answer->length == WEIR_LENGTH_UNKNOWN || !http1_answer_has_length(answer->status))
        return out;
    out = HTTP1_ANSWER_PUT(out, "content-length: ");
    out = http1_answer_put_number(out, answer->length);
    return HTTP1_ANSWER_PUT(out, "\r\n");
}

/* A 426 names the protocols that it asks for, of this connection alone. */
static char *put_connection(const struct weir_http1 *conn, char *out, unsigned status,
                            uint8_t version)
{
    if (status == 426)
        out = HTTP1_ANSWER_PUT(out, "connection: upgrade\r\n");
    if (!conn->keep)
        return HTTP1_ANSWER_PUT(out, "connection: close\r\n");
    return version == 10 ? HTTP1_ANSWER_PUT(out, "connection: keep-alive\r\n") : out;
}

static char *http1_answer_put_head(const struct weir_http1 *conn, weir_cx *cx, char *out,
                                   const struct weir_http_answer *answer, uint8_t version)
{
    out = put_status(out, answer->status);
    out = http1_answer_put_fields(out, answer);
    out = HTTP1_ANSWER_PUT(out, "date: ");
    out = http1_answer_put(out, weir_http_date(cx), WEIR_HTTP_DATE_BYTES);
    out = HTTP1_ANSWER_PUT(out, "\r\n");
    out = put_framing(conn, out, answer);
    out = put_connection(conn, out, answer->status, version);
    return HTTP1_ANSWER_PUT(out, "\r\n");
}

/* How the body of an answer is framed, and whether the connection goes on behind it. A client that
 * still waits for an interim 100 sends its body or not: nobody can tell. */
static void http1_answer_decide(struct weir_http1 *conn, weir_cx *cx,
                                const struct weir_http_answer *answer, uint8_t version,
                                bool to_head)
{
    bool unknown = answer->length == WEIR_LENGTH_UNKNOWN;
    conn->bodiless = to_head || !http1_answer_has_length(answer->status);
    conn->chunked = unknown && http1_answer_has_length(answer->status) && version == 11;
    conn->to_the_end = unknown && !conn->bodiless && version == 10;
    conn->left = answer->length;
    conn->stopping |= weir_io_stopping(cx);
    if ((conn->asked && !conn->said) || conn->to_the_end || conn->stopping)
        conn->keep = false;
}

static weir_poll http1_answer_too_long(weir_cx *cx, size_t n)
{
    return weir_fail(cx, WEIR_E_LIMIT, "the fields of the answer take %zu bytes (at most %d)", n,
                     WEIR_HTTP1_HEAD_BYTES);
}

/* More requests are in hand: their answers go out with this one, by the connection's next poll. */
static bool may_wait(const struct weir_http1 *conn)
{
    size_t n;
    if (conn->stream_gone || !conn->keep)
        return false;
    weir_peek(conn->io.reader, &n);
    return n > conn->body.lent;
}

static weir_poll http1_answer_begin(struct weir_http1 *conn, weir_cx *cx,
                                    const struct weir_http_answer *answer, uint8_t version,
                                    bool to_head, size_t behind)
{
    char *to;
    size_t n = http1_answer_fields_bytes(answer) + OWN_BYTES;
    if (n > WEIR_HTTP1_HEAD_BYTES)
        return http1_answer_too_long(cx, n);
    size_t both = n + behind <= WEIR_HTTP1_OUT_BYTES ? n + behind : n;
    if (behind && both <= WEIR_HTTP1_LITTLE_BYTES && !may_wait(conn))
        weir_http1_expect_little(conn);
    weir_poll got = weir_http1_room(conn, cx, both, &to);
    if (got.state != WEIR_READY)
        return got;
    http1_answer_decide(conn, cx, answer, version, to_head);
    conn->out_whole = conn->out_n;
    weir_http1_put(conn, (size_t)(http1_answer_put_head(conn, cx, to, answer, version) - to));
    conn->answer = WEIR_HTTP1_BEGUN;
    conn->interim = conn->asked = false;
    return (weir_poll){0, WEIR_READY};
}

/* A body that nobody will read, and that is known to be too long to be passed over. */
static bool is_left_behind(const weir_exchange *x, const struct weir_http1 *conn)
{
    return !x->body_taken && conn->body.body.framing == WEIR_HTTP_LENGTH &&
           conn->body.body.left > conn->config.options.unread_bytes_max;
}

static weir_poll begin_of(weir_exchange *x, weir_cx *cx, const struct weir_http_answer *answer,
                          size_t behind)
{
    struct weir_http1 *conn = weir_http1_of(x)->conn;
    bool to_head = !strcmp(x->request.method, "HEAD");
    conn->speaks = true;
    if (is_left_behind(x, conn))
        conn->keep = false;
    return http1_answer_begin(conn, cx, answer, x->request.version, to_head, behind);
}

weir_poll weir_http1_refuse(struct weir_http1 *self, weir_cx *cx, unsigned status)
{
    const struct weir_http_answer answer = {.status = status, .length = 0};
    self->keep = false;
    return http1_answer_begin(self, cx, &answer, 11, false, 0);
}

weir_poll weir_http1_poll_interim(struct weir_http1 *self, weir_cx *cx)
{
    char *to;
    weir_poll got = {0, WEIR_READY};
    if (self->answer != WEIR_HTTP1_SILENT)
        return got;
    if (!self->said) {
        got = weir_http1_room(self, cx, 32, &to);
        if (got.state != WEIR_READY)
            return got;
        weir_http1_put(self, (size_t)(HTTP1_ANSWER_PUT(to, "HTTP/1.1 100 Continue\r\n\r\n") - to));
        self->said = true;
    }
    got = weir_http1_send(self, cx);
    if (got.state == WEIR_READY)
        self->asked = self->interim = false;
    return got;
}

/* ---- what both do ---- */

static weir_poll http1_answer_lost(weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_CLOSED, "the connection was given up");
}

weir_poll weir_http1_timed(struct weir_http1_exchange *self, weir_cx *cx, weir_poll got)
{
    if (got.state != WEIR_PENDING || !cx->timers) {
        weir_idle_over(&self->writing);
        return got;
    }
    uint64_t gone = weir_http1_gone(self->conn);
    bool moved = gone != self->gone;
    self->gone = gone;
    if (!weir_idle_passed(&self->writing, cx, moved))
        return got;
    self->conn->broken = true;
    return weir_fail(cx, WEIR_E_TIMEOUT, "the client took nothing of the answer for %llu s",
                     (unsigned long long)(self->writing.ns / 1000000000u));
}

static void http1_answer_answered(struct weir_http1 *conn)
{
    conn->answer = WEIR_HTTP1_WHOLE;
    weir_http_count(&conn->config, WEIR_HTTP_ANSWERED);
}

/* ---- at once ---- */

static weir_poll put_body(struct weir_http1 *conn, weir_cx *cx, const char *bytes, size_t n)
{
    while (!conn->bodiless && conn->passed < n) {
        const char *at = bytes + conn->passed;
        size_t left = n - (size_t)conn->passed, taken = left;
        if (left <= weir_http1_free(conn) && conn->out) {
            memcpy(conn->out->data + conn->out_n, at, left);
            weir_http1_put(conn, left);
        } else {
            weir_poll got = weir_http1_pass(conn, cx, NULL, at, left);
            if (got.state != WEIR_READY)
                return got;
            taken = got.n;
        }
        conn->passed += taken;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll answer_some(weir_exchange *x, weir_cx *cx, const struct weir_http_answer *answer,
                             const void *body, size_t n)
{
    struct weir_http1 *conn = weir_http1_of(x)->conn;
    weir_poll got = {0, WEIR_READY};
    if (conn->broken)
        return http1_answer_lost(cx);
    if (conn->answer == WEIR_HTTP1_SILENT)
        got = begin_of(x, cx, answer, n);
    if (got.state == WEIR_READY)
        got = put_body(conn, cx, body, n);
    if (got.state == WEIR_READY && !may_wait(conn))
        got = weir_http1_send(conn, cx);
    return got;
}

weir_poll weir_http1_poll_answer(weir_exchange *x, weir_cx *cx,
                                 const struct weir_http_answer *answer, const void *body, size_t n)
{
    weir_poll got = weir_http1_timed(weir_http1_of(x), cx, answer_some(x, cx, answer, body, n));
    if (got.state == WEIR_READY)
        http1_answer_answered(weir_http1_of(x)->conn);
    return got;
}

/* ---- through a writer ---- */

struct http1_writer {
    weir_writer writer;
    struct weir_http1_exchange *exchange;
    struct weir_http_answer answer; /* its fields as text, in the arena */
    bool open;                      /* a chunk whose end was not put */
    bool over;                      /* the end of all was */
};

static struct http1_writer *writer_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct http1_writer, writer);
}

static weir_poll http1_answer_usable(struct http1_writer *self, weir_cx *cx)
{
    struct weir_http1 *conn = self->exchange->conn;
    if (conn->broken || conn->handed_over)
        return http1_answer_lost(cx);
    if (conn->answer == WEIR_HTTP1_SILENT)
        return begin_of(&self->exchange->x, cx, &self->answer, 0);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll http1_answer_too_many(const struct http1_writer *self, weir_cx *cx, size_t n)
{
    const struct weir_http1 *conn = self->exchange->conn;
    return weir_fail(cx, WEIR_E_LIMIT,
                     "%zu bytes more than the answer's length of %llu were written",
                     n - (size_t)conn->left, (unsigned long long)self->answer.length);
}

/* Little goes behind what was gathered, much is passed on: up to n bytes. */
static weir_poll write_plain(struct weir_http1 *conn, weir_cx *cx, weir_block *block,
                             const void *bytes, size_t n)
{
    char *to;
    if (n >= WEIR_HTTP1_LARGE_BYTES)
        return weir_http1_pass(conn, cx, block, bytes, n);
    weir_poll got = weir_http1_room(conn, cx, n, &to);
    if (got.state != WEIR_READY)
        return got;
    memcpy(to, bytes, n);
    weir_http1_put(conn, n);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static size_t put_chunk_line(char *to, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (int shift = 60; shift >= 0; shift -= 4)
        if (n >> shift || !shift)
            to[at++] = digits[n >> shift & 15];
    to[at++] = '\r';
    to[at++] = '\n';
    return at;
}

/* What ends a chunk stands before what comes next: a chunk's line, the last one, or a flush. */
static size_t put_seam(struct http1_writer *self, char *to)
{
    if (!self->open)
        return 0;
    self->open = false;
    memcpy(to, "\r\n", 2);
    return 2;
}

/* A chunk promises its bytes: it has those alone that are kept here, by a copy or a reference. */
static weir_poll copy_chunk(struct http1_writer *self, weir_cx *cx, const void *bytes, size_t n)
{
    struct weir_http1 *conn = self->exchange->conn;
    size_t least = n < WEIR_HTTP1_LARGE_BYTES ? n : WEIR_HTTP1_LARGE_BYTES;
    char *to;
    weir_poll got = weir_http1_room(conn, cx, CHUNK_FRAME_BYTES + least, &to);
    if (got.state != WEIR_READY)
        return got;
    size_t most = weir_http1_free(conn) - CHUNK_FRAME_BYTES;
    n = n < most ? n : most;
    size_t at = put_seam(self, to);
    at += put_chunk_line(to + at, n);
    memcpy(to + at, bytes, n);
    memcpy(to + at + n, "\r\n", 2);
    weir_http1_put(conn, at + n + 2);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll keep_chunk(struct http1_writer *self, weir_cx *cx, weir_block *block,
                            const void *bytes, size_t n)
{
    struct weir_http1 *conn = self->exchange->conn;
    char *to;
    n = n < CHUNK_BYTES_MAX ? n : CHUNK_BYTES_MAX;
    weir_poll got = weir_http1_room(conn, cx, CHUNK_FRAME_BYTES, &to);
    if (got.state != WEIR_READY)
        return got;
    size_t seam = put_seam(self, to);
    weir_http1_put(conn, seam + put_chunk_line(to + seam, n));
    weir_http1_put_tail(conn, block, bytes, n);
    self->open = true;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll write_chunk(struct http1_writer *self, weir_cx *cx, weir_block *block,
                             const void *bytes, size_t n)
{
    return block && n >= WEIR_HTTP1_LARGE_BYTES ? keep_chunk(self, cx, block, bytes, n)
                                                : copy_chunk(self, cx, bytes, n);
}

static weir_poll http1_answer_write_some(struct http1_writer *self, weir_cx *cx, weir_block *block,
                                         const void *bytes, size_t n)
{
    struct weir_http1 *conn = self->exchange->conn;
    weir_poll got = http1_answer_usable(self, cx);
    if (got.state != WEIR_READY)
        return got;
    bool counted = conn->left != WEIR_LENGTH_UNKNOWN;
    if (counted && n > conn->left)
        return http1_answer_too_many(self, cx, n);
    if (conn->bodiless)
        got.n = (uint32_t)(n < UINT32_MAX ? n : UINT32_MAX);
    else if (conn->chunked)
        got = write_chunk(self, cx, block, bytes, n);
    else
        got = write_plain(conn, cx, block, bytes, n);
    if (counted && got.state == WEIR_READY)
        conn->left -= got.n;
    return got;
}

static weir_poll writer_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                  const void *bytes, size_t n)
{
    struct http1_writer *self = writer_of(writer);
    return weir_http1_timed(self->exchange, cx, http1_answer_write_some(self, cx, block, bytes, n));
}

static weir_poll http1_answer_writer_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes,
                                                size_t n)
{
    return writer_poll_give(writer, cx, NULL, bytes, n);
}

static weir_poll flush_seam(struct http1_writer *self, weir_cx *cx)
{
    struct weir_http1 *conn = self->exchange->conn;
    char *to;
    weir_poll got = http1_answer_usable(self, cx);
    if (got.state != WEIR_READY || !self->open)
        return got;
    got = weir_http1_room(conn, cx, 2, &to);
    if (got.state == WEIR_READY)
        weir_http1_put(conn, put_seam(self, to));
    return got;
}

static weir_poll flush_all(struct http1_writer *self, weir_cx *cx)
{
    weir_poll got = weir_http1_send(self->exchange->conn, cx);
    return got.state == WEIR_READY ? weir_poll_flush(self->exchange->conn->io.writer, cx) : got;
}

static weir_poll http1_answer_writer_poll_flush(weir_writer *writer, weir_cx *cx)
{
    struct http1_writer *self = writer_of(writer);
    weir_poll got = flush_seam(self, cx);
    if (got.state == WEIR_READY)
        got = flush_all(self, cx);
    return weir_http1_timed(self->exchange, cx, got);
}

static weir_poll http1_answer_too_few(const struct http1_writer *self, weir_cx *cx)
{
    const struct weir_http1 *conn = self->exchange->conn;
    return weir_fail(cx, WEIR_E_TRUNCATED, "the answer was closed %llu bytes before its length",
                     (unsigned long long)conn->left);
}

static weir_poll put_ending(struct http1_writer *self, weir_cx *cx)
{
    struct weir_http1 *conn = self->exchange->conn;
    char *to;
    if (!conn->chunked || conn->bodiless)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = weir_http1_room(conn, cx, 2 + ENDING, &to);
    if (got.state != WEIR_READY)
        return got;
    size_t seam = put_seam(self, to);
    weir_http1_put(conn, seam + (size_t)(HTTP1_ANSWER_PUT(to + seam, "0\r\n\r\n") - (to + seam)));
    return got;
}

static weir_poll end_answer(struct http1_writer *self, weir_cx *cx)
{
    struct weir_http1 *conn = self->exchange->conn;
    weir_poll got = http1_answer_usable(self, cx);
    if (got.state != WEIR_READY)
        return got;
    if (!conn->bodiless && conn->left && conn->left != WEIR_LENGTH_UNKNOWN)
        return http1_answer_too_few(self, cx);
    got = put_ending(self, cx);
    self->over = got.state == WEIR_READY;
    return got;
}

static weir_poll http1_answer_writer_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct http1_writer *self = writer_of(writer);
    struct weir_http1 *conn = self->exchange->conn;
    weir_poll got = {0, WEIR_READY};
    if (writer->stage.cut)
        return weir_fail(cx, WEIR_E_STOPPED, "stopped before the answer was over");
    if (!self->over)
        got = end_answer(self, cx);
    if (got.state == WEIR_READY && !may_wait(conn))
        got = flush_all(self, cx);
    got = weir_http1_timed(self->exchange, cx, got);
    if (got.state != WEIR_READY)
        return got;
    http1_answer_answered(conn);
    return (weir_poll){0, WEIR_END};
}

static weir_poll http1_answer_writer_poll_room(weir_writer *writer, weir_cx *cx)
{
    struct http1_writer *self = writer_of(writer);
    if (self->exchange->conn->broken || !weir_http1_free(self->exchange->conn))
        return weir_http1_send(self->exchange->conn, cx);
    return (weir_poll){0, WEIR_READY};
}

/* An answer that has begun and is not whole: the connection cuts it when all parts are gone. */
static void http1_answer_writer_fini(weir_writer *writer)
{
    weir_timer_stop(&writer_of(writer)->exchange->writing.timer);
}

static size_t http1_answer_writer_memory_max(const weir_writer *writer)
{
    (void)writer;
    return WEIR_HTTP1_OUT_BYTES + WEIR_HTTP1_SWITCH_BYTES + sizeof(weir_block) + WEIR_PADDING_BYTES;
}

static size_t http1_answer_writer_unsent(const weir_writer *writer)
{
    const struct weir_http1 *conn = writer_of(writer)->exchange->conn;
    return conn->out_n - conn->out_sent + conn->tail_n +
           (conn->io.writer ? weir_unsent(conn->io.writer) : 0);
}

static const weir_writer_ops http1_writer_ops = {.size = sizeof http1_writer_ops,
                                                 .name = "http answer",
                                                 .poll_write = http1_answer_writer_poll_write,
                                                 .poll_flush = http1_answer_writer_poll_flush,
                                                 .poll_close = http1_answer_writer_poll_close,
                                                 .fini = http1_answer_writer_fini,
                                                 .memory_max = http1_answer_writer_memory_max,
                                                 .poll_give = writer_poll_give,
                                                 .poll_room = http1_answer_writer_poll_room,
                                                 .unsent = http1_answer_writer_unsent};

/* The fields are the caller's: they stand as text until the head goes out. */
static bool http1_answer_keep_fields(struct http1_writer *self,
                                     const struct weir_http_answer *answer)
{
    size_t n = http1_answer_fields_bytes(answer);
    char *text = n ? weir_arena_take(self->writer.stage.arena, n, 1) : NULL;
    if (n && !text)
        return false;
    if (n)
        http1_answer_put_fields(text, answer);
    self->answer = (struct weir_http_answer){
        .status = answer->status, .fields = text, .fields_n = n, .length = answer->length};
    return true;
}

/* The writer is a part beside the exchange, which goes now. */
weir_writer *weir_http1_respond(weir_exchange *x, const struct weir_http_answer *answer)
{
    struct weir_http1_exchange *self = weir_http1_of(x);
    weir_arena *arena = weir_http1_part_new(self);
    if (!arena) {
        weir_http1_let_go(self);
        return weir_writer_refused(WEIR_E_MEMORY, NULL, "no memory to answer", NULL, NULL, 0);
    }
    weir_writer *writer = weir_writer_in(arena, sizeof(struct http1_writer), &http1_writer_ops);
    writer_of(writer)->exchange = self;
    if (!http1_answer_keep_fields(writer_of(writer), answer))
        writer = weir_writer_refuse(&writer->stage, WEIR_E_MEMORY, NULL,
                                    "no memory for an answer's fields", NULL, NULL, 0);
    weir_http1_let_go(self);
    return writer;
}
