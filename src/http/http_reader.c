/* http_reader: what stands at a URL, as a source of bytes. */

#include "bytes/lent.h"
#include "http/client.h"

struct http_reader {
    weir_reader reader;
    weir_stream *asking; /* NULL: the body is there */
    weir_reader *body;
};

static struct http_reader *http_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct http_reader, reader);
}

static weir_poll http_reader_fail_status(const weir_reply *reply, weir_cx *cx)
{
    unsigned status = weir_reply_status(reply);
    const char *reason = weir_reply_reason(reply);
    weir_http_fail(reply, cx, WEIR_E_USER, "the peer answered %u %s", status,
                   *reason ? reason : weir_http_reason(status));
    cx->error.number = status;
    if (status < 400 && weir_reply_header(reply, "location"))
        cx->error.cure = "options.redirects_max, or the URL that it leads to";
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll http_reader_take(struct http_reader *self, weir_cx *cx, weir_reply *reply)
{
    weir_drop(self->asking);
    self->asking = NULL;
    self->body = weir_reply_body(reply);
    weir_poll got = {0, WEIR_READY};
    if (weir_reply_status(reply) >= 300)
        got = http_reader_fail_status(reply, cx);
    else if (!weir_reader_reserve(self->body, self->reader.reserve))
        got = weir_http_fail(reply, cx, WEIR_E_MEMORY, "no memory to read (%u bytes)",
                             self->reader.reserve);
    weir_reply_drop(reply);
    return got;
}

static weir_poll http_reader_ask(struct http_reader *self, weir_cx *cx)
{
    weir_reply *reply;
    weir_poll got = weir_poll_next(self->asking, cx, &reply, 1);
    return got.n ? http_reader_take(self, cx, reply) : got;
}

static weir_poll http_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct http_reader *self = http_of(reader);
    if (self->asking) {
        weir_poll got = http_reader_ask(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    weir_reader_lend(reader, self->body);
    weir_poll got = weir_poll_fill(self->body, cx, min);
    weir_reader_lend(reader, self->body);
    return got;
}

static void http_fini(weir_reader *reader)
{
    weir_drop(http_of(reader)->asking);
    weir_drop(http_of(reader)->body);
}

static weir_hint http_size_hint(const weir_reader *reader)
{
    const weir_reader *body = http_of(reader)->body;
    return body ? weir_lent_hint_of(reader, body) : (weir_hint){0, WEIR_HINT_UNKNOWN};
}

static bool http_reserve(weir_reader *reader, size_t bytes)
{
    weir_reader *body = http_of(reader)->body;
    return !body || weir_reader_reserve(body, bytes);
}

static weir_stage *http_input(const weir_reader *reader, size_t i)
{
    const struct http_reader *self = http_of(reader);
    if (i)
        return NULL;
    return self->asking ? &self->asking->stage : self->body ? &self->body->stage : NULL;
}

static const char *http_place(const weir_reader *reader, uint64_t *byte)
{
    const weir_reader *body = http_of(reader)->body;
    return body && body->ops->place ? body->ops->place(body, byte) : NULL;
}

/* A body lends, but for what it tells itself. */
static size_t http_memory_max(const weir_reader *reader)
{
    (void)reader;
    return 0;
}

static const weir_reader_ops http_ops = {.size = sizeof http_ops,
                                         .name = "http_reader",
                                         .poll_fill = http_poll_fill,
                                         .fini = http_fini,
                                         .size_hint = http_size_hint,
                                         .reserve = http_reserve,
                                         .place = http_place,
                                         .input = http_input,
                                         .memory_max = http_memory_max};

weir_reader *weir_http_reader(const char *url, const weir_http_client_options *options)
{
    weir_reader *reader = weir_reader_new(sizeof(struct http_reader), &http_ops);
    weir_stream *asking = weir_http_get(url, options);
    if (weir_stage_failed(&reader->stage)) {
        weir_drop(asking);
        return reader;
    }
    http_of(reader)->asking = asking;
    reader->stage.remote = true;
    return weir_reader_with(reader, &asking->stage);
}
