/* Requests of HTTP/2: header blocks become the request of an exchange. nghttp2 has looked at the
 * order of the fields, their letters, what must be there once, and what must not. */

#ifdef WEIR_HAVE_NGHTTP2
#include <string.h>
#include <strings.h>

#include "core/stage.h"
#include "http/http2.h"
#include "weir/alloc.h"
#include "weir/net.h"

enum { FIELD_OVERHEAD = 32 }; /* of each, as RFC 9113 counts them */

/* ---- room ---- */

/* Twice as much, but no more than is ever wanted. NULL: no memory. */
static void *http2_exchange_grow(void *items, void *here, size_t size, uint32_t n, uint32_t *room,
                                 size_t need)
{
    size_t more = 2 * (size_t)*room > need ? 2 * (size_t)*room : need;
    void *larger = weir_allocate(more * size);
    if (!larger)
        return NULL;
    if (n)
        memcpy(larger, items, n * size);
    if (items != here)
        weir_release(items, *room * size);
    *room = (uint32_t)more;
    return larger;
}

static bool text_room(struct weir_http2_stream *stream, size_t more)
{
    size_t need = stream->text_n + more;
    if (need <= stream->text_room)
        return true;
    void *larger = http2_exchange_grow(stream->text, stream->text_here, 1, stream->text_n,
                                       &stream->text_room, need);
    if (larger)
        stream->text = larger;
    return larger;
}

static bool fields_room(struct weir_http2_stream *stream)
{
    if (stream->fields_n < stream->fields_room)
        return true;
    void *larger =
        http2_exchange_grow(stream->fields, stream->fields_here, sizeof *stream->fields,
                            stream->fields_n, &stream->fields_room, stream->fields_n + 1);
    if (larger)
        stream->fields = larger;
    return larger;
}

/* ---- a head ---- */

/* Texts begin behind a NUL, so that 0 is none. */
static uint32_t http2_exchange_put_text(struct weir_http2_stream *stream, const uint8_t *bytes,
                                        size_t n)
{
    uint32_t at = stream->text_n;
    memcpy(stream->text + at, bytes, n);
    stream->text[at + n] = 0;
    stream->text_n += (uint32_t)n + 1;
    return at;
}

static bool is_name(const uint8_t *name, size_t n, const char *wanted)
{
    return n == strlen(wanted) && !memcmp(name, wanted, n);
}

/* Their lengths tell them apart, but for two. */
static uint32_t *pseudo(struct weir_http2_stream *stream, const uint8_t *name, size_t n)
{
    switch (n) {
    case sizeof ":path" - 1:
        return &stream->target;
    case sizeof ":method" - 1:
        return name[1] == 'm' ? &stream->method : &stream->scheme;
    case sizeof ":authority" - 1:
        return &stream->host;
    default:
        return NULL;
    }
}

/* What the library asks for itself: the first of each. */
static uint32_t *http2_exchange_known(struct weir_http2_stream *stream, const uint8_t *name,
                                      size_t n)
{
    if (is_name(name, n, "host"))
        return &stream->named;
    if (is_name(name, n, "expect"))
        return &stream->expect;
    return is_name(name, n, "content-length") ? &stream->length_at : NULL;
}

/* An offset where a pointer will be. */
static const char *as_offset(uint32_t at)
{
    return (const char *)(uintptr_t)at;
}

static bool http2_exchange_put_field(struct weir_http2_stream *stream, const uint8_t *name,
                                     size_t name_n, const uint8_t *value, size_t value_n)
{
    bool is_pseudo = name_n && *name == ':';
    if (!text_room(stream, name_n + value_n + 2))
        return false;
    if (is_pseudo) {
        uint32_t *place = pseudo(stream, name, name_n);
        uint32_t at = http2_exchange_put_text(stream, value, value_n);
        if (place)
            *place = at;
        return true;
    }
    if (!fields_room(stream))
        return false;
    weir_header *field = &stream->fields[stream->fields_n++];
    field->name = as_offset(http2_exchange_put_text(stream, name, name_n));
    uint32_t at = http2_exchange_put_text(stream, value, value_n);
    field->value = as_offset(at);
    uint32_t *place = http2_exchange_known(stream, name, name_n);
    if (place && !*place)
        *place = at;
    stream->crumbs += is_name(name, name_n, "cookie");
    return true;
}

/* What is too much is counted on, to be answered; a bomb is not even decoded. */
int weir_http2_field(struct weir_http2_stream *stream, const uint8_t *name, size_t name_n,
                     const uint8_t *value, size_t value_n)
{
    const weir_http_options *options = &stream->connection->config.options;
    size_t all = stream->head_bytes + name_n + value_n + FIELD_OVERHEAD;
    bool is_pseudo = name_n && *name == ':';
    bool many = !is_pseudo && stream->fields_n >= options->headers_max;
    if (all > (size_t)options->head_bytes_max * WEIR_HTTP2_BOMB)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    stream->head_bytes = (uint32_t)all;
    stream->too_large |= all > options->head_bytes_max || many;
    if (stream->too_large || http2_exchange_put_field(stream, name, name_n, value, value_n))
        return 0;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* ---- what it means ---- */

static const char *text_at(const struct weir_http2_stream *stream, uint32_t at)
{
    return at ? stream->text + at : "";
}

static void settle_fields(struct weir_http2_stream *stream)
{
    for (uint32_t i = 0; i < stream->fields_n; i++) {
        weir_header *field = &stream->fields[i];
        field->name = text_at(stream, (uint32_t)(uintptr_t)field->name);
        field->value = text_at(stream, (uint32_t)(uintptr_t)field->value);
    }
}

static bool is_cookie(const struct weir_http2_stream *stream, const weir_header *field)
{
    return !strcmp(stream->text + (uintptr_t)field->name, "cookie");
}

static size_t cookie_bytes(const struct weir_http2_stream *stream)
{
    size_t n = 0;
    for (uint32_t i = 0; i < stream->fields_n; i++)
        if (is_cookie(stream, &stream->fields[i]))
            n += strlen(stream->text + (uintptr_t)stream->fields[i].value) + 2;
    return n;
}

/* A cookie may come in crumbs, so that they are compressed better: they are one field again. False:
 * no memory. */
static bool join_cookies(struct weir_http2_stream *stream)
{
    uint32_t kept = 0;
    weir_header *whole = NULL;
    if (stream->crumbs < 2)
        return true;
    size_t n = cookie_bytes(stream);
    if (!text_room(stream, n))
        return false;
    char *to = stream->text + stream->text_n;
    for (uint32_t i = 0; i < stream->fields_n; i++) {
        weir_header field = stream->fields[i];
        bool crumb = is_cookie(stream, &field);
        if (!crumb || !whole)
            stream->fields[kept++] = field;
        if (!crumb)
            continue;
        const char *value = stream->text + (uintptr_t)field.value;
        size_t value_n = strlen(value);
        memcpy(to, value, value_n);
        memcpy(to + value_n, "; ", 2);
        to += value_n + 2;
        if (!whole)
            whole = &stream->fields[kept - 1];
    }
    to[-2] = 0;
    whole->value = as_offset(stream->text_n);
    stream->text_n += (uint32_t)n;
    stream->fields_n = kept;
    return true;
}

/* nghttp2 has seen that these are digits, and few enough. */
static uint64_t number(const char *text)
{
    uint64_t all = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        all = all * 10 + (uint64_t)(*text - '0');
    return all;
}

/* :authority, or else Host. */
static const char *http2_exchange_host_of(const struct weir_http2_stream *stream)
{
    const char *host = text_at(stream, stream->host);
    return *host ? host : text_at(stream, stream->named);
}

static void settle_request(struct weir_http2_stream *stream, bool ends)
{
    weir_exchange *x = &stream->exchange;
    weir_request *request = &x->request;
    bool connects = !strcmp(text_at(stream, stream->method), "CONNECT");
    const char *host = http2_exchange_host_of(stream);
    const char *path = text_at(stream, stream->target);
    *request = (weir_request){.size = sizeof *request,
                              .version = 20,
                              .secure = stream->connection->config.secure,
                              .method = text_at(stream, stream->method),
                              .target = connects ? text_at(stream, stream->host) : path,
                              .path = connects ? "" : path,
                              .host = host,
                              .length = WEIR_LENGTH_UNKNOWN,
                              .headers_n = stream->fields_n,
                              .stream_id = (uint32_t)stream->id};
    if (stream->length_at || ends)
        request->length = number(text_at(stream, stream->length_at));
    x->fields = stream->fields;
}

/* Two names for whom it is for are one too many: somebody else may have believed the other one. */
static bool is_for_one(const struct weir_http2_stream *stream)
{
    const char *host = text_at(stream, stream->host);
    return !*host || !stream->named || !strcasecmp(host, text_at(stream, stream->named));
}

/* nghttp2 looks at the path of http and https alone, and lets a user stand before a host. */
static bool is_target(const struct weir_http2_stream *stream)
{
    const char *method = text_at(stream, stream->method);
    const char *host = http2_exchange_host_of(stream);
    const char *path = text_at(stream, stream->target);
    bool connects = !strcmp(method, "CONNECT");
    if (!weir_http_is_token(method, strlen(method)) ||
        !weir_http_is_host(host, strlen(host), connects))
        return false;
    return *path == '/' || connects || (!strcmp(path, "*") && !strcmp(method, "OPTIONS"));
}

static bool waits_for_100(const struct weir_http2_stream *stream)
{
    return stream->expect && !strcasecmp(text_at(stream, stream->expect), "100-continue");
}

static void http2_exchange_tell_refused(struct weir_http2_stream *stream, const char *fact,
                                        size_t n)
{
    weir_error error;
    struct weir_http2 *self = stream->connection;
    const char *http2_exchange_peer = weir_http2_peer(self);
    weir_error_set(&error, WEIR_E_LIMIT, fact, n);
    weir_format(error.place, sizeof error.place, "%s",
                http2_exchange_peer ? http2_exchange_peer : "");
    weir_http_count(&self->config, WEIR_HTTP_REFUSED);
    weir_http_tell(&self->config, &error);
}

bool weir_http2_request(struct weir_http2_stream *stream, bool ends)
{
    stream->whole = true;
    if (stream->too_large) {
        stream->refused = true;
        stream->reads = false;
        http2_exchange_tell_refused(stream, "HTTP/2: a head of %zu bytes, or of too many fields",
                                    stream->head_bytes);
        weir_http2_refuse(stream, 431);
        return false;
    }
    if (!join_cookies(stream)) {
        stream->refused = true;
        weir_http2_reset(stream, NGHTTP2_INTERNAL_ERROR);
        return false;
    }
    settle_fields(stream);
    if (!is_for_one(stream) || !is_target(stream)) {
        stream->refused = true;
        weir_http_count(&stream->connection->config, WEIR_HTTP_REFUSED);
        weir_http2_reset(stream, NGHTTP2_PROTOCOL_ERROR);
        return false;
    }
    settle_request(stream, ends);
    stream->expects = !ends && waits_for_100(stream);
    weir_http_count(&stream->connection->config, WEIR_HTTP_REQUESTS);
    return true;
}

void weir_http2_refuse(struct weir_http2_stream *stream, unsigned status)
{
    static const char digits[] = "431";
    nghttp2_nv field = {(uint8_t *)(uintptr_t) ":status", (uint8_t *)(uintptr_t)digits, 7, 3,
                        NGHTTP2_NV_FLAG_NONE};
    (void)status;
    struct weir_http2 *self = stream->connection;
    weir_http2_note(self, nghttp2_submit_response(self->session, stream->id, &field, 1, NULL));
}

/* ---- behind the body ---- */

/* Those that frame, or say whom it is for. */
static bool is_left_out(const uint8_t *name, size_t n)
{
    static const char *const names[] = {
        "content-length", "host", "transfer-encoding", "connection", "te", "trailer", "upgrade"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_name(name, n, names[i]))
            return true;
    return false;
}

/* One allocation: the fields as they came, one string after the other. They are made into a list
 * when the body has ended. */
int weir_http2_trailer(struct weir_http2_stream *stream, const uint8_t *name, size_t name_n,
                       const uint8_t *value, size_t value_n)
{
    size_t more = name_n + value_n + 2;
    if (is_left_out(name, name_n) || !stream->reads)
        return 0;
    if (stream->trailers_n + more > WEIR_HTTP2_TRAILERS)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (stream->trailers_n + more > stream->trailers_room) {
        void *larger = http2_exchange_grow(stream->trailers, NULL, 1, stream->trailers_n,
                                           &stream->trailers_room, stream->trailers_n + more);
        if (!larger)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        stream->trailers = larger;
    }
    char *to = stream->trailers + stream->trailers_n;
    memcpy(to, name, name_n);
    to[name_n] = 0;
    memcpy(to + name_n + 1, value, value_n);
    to[more - 1] = 0;
    stream->trailers_n += (uint32_t)more;
    return 0;
}

/* ---- the queue of those that nobody has yet ---- */

void weir_http2_queue(struct weir_http2_stream *stream)
{
    struct weir_http2 *self = stream->connection;
    stream->fresh_at = self->fresh_end;
    *self->fresh_end = stream;
    self->fresh_end = &stream->fresh_next;
    weir_http2_wake(&self->incoming);
}

void weir_http2_unqueue(struct weir_http2_stream *stream)
{
    if (!stream->fresh_at)
        return;
    *stream->fresh_at = stream->fresh_next;
    if (stream->fresh_next)
        stream->fresh_next->fresh_at = stream->fresh_at;
    else
        stream->connection->fresh_end = stream->fresh_at;
    stream->fresh_next = NULL;
    stream->fresh_at = NULL;
}

/* ---- making and releasing ---- */

const char *weir_http2_peer(const struct weir_http2 *self)
{
    return self->over ? NULL : weir_peer_address(self->io.reader);
}

static const char *http2_exchange_peer(const weir_exchange *x)
{
    return weir_http2_peer(weir_http2_of(x)->connection);
}

/* A stream is no connection: the body and the answer of a CONNECT are what a tunnel is made of. */
static weir_duplex upgrade(weir_exchange *x, const char *protocol)
{
    static const char text[] = "a stream of HTTP/2 cannot be switched to another protocol%s%s";
    static const char cure[] = "weir_exchange_body() and weir_respond() of a CONNECT";
    const char *to = protocol ? ": HTTP/1.1 can" : "";
    weir_http2_drop(x);
    return (weir_duplex){weir_reader_refused(WEIR_E_ARGUMENT, cure, text, to, "", 0),
                         weir_writer_refused(WEIR_E_ARGUMENT, cure, text, to, "", 0)};
}

static const struct weir_exchange_ops exchange_ops = {.body = weir_http2_body,
                                                      .poll_answer = weir_http2_poll_answer,
                                                      .respond = weir_http2_respond,
                                                      .upgrade = upgrade,
                                                      .go_on = weir_http2_go_on_100,
                                                      .peer = http2_exchange_peer,
                                                      .drop = weir_http2_drop,
                                                      .name = "http/2"};

struct weir_http2_stream *weir_http2_stream_new(struct weir_http2 *self, int32_t id)
{
    struct weir_http2_stream *stream = weir_pool_allocate(sizeof *stream);
    if (!stream)
        return NULL;
    memset(stream, 0, offsetof(struct weir_http2_stream, text_here));
    stream->exchange.ops = &exchange_ops;
    stream->exchange.config = &self->config;
    stream->connection = self;
    stream->id = id;
    stream->reads = true;
    stream->text = stream->text_here;
    stream->text_room = sizeof stream->text_here;
    stream->text[0] = 0;
    stream->text_n = 1;
    stream->fields = stream->fields_here;
    stream->fields_room = WEIR_HTTP2_FIELDS;
    stream->next = self->streams;
    stream->at = &self->streams;
    if (stream->next)
        stream->next->at = &stream->next;
    self->streams = stream;
    self->open_n++;
    return stream;
}

static void http2_exchange_count(const struct weir_http2_stream *stream)
{
    bool asked = stream->whole && !stream->refused;
    if (asked)
        weir_http_count(&stream->connection->config,
                        stream->sent_out ? WEIR_HTTP_ANSWERED : WEIR_HTTP_UNANSWERED);
}

void weir_http2_stream_free(struct weir_http2_stream *stream)
{
    http2_exchange_count(stream);
    *stream->at = stream->next;
    if (stream->next)
        stream->next->at = stream->at;
    weir_http2_unqueue(stream);
    weir_http2_forget_out(stream);
    weir_http2_pass_over(stream);
    if (stream->text != stream->text_here)
        weir_release(stream->text, stream->text_room);
    if (stream->fields != stream->fields_here)
        weir_release(stream->fields, stream->fields_room * sizeof *stream->fields);
    weir_release(stream->trailers, stream->trailers_room);
    weir_release(stream->trailer_list, stream->exchange.trailers_n * sizeof(weir_header));
    weir_pool_release(stream, sizeof *stream);
}
#endif
