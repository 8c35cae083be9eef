/* A reply as a user sees it, and its end. */

#include "http/client.h"
#include "http/exchange.h"
#include "weir/alloc.h"

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

static void drop_item(const weir_type *type, void *item)
{
    (void)type;
    weir_reply_drop(*(weir_reply **)item);
}

const weir_type weir_type_reply = {.name = "weir_reply *",
                                   .size = sizeof(weir_reply *),
                                   .align = _Alignof(weir_reply *),
                                   .detached = true,
                                   .bound = true,
                                   .drop = drop_item};

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
