/* The head of an answer: waited for, taken apart, kept. */

#include <string.h>

#include "http/client.h"
#include "http/exchange.h"
#include "weir/alloc.h"

/* ---- kept ---- */

static size_t texts_size(const struct weir_http_head *head)
{
    size_t n = (size_t)head->reason.n + 1;
    for (uint32_t i = 0; i < head->n; i++)
        n += (size_t)head->fields[i].name.n + head->fields[i].value.n + 2;
    return n;
}

/* Fields and texts in one block. */
static bool client_head_keep(weir_reply *self, const unsigned char *bytes,
                             const struct weir_http_head *head)
{
    size_t fields_size = head->n * sizeof(weir_header);
    self->block_size = fields_size + texts_size(head);
    self->block = weir_allocate(self->block_size);
    if (!self->block)
        return false;
    weir_header *fields = (weir_header *)(void *)self->block;
    char *reason =
        weir_http_copy_fields(self->block + fields_size, bytes, head->fields, head->n, fields);
    memcpy(reason, bytes + head->reason.at, head->reason.n);
    reason[head->reason.n] = 0;
    self->headers = fields;
    self->headers_n = head->n;
    self->reason = reason;
    return true;
}

/* ---- one head that is there ---- */

static weir_poll fail_bad(const weir_reply *self, weir_cx *cx, const struct weir_http_head *head)
{
    bool limit = head->answer == 431 || head->answer == 414;
    if (!limit) {
        weir_http_fail(self, cx, WEIR_E_CORRUPT, "the answer is no HTTP: %s", head->fact);
    } else {
        weir_http_fail(self, cx, WEIR_E_LIMIT,
                       "the answer's head: %s (at most %u bytes and %u fields are taken)",
                       head->fact, self->options.head_bytes_max, self->options.headers_max);
        cx->error.cure = "options.head_bytes_max, options.headers_max";
    }
    cx->error.byte = head->byte;
    return (weir_poll){0, WEIR_ERROR};
}

static void begin_body(weir_reply *self, const struct weir_http_meaning *meaning)
{
    weir_http_framed_begin(&self->body, self->link->io.reader, meaning);
    /* One that changed to another protocol is nobody's who speaks this one. */
    self->keep = meaning->keep && !meaning->upgrade && meaning->framing != WEIR_HTTP_TO_THE_END;
    self->length = meaning->framing == WEIR_HTTP_NO_BODY  ? 0
                   : meaning->framing == WEIR_HTTP_LENGTH ? meaning->length
                                                          : WEIR_LENGTH_UNKNOWN;
}

static weir_poll take_final(weir_reply *self, weir_cx *cx, const unsigned char *bytes,
                            struct weir_http_head *head)
{
    struct weir_http_meaning meaning = {0};
    bool to_head = !strcmp(self->ask.method, "HEAD");
    if (weir_http_response_rules(bytes, head, to_head, false, &meaning) != WEIR_HTTP_DONE)
        return fail_bad(self, cx, head);
    if (!client_head_keep(self, bytes, head))
        return weir_http_fail(self, cx, WEIR_E_MEMORY, "no memory for an answer's head");
    self->status = head->status;
    self->version = head->version;
    begin_body(self, &meaning);
    weir_consume(self->link->io.reader, head->bytes);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll fail_switch(const weir_reply *self, weir_cx *cx)
{
    return weir_http_fail(self, cx, WEIR_E_CORRUPT,
                          "the peer changes to another protocol, which nobody asked for");
}

/* READY with n 1: an interim one was passed over. */
static weir_poll client_head_take(weir_reply *self, weir_cx *cx, const unsigned char *bytes,
                                  struct weir_http_head *head)
{
    self->seen = 0;
    if (head->status >= 200 || (head->status == 101 && self->ask.upgrade))
        return take_final(self, cx, bytes, head);
    if (head->status == 101)
        return fail_switch(self, cx);
    if (head->status < 100)
        return weir_http_fail(self, cx, WEIR_E_CORRUPT, "a status of %u", head->status);
    if (++self->interim > WEIR_HTTP_INTERIM_MAX)
        return weir_http_fail(self, cx, WEIR_E_LIMIT, "more than %u interim answers",
                              (unsigned)WEIR_HTTP_INTERIM_MAX);
    if (head->status == 100)
        self->send.waits = false;
    weir_consume(self->link->io.reader, head->bytes);
    return (weir_poll){1, WEIR_READY};
}

/* PENDING without a waker: more has to come. */
static weir_poll client_head_look(weir_reply *self, weir_cx *cx)
{
    size_t n, size = self->options.headers_max * sizeof(struct weir_http_field);
    const unsigned char *bytes = weir_peek(self->link->io.reader, &n);
    struct weir_http_limits limits = {.head_bytes = self->options.head_bytes_max,
                                      .line_bytes = self->options.head_bytes_max,
                                      .fields = self->options.headers_max};
    struct weir_http_head head = {.fields = weir_allocate(size)};
    if (!head.fields)
        return weir_http_fail(self, cx, WEIR_E_MEMORY, "no memory for an answer's head");
    enum weir_http_verdict verdict = weir_http_response_head(bytes, n, self->seen, &limits, &head);
    weir_poll got = {0, WEIR_PENDING};
    if (verdict == WEIR_HTTP_BAD)
        got = fail_bad(self, cx, &head);
    else if (verdict == WEIR_HTTP_DONE)
        got = client_head_take(self, cx, bytes, &head);
    else
        self->seen = n;
    weir_release(head.fields, size);
    return got;
}

/* ---- waiting for one ---- */

static size_t client_head_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static weir_poll fail_end(const weir_reply *self, weir_cx *cx)
{
    size_t n = client_head_in_hand(self->link->io.reader);
    if (self->link->io.reader->stage.cut)
        return weir_http_fail(self, cx, WEIR_E_STOPPED,
                              "the runtime was stopped before the answer was there");
    return weir_http_fail(self, cx, WEIR_E_TRUNCATED,
                          "the connection ended in the answer's head, after %zu bytes", n);
}

weir_poll weir_http_head_poll(weir_reply *self, weir_cx *cx, bool *broke)
{
    weir_reader *reader = self->link->io.reader;
    *broke = false;
    for (;;) {
        weir_poll got = weir_poll_fill(reader, cx, self->seen + 1);
        bool none = !client_head_in_hand(reader) && !self->interim;
        *broke = got.state == WEIR_ERROR;
        if (got.state == WEIR_PENDING)
            return got;
        if (got.state == WEIR_ERROR)
            return none ? (weir_poll){0, WEIR_END} : weir_http_place(self, cx);
        if (got.state == WEIR_END && (!none || reader->stage.cut))
            return fail_end(self, cx);
        if (got.state == WEIR_END)
            return got;
        got = client_head_look(self, cx);
        if (got.state == WEIR_ERROR || (got.state == WEIR_READY && !got.n))
            return got;
    }
}
