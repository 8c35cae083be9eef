/* Answers on HTTP/2: one that is whole, and one that is written. Bytes wait in the stream's queue
 * until the session asks for them, which it does in turns, and as far as the peer's window goes. */

#ifdef WEIR_HAVE_NGHTTP2
#include <string.h>

#include "core/format.h"
#include "http/class.h"
#include "http/http2.h"
#include "weir/alloc.h"

enum { OWN_FIELDS = 3, FIELDS_HERE = 24, DIGITS = 20 };

struct http2_writer {
    weir_writer writer;
    struct weir_http2_stream *stream;
    struct weir_http_answer answer; /* until it is begun; its fields are `kept` */
    size_t kept_n;
};

static struct http2_writer *self_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct http2_writer, writer);
}

static struct weir_http2_stream *http2_answer_stream_of(const weir_writer *writer)
{
    return self_of(writer)->stream;
}

static size_t http2_answer_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- heads ---- */

static nghttp2_nv http2_answer_field_of(const char *name, size_t name_n, const char *value,
                                        size_t value_n, uint8_t flags)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, name_n, value_n,
                        flags};
}
#define OWN_FIELD(name, value, n)                                                                  \
    http2_answer_field_of(name, sizeof(name) - 1, value, n, NGHTTP2_NV_FLAG_NO_COPY_NAME)

static size_t http2_answer_put_number(char *http2_answer_end, uint64_t n)
{
    char *at = http2_answer_end;
    do
        *--at = (char)('0' + n % 10);
    while (n /= 10);
    return (size_t)(http2_answer_end - at);
}

static size_t count_lines(const char *text, size_t n)
{
    size_t lines = 0;
    const char *http2_answer_end = text + n, *at;
    for (; text < http2_answer_end && (at = memchr(text, '\n', (size_t)(http2_answer_end - text)));
         text = at + 1)
        lines++;
    return lines;
}

/* A 426 says it, of a connection of HTTP/1.1: a stream has no such field. */
static bool is_upgrade(const char *name, size_t n)
{
    return weir_http_same((const unsigned char *)name, n, "upgrade");
}

/* nghttp2 copies them, the names in small letters. */
static nghttp2_nv *put_lines(nghttp2_nv *out, const char *text, size_t n)
{
    const char *http2_answer_end = text + n;
    while (text < http2_answer_end) {
        const char *colon = memchr(text, ':', (size_t)(http2_answer_end - text));
        const char *line_end = memchr(text, '\n', (size_t)(http2_answer_end - text));
        if (!colon || !line_end || colon > line_end)
            break;
        const char *value = colon + 1;
        const char *value_end = line_end > value ? line_end - 1 : value; /* a CR */
        while (value < value_end && (*value == ' ' || *value == '\t'))
            value++;
        if (!is_upgrade(text, (size_t)(colon - text)))
            *out++ = http2_answer_field_of(text, (size_t)(colon - text), value,
                                           (size_t)(value_end - value), 0);
        text = line_end + 1;
    }
    return out;
}

/* What an answer to CONNECT, and 204 and 304, say nothing of. */
static bool http2_answer_has_length(const struct weir_http2_stream *stream,
                                    const struct weir_http_answer *answer)
{
    bool tunnel = !*stream->exchange.request.path && answer->status < 300;
    return answer->length != WEIR_LENGTH_UNKNOWN && answer->status != 204 &&
           answer->status != 304 && !tunnel;
}

static bool has_body(const struct weir_http2_stream *stream, const struct weir_http_answer *answer)
{
    return answer->status != 204 && answer->status != 304 &&
           strcmp(stream->exchange.request.method, "HEAD") != 0;
}

static int http2_answer_submit(struct weir_http2_stream *stream, weir_cx *cx,
                               const struct weir_http_answer *answer, nghttp2_nv *fields)
{
    char status[DIGITS], length[DIGITS];
    nghttp2_nv *at = fields;
    size_t n = http2_answer_put_number(status + DIGITS, answer->status);
    *at++ = OWN_FIELD(":status", status + DIGITS - n, n);
    at = put_lines(at, answer->fields, answer->fields_n);
    *at++ = OWN_FIELD("date", weir_http_date(cx), WEIR_HTTP_DATE_BYTES);
    if (http2_answer_has_length(stream, answer)) {
        n = http2_answer_put_number(length + DIGITS, answer->length);
        *at++ = OWN_FIELD("content-length", length + DIGITS - n, n);
    }
    bool body = !stream->head_only && answer->length;
    nghttp2_data_provider provider = weir_http2_provider(stream);
    return nghttp2_submit_response(stream->connection->session, stream->id, fields,
                                   (size_t)(at - fields), body ? &provider : NULL);
}

/* READY: the head is the session's. */
static weir_poll http2_answer_begin(struct weir_http2_stream *stream, weir_cx *cx,
                                    const struct weir_http_answer *answer)
{
    nghttp2_nv here[FIELDS_HERE + OWN_FIELDS];
    size_t n = count_lines(answer->fields, answer->fields_n);
    size_t bytes = (n + OWN_FIELDS) * sizeof *here;
    if (stream->closed)
        return weir_http2_tell_closed(stream, cx);
    nghttp2_nv *fields = n <= FIELDS_HERE ? here : weir_allocate(bytes);
    if (!fields)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for an answer's fields");
    stream->head_only = !has_body(stream, answer);
    stream->length = answer->length;
    stream->moved_ns = cx->now_ns;
    int error = http2_answer_submit(stream, cx, answer, fields);
    if (fields != here)
        weir_release(fields, bytes);
    if (error)
        return weir_fail(cx, WEIR_E_MEMORY, "an answer cannot be begun: %s",
                         nghttp2_strerror(error));
    stream->answered = true;
    return (weir_poll){0, WEIR_READY};
}

/* ---- one that is whole ---- */

static void http2_answer_end(struct weir_http2_stream *stream)
{
    stream->ended_out = true;
    weir_http2_resume(stream);
}

/* What nothing asked for yet is copied, if it is not too much. False: no memory. */
static bool http2_answer_keep_rest(struct weir_http2_stream *stream)
{
    while (stream->lent_n) {
        const unsigned char *bytes = stream->lent;
        size_t left = stream->lent_n;
        stream->lent_n = 0; /* the queue is in front of it */
        size_t n = weir_http2_queue_copy(stream, bytes, left);
        stream->lent = bytes + n;
        stream->lent_n = left - n;
        if (!n)
            return false;
    }
    return true;
}

static bool http2_answer_is_taken(struct weir_http2_stream *stream)
{
    struct weir_http2 *self = stream->connection;
    weir_http2_gather(self);
    if (stream->lent_n && stream->lent_n <= WEIR_HTTP2_QUEUE_BYTES && !stream->out_n)
        http2_answer_keep_rest(stream);
    return !stream->lent_n;
}

static weir_poll begin_whole(struct weir_http2_stream *stream, weir_cx *cx,
                             const struct weir_http_answer *answer, const void *body, size_t n)
{
    if (stream->answered)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = http2_answer_begin(stream, cx, answer);
    if (got.state != WEIR_READY)
        return got;
    if (!stream->head_only && n) {
        weir_http2_note_queued(stream, cx);
        stream->lent = body;
        stream->lent_n = n;
    }
    stream->ended_out = true;
    return got;
}

static weir_poll http2_answer_tell_late(const struct weir_http2_stream *stream, weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_TIMEOUT, "the peer took nothing of an answer for %s",
                     WEIR_TIME_TEXT(stream->connection->config.options.write_ns));
}

/* Of an answer that may go on, READY. */
static weir_poll http2_answer_usable(const struct weir_http2_stream *stream, weir_cx *cx)
{
    if (stream->late_out)
        return http2_answer_tell_late(stream, cx);
    if (stream->closed && !stream->sent_out)
        return weir_http2_tell_closed(stream, cx);
    return (weir_poll){0, WEIR_READY};
}

/* Elsewhere than in a task nobody may come by to send it. */
static weir_poll see_off(struct weir_http2_stream *stream, weir_cx *cx)
{
    struct weir_http2 *self = stream->connection;
    if (!self->left && weir_http2_submitted(self, cx))
        return (weir_poll){0, WEIR_READY};
    return weir_http2_drain(self, cx, &stream->answer);
}

static weir_poll answer_whole(struct weir_http2_stream *stream, weir_cx *cx,
                              const struct weir_http_answer *answer, const void *body, size_t n)
{
    bool begun = false;
    weir_poll got = begin_whole(stream, cx, answer, body, n);
    while (got.state == WEIR_READY && !http2_answer_is_taken(stream)) {
        got = weir_http2_go_on(stream->connection, cx, &stream->answer, &begun, WEIR_WAIT_ROOM);
        if (got.state != WEIR_PENDING)
            got = http2_answer_usable(stream, cx);
    }
    return got.state == WEIR_READY ? see_off(stream, cx) : got;
}

weir_poll weir_http2_poll_answer(weir_exchange *x, weir_cx *cx,
                                 const struct weir_http_answer *answer, const void *body, size_t n)
{
    struct weir_http2_stream *stream = weir_http2_of(x);
    weir_poll got = http2_answer_usable(stream, cx);
    if (got.state == WEIR_READY)
        got = answer_whole(stream, cx, answer, body, n);
    if (got.state != WEIR_PENDING)
        weir_http2_satisfied(stream->connection, &stream->answer);
    return got;
}

static void let_unread_go(struct weir_http2_stream *stream)
{
    if (!stream->exchange.body_taken)
        weir_http2_pass_over(stream);
    weir_http2_settle(stream);
}

void weir_http2_drop(weir_exchange *x)
{
    struct weir_http2_stream *stream = weir_http2_of(x);
    weir_http2_satisfied(stream->connection, &stream->answer);
    let_unread_go(stream);
    if (!stream->ended_out || stream->lent_n) /* what is lent ends here */
        weir_http2_reset(stream, NGHTTP2_INTERNAL_ERROR);
    weir_http2_left(stream->connection);
    weir_http2_let_go(stream);
}

/* ---- one that is written ---- */

static weir_poll http2_answer_ready_to_write(struct http2_writer *self, weir_cx *cx)
{
    struct weir_http2_stream *stream = self->stream;
    weir_poll got = http2_answer_usable(stream, cx);
    if (got.state == WEIR_READY && !stream->answered)
        got = http2_answer_begin(stream, cx, &self->answer);
    return got;
}

static weir_poll http2_answer_too_many(const struct weir_http2_stream *stream, weir_cx *cx,
                                       size_t n)
{
    return weir_fail(cx, WEIR_E_LIMIT, "an answer of %llu bytes is given %llu",
                     (unsigned long long)stream->length, (unsigned long long)(stream->written + n));
}

static weir_poll http2_answer_took(struct weir_http2_stream *stream, weir_cx *cx, size_t n)
{
    stream->written += n;
    weir_http2_resume(stream);
    if (!weir_http2_submitted(stream->connection, cx))
        weir_http2_gather(stream->connection);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll http2_answer_no_memory(weir_cx *cx, size_t n)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory to write (%zu bytes)", n);
}

/* With a block it is kept as it is. */
static weir_poll http2_answer_write_some(struct weir_http2_stream *stream, weir_cx *cx,
                                         weir_block *block, const void *bytes, size_t n)
{
    bool short_one = !block || n < WEIR_HTTP2_BLOCK_BYTES_MIN;
    weir_http2_note_queued(stream, cx);
    if (short_one || stream->out_pieces == WEIR_HTTP2_QUEUE_PIECES) {
        n = weir_http2_queue_copy(stream, bytes, n);
        return n ? http2_answer_took(stream, cx, n)
                 : http2_answer_no_memory(cx, WEIR_HTTP2_BLOCK_BYTES);
    }
    n = http2_answer_least(n, WEIR_HTTP2_QUEUE_BYTES - stream->out_n);
    weir_http2_push_piece(stream, weir_block_ref(block), bytes)->n = n;
    stream->out_n += n;
    return http2_answer_took(stream, cx, n);
}

static weir_poll http2_answer_write_block(weir_writer *writer, weir_cx *cx, weir_block *block,
                                          const void *bytes, size_t n)
{
    struct weir_http2_stream *stream = http2_answer_stream_of(writer);
    weir_poll got = http2_answer_ready_to_write(self_of(writer), cx);
    if (got.state == WEIR_READY && n > stream->length - stream->written)
        got = http2_answer_too_many(stream, cx, n);
    for (bool begun = false; got.state == WEIR_READY && weir_http2_is_full(stream);) {
        got = weir_http2_go_on(stream->connection, cx, &stream->answer, &begun, WEIR_WAIT_ROOM);
        if (got.state == WEIR_PENDING)
            return got;
        got = http2_answer_usable(stream, cx);
    }
    weir_http2_satisfied(stream->connection, &stream->answer);
    if (got.state != WEIR_READY)
        return got;
    if (!stream->head_only)
        return http2_answer_write_some(stream, cx, block, bytes, n);
    stream->written += n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll http2_answer_writer_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes,
                                                size_t n)
{
    return http2_answer_write_block(writer, cx, NULL, bytes, n);
}

/* READY: nothing of it is left. */
static weir_poll http2_answer_push(struct weir_http2_stream *stream, weir_cx *cx, bool whole)
{
    struct weir_http2 *self = stream->connection;
    for (bool begun = false;;) {
        weir_poll got = http2_answer_usable(stream, cx);
        if (got.state != WEIR_READY)
            return got;
        weir_http2_gather(self);
        if (whole ? stream->sent_out : !stream->out_n)
            return see_off(stream, cx);
        got = weir_http2_go_on(self, cx, &stream->answer, &begun, WEIR_WAIT_ROOM);
        if (got.state == WEIR_PENDING)
            return got;
    }
}

static weir_poll http2_answer_writer_poll_flush(weir_writer *writer, weir_cx *cx)
{
    struct weir_http2_stream *stream = http2_answer_stream_of(writer);
    weir_poll got = http2_answer_ready_to_write(self_of(writer), cx);
    if (got.state == WEIR_READY)
        got = http2_answer_push(stream, cx, false);
    if (got.state != WEIR_PENDING)
        weir_http2_satisfied(stream->connection, &stream->answer);
    return got;
}

static weir_poll http2_answer_too_few(struct weir_http2_stream *stream, weir_cx *cx)
{
    weir_http2_reset(stream, NGHTTP2_INTERNAL_ERROR);
    weir_http2_submitted(stream->connection, cx);
    return weir_fail(cx, WEIR_E_TRUNCATED, "an answer of %llu bytes is closed after %llu",
                     (unsigned long long)stream->length, (unsigned long long)stream->written);
}

static weir_poll http2_answer_writer_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct weir_http2_stream *stream = http2_answer_stream_of(writer);
    weir_poll got = http2_answer_ready_to_write(self_of(writer), cx);
    bool known = stream->length != WEIR_LENGTH_UNKNOWN;
    if (got.state == WEIR_READY && known && !stream->head_only && stream->written < stream->length)
        got = http2_answer_too_few(stream, cx);
    if (got.state == WEIR_READY && !stream->ended_out)
        http2_answer_end(stream);
    if (got.state == WEIR_READY)
        got = http2_answer_push(stream, cx, true);
    if (got.state != WEIR_PENDING)
        weir_http2_satisfied(stream->connection, &stream->answer);
    return got.state == WEIR_READY ? (weir_poll){0, WEIR_END} : got;
}

static weir_poll http2_answer_writer_poll_room(weir_writer *writer, weir_cx *cx)
{
    struct weir_http2_stream *stream = http2_answer_stream_of(writer);
    for (bool begun = false;
         weir_http2_is_full(stream) && http2_answer_usable(stream, cx).state == WEIR_READY;) {
        weir_poll got =
            weir_http2_go_on(stream->connection, cx, &stream->answer, &begun, WEIR_WAIT_ROOM);
        if (got.state == WEIR_PENDING)
            return got;
    }
    weir_http2_satisfied(stream->connection, &stream->answer);
    return (weir_poll){0, WEIR_READY};
}

static size_t http2_answer_writer_unsent(const weir_writer *writer)
{
    return http2_answer_stream_of(writer)->out_n;
}

/* Not closed: a part must not look whole. */
static void http2_answer_writer_fini(weir_writer *writer)
{
    struct http2_writer *self = self_of(writer);
    struct weir_http2_stream *stream = self->stream;
    weir_http2_satisfied(stream->connection, &stream->answer);
    bool closed = writer->stage.done && !writer->stage.ending;
    weir_release((void *)(uintptr_t)self->answer.fields, self->kept_n);
    if (!stream->sent_out && !closed)
        weir_http2_reset(stream, NGHTTP2_INTERNAL_ERROR);
    weir_http2_left(stream->connection);
}

/* The rest is the connection's to tell. */
static size_t http2_answer_writer_memory_max(const weir_writer *writer)
{
    return self_of(writer)->kept_n;
}

static const weir_writer_ops writer_ops = {.size = sizeof writer_ops,
                                           .name = "http answer",
                                           .poll_write = http2_answer_writer_poll_write,
                                           .poll_flush = http2_answer_writer_poll_flush,
                                           .poll_close = http2_answer_writer_poll_close,
                                           .fini = http2_answer_writer_fini,
                                           .memory_max = http2_answer_writer_memory_max,
                                           .poll_give = http2_answer_write_block,
                                           .poll_room = http2_answer_writer_poll_room,
                                           .unsent = http2_answer_writer_unsent};

/* ---- making ---- */

static size_t http2_answer_fields_bytes(const struct weir_http_answer *answer)
{
    size_t n = answer->fields_n;
    for (size_t i = 0; i < answer->n; i++)
        n += strlen(answer->headers[i].name) + strlen(answer->headers[i].value) + 4;
    return n;
}

static char *http2_answer_append(char *to, const char *text)
{
    size_t n = strlen(text);
    memcpy(to, text, n);
    return to + n;
}

/* As lines, until the answer is begun. False: no memory. */
static bool http2_answer_keep_fields(struct http2_writer *self,
                                     const struct weir_http_answer *answer)
{
    size_t n = http2_answer_fields_bytes(answer);
    self->answer = (struct weir_http_answer){.status = answer->status, .length = answer->length};
    if (!n)
        return true;
    char *text = weir_allocate(n);
    if (!text)
        return false;
    char *at = text + answer->fields_n;
    if (answer->fields_n)
        memcpy(text, answer->fields, answer->fields_n);
    for (size_t i = 0; i < answer->n; i++) {
        at = http2_answer_append(at, answer->headers[i].name);
        at = http2_answer_append(at, ": ");
        at = http2_answer_append(at, answer->headers[i].value);
        at = http2_answer_append(at, "\r\n");
    }
    self->answer.fields = text;
    self->answer.fields_n = self->kept_n = n;
    return true;
}

static void http2_answer_release(void *place)
{
    weir_http2_let_go(WEIR_CONTAINER(place, struct weir_http2_stream, writer));
}

/* The exchange's part becomes the writer's. */
weir_writer *weir_http2_respond(weir_exchange *x, const struct weir_http_answer *answer)
{
    struct weir_http2_stream *stream = weir_http2_of(x);
    weir_arena *arena = weir_arena_at(stream->writer, sizeof stream->writer, http2_answer_release);
    weir_writer *writer = weir_writer_in(arena, sizeof(struct http2_writer), &writer_ops);
    self_of(writer)->stream = stream;
    let_unread_go(stream);
    if (http2_answer_keep_fields(self_of(writer), answer))
        return writer;
    return weir_writer_refuse(&writer->stage, WEIR_E_MEMORY, NULL,
                              "no memory for an answer's fields", NULL, NULL, 0);
}
#endif
