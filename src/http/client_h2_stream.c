/* The client over HTTP/2: a request and its answer. */

#ifdef WEIR_HAVE_NGHTTP2
#include <stdlib.h>
#include <string.h>

#include "http/client_h2.h"
#include "weir/alloc.h"

enum { COPY_BYTES = 64 << 10 }; /* that a reader takes at once */

static size_t client_h2_stream_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

/* ---- lists ---- */

bool weir_http2c_grow(char **bytes, size_t *room, size_t need)
{
    size_t more = *room ? *room : 512;
    while (more < need)
        more *= 2;
    char *grown = more == *room ? *bytes : weir_resize(*bytes, *room, more);
    if (!grown)
        return false;
    *bytes = grown;
    *room = more;
    return true;
}

bool weir_http2c_list_add(struct weir_http2c_list *list, const uint8_t *text, size_t n)
{
    if (!weir_http2c_grow(&list->bytes, &list->room, list->n + n + 1))
        return false;
    memcpy(list->bytes + list->n, text, n);
    list->bytes[list->n + n] = 0;
    list->n += n + 1;
    return true;
}

void weir_http2c_list_drop(struct weir_http2c_list *list)
{
    weir_release(list->bytes, list->room);
    *list = (struct weir_http2c_list){0};
}

/* An array of them, and their texts behind it, in one block. */
void *weir_http2c_list_block(const struct weir_http2c_list *list, size_t *size)
{
    size_t fields_size = list->fields * sizeof(weir_header);
    *size = fields_size + list->n + 1;
    char *block = weir_allocate(*size);
    if (!block)
        return NULL;
    weir_header *fields = (weir_header *)(void *)block;
    char *text = block + fields_size;
    if (list->n)
        memcpy(text, list->bytes, list->n);
    text[list->n] = 0;
    for (uint32_t i = 0; i < list->fields; i++) {
        fields[i].name = text;
        fields[i].value = text = text + strlen(text) + 1;
        text += strlen(text) + 1;
    }
    return block;
}

/* ---- a request ---- */

/* Copies: a name in small letters, and its value, which may be gone soon. */
struct names {
    nghttp2_nv *nv;
    size_t n;
    char *text;
};

static uint8_t *client_h2_stream_copy(struct names *names, const char *text, bool small)
{
    char *begin = names->text;
    for (; *text; text++)
        *names->text++ =
            (char)(small && *text >= 'A' && *text <= 'Z' ? *text + ('a' - 'A') : *text);
    return (uint8_t *)begin;
}

static void client_h2_stream_add(void *arg, const char *name, const char *value)
{
    struct names *names = arg;
    names->nv[names->n++] = (nghttp2_nv){.name = client_h2_stream_copy(names, name, true),
                                         .value = client_h2_stream_copy(names, value, false),
                                         .namelen = strlen(name),
                                         .valuelen = strlen(value)};
}

static int client_h2_stream_submit(struct weir_http2c_stream *stream)
{
    enum { PSEUDO = 4, OWN = 3, OWN_BYTES = 256 };
    const weir_reply *reply = stream->reply;
    size_t most = reply->ask.headers_n + PSEUDO + OWN;
    size_t size = most * sizeof(nghttp2_nv) + reply->ask.block_size + reply->url.size + OWN_BYTES;
    struct names names = {.nv = weir_allocate(size)};
    if (!names.nv)
        return NGHTTP2_ERR_NOMEM;
    names.text = (char *)(names.nv + most);
    client_h2_stream_add(&names, ":method", reply->ask.method);
    client_h2_stream_add(&names, ":scheme", reply->url.secure ? "https" : "http");
    client_h2_stream_add(&names, ":authority", reply->url.authority);
    client_h2_stream_add(&names, ":path", reply->url.target);
    weir_http_ask_each(&reply->ask, reply->bare, client_h2_stream_add, &names);
    nghttp2_data_provider from = {.read_callback = weir_http2c_read};
    int id = nghttp2_submit_request(stream->connection->session, NULL, names.nv, names.n,
                                    reply->send.body ? &from : NULL, stream);
    weir_release(names.nv, size);
    return id;
}

static void stream_free(struct weir_http2c_stream *stream)
{
    *stream->at = stream->next;
    if (stream->next)
        stream->next->at = stream->at;
    weir_waker_slot_clear(&stream->waiter);
    weir_http2c_list_drop(&stream->head);
    weir_http2c_list_drop(&stream->trailers);
    weir_release(stream->in, stream->in_room);
    weir_release(stream, sizeof *stream);
}

static struct weir_http2c_stream *client_h2_stream_new(weir_reply *reply)
{
    struct weir_http2c *connection = reply->link->h2;
    struct weir_http2c_stream *stream = weir_allocate(sizeof *stream);
    if (!stream)
        return NULL;
    memset(stream, 0, sizeof *stream);
    stream->connection = connection;
    stream->reply = reply;
    stream->at = &connection->streams;
    stream->next = connection->streams;
    if (stream->next)
        stream->next->at = &stream->next;
    connection->streams = stream;
    return stream;
}

bool weir_http2c_ask(weir_reply *reply, weir_cx *cx)
{
    if (reply->ask.upgrade) {
        weir_http_fail(reply, cx, WEIR_E_ARGUMENT, "HTTP/2 changes to no other protocol");
        cx->error.cure = "a TLS context that offers http/1.1 alone";
        return false;
    }
    struct weir_http2c_stream *stream = client_h2_stream_new(reply);
    int id = stream ? client_h2_stream_submit(stream) : NGHTTP2_ERR_NOMEM;
    if (id < 0) {
        if (stream)
            stream_free(stream);
        weir_http_fail(reply, cx, WEIR_E_MEMORY, "HTTP/2: %s", nghttp2_strerror(id));
        return false;
    }
    stream->id = id;
    reply->stream = stream;
    reply->send.waits = false;
    reply->send.done = !reply->send.body;
    return true;
}

/* Only what came to its end on both sides leaves nothing to say to the peer. */
bool weir_http2c_leave(weir_reply *reply)
{
    struct weir_http2c_stream *stream = reply->stream;
    struct weir_http2c *self = stream->connection;
    bool well = stream->closed && !stream->code;
    nghttp2_session_set_stream_user_data(self->session, stream->id, NULL);
    if (!stream->closed)
        nghttp2_submit_rst_stream(self->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
    if (stream->in_end > stream->in_begin)
        weir_http2c_consumed(self, stream->id, stream->in_end - stream->in_begin);
    stream_free(stream);
    reply->stream = NULL;
    weir_http2c_stir(self);
    return well;
}

/* ---- the answer ---- */

static weir_poll client_h2_stream_fail_closed(const struct weir_http2c_stream *stream, weir_cx *cx)
{
    const weir_reply *reply = stream->reply;
    struct weir_http2c *self = stream->connection;
    if (stream->no_memory)
        return weir_http_fail(reply, cx, WEIR_E_MEMORY, "no memory for an answer");
    if (stream->interim > WEIR_HTTP_INTERIM_MAX)
        return weir_http_fail(reply, cx, WEIR_E_LIMIT, "more than %u interim answers",
                              (unsigned)WEIR_HTTP_INTERIM_MAX);
    if (stream->too_large)
        return weir_http_fail(reply, cx, WEIR_E_LIMIT,
                              "the answer's head is more than %u bytes or %u fields",
                              reply->options.head_bytes_max, reply->options.headers_max);
    if (stream->closed)
        return weir_http_fail(reply, cx, WEIR_E_CLOSED, "the peer gave the request up: %s",
                              nghttp2_http2_strerror(stream->code));
    if (self->failed) {
        cx->error = self->failure;
        return weir_http_place(reply, cx);
    }
    if (self->link->io.reader->stage.cut)
        return weir_http_fail(reply, cx, WEIR_E_STOPPED, "the runtime was stopped in a request");
    return weir_http_fail(reply, cx, WEIR_E_TRUNCATED, "the connection ended in an answer");
}

weir_poll weir_http2c_tell(const weir_reply *reply, weir_cx *cx)
{
    return client_h2_stream_fail_closed(reply->stream, cx);
}

static bool client_h2_stream_is_over(const struct weir_http2c_stream *stream)
{
    return stream->closed || stream->connection->failed || stream->connection->eof;
}

/* The end of the request has left us, or will not: a frame is of its batch or of the next one. */
static bool has_gone(const struct weir_http2c_stream *stream)
{
    const struct weir_http2c *self = stream->connection;
    bool all = self->out_at == self->out_n && !self->rest_n && !self->unflushed;
    bool never = self->deaf || self->failed || self->eof;
    return all || never || self->batch - stream->batch > 1;
}

/* An answer that is over before the request is ends that too, but for the last of it. */
static bool is_answered(const struct weir_http2c_stream *stream)
{
    const struct weir_http_sending *send = &stream->reply->send;
    if (!stream->ended)
        return false;
    if (stream->closed)
        return !stream->reply->ask.has_body || has_gone(stream);
    return !send->done && !weir_http_sending_owes(send);
}

static weir_poll take_head(struct weir_http2c_stream *stream, weir_cx *cx)
{
    weir_reply *reply = stream->reply;
    char *block = weir_http2c_list_block(&stream->head, &reply->block_size);
    if (!block)
        return weir_http_fail(reply, cx, WEIR_E_MEMORY, "no memory for an answer's head");
    reply->block = block;
    reply->headers = (const weir_header *)(void *)block;
    reply->headers_n = stream->head.fields;
    reply->reason = "";
    reply->status = stream->status;
    reply->version = 20;
    reply->keep = true;
    const char *length = weir_reply_header(reply, "content-length");
    bool none = stream->ended && stream->in_begin == stream->in_end;
    reply->length = WEIR_LENGTH_UNKNOWN;
    if (none)
        reply->length = 0;
    else if (length)
        reply->length = strtoull(length, NULL, 10);
    reply->body = (struct weir_http_framed){
        .body = {.ended = none && reply->send.done && is_answered(stream)}};
    weir_http2c_list_drop(&stream->head);
    return (weir_poll){0, WEIR_READY};
}

/* What nobody has looked at may be asked again. */
static weir_poll no_head(struct weir_http2c_stream *stream, weir_cx *cx)
{
    bool refused = stream->closed && stream->code == NGHTTP2_REFUSED_STREAM;
    bool unseen = !stream->closed && stream->reply->link->used;
    return refused || unseen ? (weir_poll){0, WEIR_END} : client_h2_stream_fail_closed(stream, cx);
}

/* READY: something moved. PENDING: the stream waits. */
static weir_poll client_h2_stream_move(struct weir_http2c_stream *stream, weir_cx *cx)
{
    weir_poll got = weir_http2c_pump(stream, cx);
    if (got.state == WEIR_ERROR)
        return weir_http_place(stream->reply, cx);
    uint64_t sent = stream->reply->send.sent;
    got = weir_http2c_go_on(stream->connection, cx);
    if (sent != stream->reply->send.sent && cx->timers)
        stream->reply->send.moved_ns = weir_clock_now_ns(cx);
    return got.state == WEIR_PENDING ? weir_wait(cx, &stream->waiter, WEIR_WAIT_IO) : got;
}

weir_poll weir_http2c_head(weir_reply *reply, weir_cx *cx)
{
    struct weir_http2c_stream *stream = reply->stream;
    for (bool begun = false;; begun = true) {
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        if (stream->headed)
            return take_head(stream, cx);
        if (client_h2_stream_is_over(stream))
            return no_head(stream, cx);
        weir_poll got = client_h2_stream_move(stream, cx);
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
            return got;
    }
}

/* ---- its body ---- */

static weir_poll take_body(struct weir_http2c_stream *stream, weir_reader *reader, weir_cx *cx,
                           size_t min)
{
    size_t n = stream->in_end - stream->in_begin, lacks = min - client_h2_stream_in_hand(reader);
    size_t most = lacks > COPY_BYTES ? lacks : COPY_BYTES;
    n = n < most ? n : most;
    unsigned char *to = weir_reader_room(reader, n);
    if (!to)
        return weir_http_fail(stream->reply, cx, WEIR_E_MEMORY, "no memory for %zu bytes of a body",
                              n);
    memcpy(to, stream->in + stream->in_begin, n);
    reader->end += n;
    stream->in_begin += n;
    stream->reply->body.n += n;
    weir_http2c_consumed(stream->connection, stream->id, n);
    weir_http2c_stir(stream->connection); /* its reader may be content for long */
    return (weir_poll){0, WEIR_READY};
}

static void client_h2_stream_take_trailers(struct weir_http2c_stream *stream)
{
    struct weir_http_framed *body = &stream->reply->body;
    size_t size;
    if (!stream->trailers.fields || body->trailers)
        return;
    body->trailers = weir_http2c_list_block(&stream->trailers, &size);
    body->trailers_n = body->trailers ? stream->trailers.fields : 0;
    body->trailers_size = (uint32_t)size;
}

weir_poll weir_http2c_fill(weir_reply *reply, weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_http2c_stream *stream = reply->stream;
    for (bool begun = false; client_h2_stream_in_hand(reader) < min; begun = true) {
        weir_poll got = {0, WEIR_READY};
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        if (stream->in_begin < stream->in_end) {
            got = take_body(stream, reader, cx, min);
        } else if (is_answered(stream)) {
            client_h2_stream_take_trailers(stream);
            reply->body.body.ended = true;
            return (weir_poll){0, WEIR_END};
        } else if (client_h2_stream_is_over(stream) && !(stream->ended && stream->closed)) {
            return client_h2_stream_fail_closed(stream, cx);
        } else {
            if (!client_h2_stream_in_hand(reader))
                weir_reader_release(reader);
            stream->connection->awaited |= stream->ended && stream->closed;
            got = client_h2_stream_move(stream, cx);
            if (got.state == WEIR_PENDING && is_answered(stream))
                continue; /* a flush was all it waited for, which nothing wakes */
        }
        if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
            return got;
    }
    return (weir_poll){0, WEIR_READY};
}

size_t weir_http2c_memory_max(void)
{
    return sizeof(struct weir_http2c) + 2 * (size_t)WEIR_HTTP2C_ALL_WINDOW_BYTES;
}
#endif
