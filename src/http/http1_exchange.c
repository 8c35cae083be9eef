/* The exchange of a connection of HTTP/1.x that is out: what was said in the head, as
 * strings, in one allocation; and the parts that are handed out of it. */

#include <string.h>

#include "http/http1.h"
#include "weir/net.h"

/* ---- the request ---- */

static char *http1_exchange_copy(char **text, const unsigned char *bytes,
                                 struct weir_http_span span)
{
    char *at = *text;
    memcpy(at, bytes + span.at, span.n);
    at[span.n] = 0;
    *text = at + span.n + 1;
    return at;
}

/* An absolute target may have none, or only a query: it is of the root. */
static bool lacks_slash(const unsigned char *bytes, const struct weir_http_meaning *meaning)
{
    unsigned char first = meaning->path.n ? bytes[meaning->path.at] : '?';
    return !meaning->connect && first != '/' && first != '*';
}

static const char *put_path(char **text, const char *target, const unsigned char *bytes,
                            const struct weir_http_head *head,
                            const struct weir_http_meaning *meaning)
{
    if (meaning->connect)
        return "";
    if (!lacks_slash(bytes, meaning))
        return target + (meaning->path.at - head->target.at);
    char *at = *text;
    *(*text)++ = '/';
    http1_exchange_copy(text, bytes, meaning->path);
    return at;
}

static void take_request(weir_exchange *x, char *text, const unsigned char *bytes,
                         const struct weir_http_head *head, const struct weir_http_meaning *meaning)
{
    weir_header *fields = (weir_header *)(void *)text;
    text += head->n * sizeof *fields;
    const char *method = http1_exchange_copy(&text, bytes, head->method);
    const char *target = http1_exchange_copy(&text, bytes, head->target);
    x->request = (weir_request){
        .size = sizeof x->request,
        .version = head->version,
        .secure = x->config->secure,
        .method = method,
        .target = target,
        .path = put_path(&text, target, bytes, head, meaning),
        .host = http1_exchange_copy(&text, bytes, meaning->host),
        .length = meaning->framing == WEIR_HTTP_CHUNKED ? WEIR_LENGTH_UNKNOWN : meaning->length,
        .headers_n = head->n};
    weir_http_copy_fields(text, bytes, head->fields, head->n, fields);
    x->fields = fields;
}

/* ---- its parts ---- */

static void http1_exchange_leave(weir_exchange *x)
{
    weir_http1_let_go(weir_http1_of(x));
}

static bool http1_exchange_go_on(weir_exchange *x)
{
    struct weir_http1 *conn = weir_http1_of(x)->conn;
    if (!conn->asked || conn->answer != WEIR_HTTP1_SILENT)
        return false;
    conn->interim = true;
    weir_waker_slot_wake(&conn->next);
    return true;
}

static const char *http1_exchange_peer(const weir_exchange *x)
{
    const struct weir_http1 *conn = WEIR_CONTAINER(x, struct weir_http1_exchange, x)->conn;
    return conn->io.reader ? weir_peer_address(conn->io.reader) : NULL;
}

static const struct weir_exchange_ops http1_ops = {.body = weir_http1_body,
                                                   .poll_answer = weir_http1_poll_answer,
                                                   .respond = weir_http1_respond,
                                                   .upgrade = weir_http1_upgrade,
                                                   .go_on = http1_exchange_go_on,
                                                   .peer = http1_exchange_peer,
                                                   .drop = http1_exchange_leave,
                                                   .name = "http/1.1"};

static size_t http1_exchange_text_bytes(const struct weir_http_head *head)
{
    return head->bytes + 2 * (size_t)head->n + 4 + head->n * sizeof(weir_header);
}

weir_exchange *weir_http1_exchange_new(struct weir_http1 *conn, const unsigned char *bytes,
                                       const struct weir_http_head *head,
                                       const struct weir_http_meaning *meaning)
{
    size_t size =
        sizeof(struct weir_http1_exchange) + http1_exchange_text_bytes(head) + meaning->host.n;
    if (lacks_slash(bytes, meaning))
        size += (size_t)meaning->path.n + 2;
    struct weir_http1_exchange *self = weir_pool_allocate(size);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->x.ops = &http1_ops;
    self->x.config = &conn->config;
    self->conn = conn;
    self->size = (uint32_t)size;
    self->parts = 1;
    self->writing.ns = conn->config.options.write_ns;
    take_request(&self->x, (char *)(self + 1), bytes, head, meaning);
    conn->parts++;
    return &self->x;
}

void weir_http1_let_go(struct weir_http1_exchange *self)
{
    struct weir_http1 *conn = self->conn;
    if (--self->parts)
        return;
    weir_timer_stop(&self->reading);
    weir_timer_stop(&self->writing.timer);
    weir_pool_release(self, self->size);
    weir_http1_settle(conn);
}

static void release_part(void *room)
{
    struct weir_http1_part *part = WEIR_CONTAINER(room, struct weir_http1_part, room);
    struct weir_http1_exchange *exchange = part->exchange;
    weir_pool_release(part, sizeof *part);
    weir_http1_let_go(exchange);
}

weir_arena *weir_http1_part_new(struct weir_http1_exchange *self)
{
    struct weir_http1_part *part = weir_pool_allocate(sizeof *part);
    if (!part)
        return NULL;
    part->exchange = self;
    self->parts++;
    return weir_arena_at(part->room, sizeof part->room, release_part);
}
