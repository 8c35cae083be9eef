/* A reply as a user sees it, its beginning and its end. */

#include <string.h>

#include "core/stage.h"
#include "http/client.h"
#include "http/exchange.h"
#include "weir/alloc.h"

#define CONNECT_NS 30000000000ull
#define HEAD_NS 60000000000ull

enum {
    CLIENT_REPLY_HEAD_BYTES = 256 << 10,
    CLIENT_REPLY_HEADERS = 1000,
    HEADERS_MOST = UINT16_MAX
};

/* ---- the end ---- */

static void release_texts(weir_reply *self)
{
    weir_url_drop(&self->url);
    weir_http_ask_drop(&self->ask);
    weir_release(self->url_text, self->url_text_n);
    weir_release(self->block, self->block_size);
    weir_http_framed_fini(&self->body);
}

void weir_reply_release(weir_reply *self)
{
    if (--self->refs)
        return;
    weir_http_give_up_link(self);
    weir_http_sending_fini(&self->send);
    weir_timer_stop(&self->deadline);
    weir_timer_stop(&self->total);
    weir_tls_context_unref(self->way.tls);
    weir_tls_context_unref(self->options.tls);
    weir_http_client_unref(self->client);
    release_texts(self);
    weir_release(self, sizeof *self);
}

void weir_reply_drop(weir_reply *reply)
{
    if (reply)
        weir_reply_release(reply);
}

static void client_reply_drop_item(const weir_type *type, void *item)
{
    (void)type;
    weir_reply_drop(*(weir_reply **)item);
}

const weir_type weir_type_reply = {.name = "weir_reply *",
                                   .size = sizeof(weir_reply *),
                                   .align = _Alignof(weir_reply *),
                                   .detached = true,
                                   .bound = true,
                                   .drop = client_reply_drop_item};

/* ---- the beginning ---- */

static uint32_t client_reply_limit_of(uint32_t given, uint32_t usual, uint32_t most)
{
    return !given ? usual : given < most ? given : most;
}

static void client_reply_take_options(weir_reply *self, const weir_http_client_options *given)
{
    enum { FIRST = offsetof(weir_http_client_options, arg) + sizeof(void *) };
    weir_http_client_options *own = &self->options;
    weir_options_take(own, sizeof *own, given, FIRST);
    own->head_bytes_max = client_reply_limit_of(own->head_bytes_max, CLIENT_REPLY_HEAD_BYTES,
                                                WEIR_HTTP_CLIENT_HEAD_MAX);
    own->headers_max = client_reply_limit_of(own->headers_max, CLIENT_REPLY_HEADERS, HEADERS_MOST);
    own->connect_ns += own->connect_ns ? 0 : CONNECT_NS;
    own->head_ns += own->head_ns ? 0 : HEAD_NS;
    weir_tls_context_ref(own->tls);
    self->client = own->client ? weir_http_client_ref(own->client) : NULL;
}

/* Its texts stand in the block of the request. NULL: no memory. */
weir_reply *weir_reply_new(const weir_http_request_spec *request, bool has_body,
                           const weir_http_client_options *options)
{
    size_t n = strlen(request->url) + 1;
    weir_reply *self = weir_allocate(sizeof *self);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->refs = 1;
    client_reply_take_options(self, options);
    self->url_text_n = n;
    self->url_text = weir_allocate(n);
    if (!self->url_text || !weir_http_ask_copy(&self->ask, request, &self->options, has_body)) {
        weir_reply_drop(self);
        return NULL;
    }
    memcpy(self->url_text, request->url, n);
    self->options.headers = NULL; /* they were copied */
    self->send.chunked = has_body && self->ask.length == WEIR_LENGTH_UNKNOWN;
    self->send.left = self->ask.length;
    return self;
}

/* ---- what it says ---- */

unsigned weir_reply_status(const weir_reply *reply)
{
    return reply->status;
}

unsigned weir_reply_version(const weir_reply *reply)
{
    return reply->version;
}

const char *weir_reply_reason(const weir_reply *reply)
{
    return reply->reason;
}

const char *weir_reply_url(const weir_reply *reply)
{
    return reply->url.whole;
}

uint64_t weir_reply_length(const weir_reply *reply)
{
    return reply->length;
}

size_t weir_reply_headers_n(const weir_reply *reply)
{
    return reply->headers_n;
}

weir_header weir_reply_header_at(const weir_reply *reply, size_t i)
{
    return reply->headers[i];
}

const char *weir_reply_header(const weir_reply *reply, const char *name)
{
    return weir_http_find(reply->headers, reply->headers_n, name);
}

const char *weir_reply_trailer(const weir_reply *reply, const char *name)
{
    return weir_http_find(reply->body.trailers, reply->body.trailers_n, name);
}

/* ---- what is handed on ---- */

weir_reader *weir_reply_body(weir_reply *reply)
{
    if (reply->body_taken)
        return weir_reader_refused(WEIR_E_ARGUMENT, "keep the reader of the first call",
                                   "the body of a reply is read once", NULL, NULL, 0);
    reply->body_taken = true;
    return weir_http_body_reader(reply);
}

weir_duplex weir_reply_upgrade(weir_reply *reply)
{
    static const char text[] = "the peer did not change to another protocol (status %zu)";
    weir_duplex out;
    if (reply->status != 101 || !reply->link || reply->body_taken) {
        size_t status = reply->status;
        weir_reply_drop(reply);
        return (weir_duplex){weir_reader_refused(WEIR_E_ARGUMENT, NULL, text, NULL, NULL, status),
                             weir_writer_refused(WEIR_E_ARGUMENT, NULL, text, NULL, NULL, status)};
    }
    out = reply->link->io;
    weir_http_link_free(reply->link);
    reply->link = NULL;
    weir_http_seat_leave(&reply->seat);
    weir_reply_drop(reply);
    return out;
}
