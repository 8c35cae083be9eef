#include "http1_said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/body.h"

enum { FIELDS = 100 };

/* The usual ones, and small ones. */
static const struct weir_http_limits head_limits[] = {{32 << 10, 8 << 10, FIELDS}, {150, 50, 4}};
static const struct weir_http_limits trailer_limits[] = {
    {WEIR_HTTP_TRAILERS_BYTES, 8 << 10, FIELDS}, {40, 20, 2}};

struct connection {
    struct http1_said *said;
    struct http1_kind kind;
    const unsigned char *bytes;
    size_t at, upto; /* consumed, there */
    size_t seen;     /* of the head that is being read */
    bool in_body, done;
    struct weir_http_body body;
    struct weir_http_meaning meaning;
    struct weir_http_field fields[FIELDS];
    struct weir_http_head head;
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "HTTP/1.x: %s\n", what);
    abort();
}

/* ---- text ---- */

static void add(struct http1_said *out, const void *bytes, size_t n)
{
    if (n > HTTP1_SAID_BYTES - out->n)
        n = HTTP1_SAID_BYTES - out->n;
    if (n)
        memcpy(out->text + out->n, bytes, n);
    out->n += n;
}

static void add_text(struct http1_said *out, const char *text)
{
    add(out, text, strlen(text));
}

static void add_span(struct connection *self, const unsigned char *bytes,
                     struct weir_http_span span, const char *behind)
{
    must(span.n <= self->upto - self->at && span.at <= self->upto - self->at - span.n,
         "a piece of a head stands outside of it");
    add(self->said, bytes + span.at, span.n);
    add_text(self->said, behind);
}

static void add_fields(struct connection *self, const unsigned char *bytes)
{
    for (uint32_t i = 0; i < self->head.n; i++) {
        add_text(self->said, "\n");
        add_span(self, bytes, self->head.fields[i].name, ": ");
        add_span(self, bytes, self->head.fields[i].value, "");
    }
}

/* However it is written: lines that end as lines do, and nothing that ends one for others. */
static void check_lines(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        must(bytes[i] != 0, "a NUL in a head");
        must(bytes[i] != '\n' || (i && bytes[i - 1] == '\r'), "an LF by itself in a head");
        must(bytes[i] != '\r' || (i + 1 < n && bytes[i + 1] == '\n'), "a CR by itself in a head");
    }
    must(n >= 4 && !memcmp(bytes + n - 4, "\r\n\r\n", 4), "a head without its end");
}

static void add_head(struct connection *self, const unsigned char *bytes)
{
    const struct weir_http_head *head = &self->head;
    check_lines(bytes, head->bytes);
    const char *version = head->version == 11 ? " 1.1" : " 1.0";
    if (head->response) {
        char status[20];
        snprintf(status, sizeof status, "%u ", head->status);
        add_text(self->said, status);
        add_span(self, bytes, head->reason, version);
    } else {
        add_span(self, bytes, head->method, " ");
        add_span(self, bytes, head->target, version);
    }
    add_fields(self, bytes);
    add_text(self->said, "\n\n");
}

/* ---- steps: false: more has to come, or it is over ---- */

static bool finish(struct connection *self, enum http1_verdict verdict)
{
    self->said->verdict = verdict;
    self->done = true;
    return false;
}

static bool refuse(struct connection *self, unsigned answer, size_t byte, const char *fact)
{
    must(byte < self->upto - self->at, "the byte that is wrong is not there");
    must(fact && answer >= 400, "a refusal has no fact, or no status");
    self->said->answer = answer;
    self->said->byte = self->at + byte;
    self->said->fact = fact;
    return finish(self, HTTP1_REFUSED);
}

static bool finish_message(struct connection *self)
{
    bool over = self->meaning.upgrade || !self->meaning.keep;
    add_text(self->said, self->meaning.upgrade ? "\nupgrade\n" : over ? "\nclose\n" : "\nkeep\n");
    self->said->whole = self->said->n;
    self->in_body = false;
    self->seen = 0;
    if (over)
        finish(self, self->meaning.upgrade ? HTTP1_UPGRADE : HTTP1_OK);
    return !over;
}

static bool read_head(struct connection *self, const unsigned char *bytes, size_t n)
{
    bool response = self->kind.responses;
    const struct weir_http_limits *limits = &head_limits[self->kind.small];
    struct weir_http_head *head = &self->head;
    head->fields = self->fields;
    enum weir_http_verdict got = response
                                     ? weir_http_response_head(bytes, n, self->seen, limits, head)
                                     : weir_http_request_head(bytes, n, self->seen, limits, head);
    self->seen = n;
    if (got == WEIR_HTTP_NEED) {
        must(n <= limits->head_bytes, "a head may be longer than its limit");
        return false;
    }
    if (got == WEIR_HTTP_DONE)
        got = response
                  ? weir_http_response_rules(bytes, head, false, false, &self->meaning)
                  : weir_http_request_rules(bytes, head, self->kind.host_wanted, &self->meaning);
    if (got == WEIR_HTTP_BAD)
        return refuse(self, head->answer, head->byte, head->fact);
    must(head->bytes <= n && head->bytes <= limits->head_bytes, "a head has no end");
    add_head(self, bytes);
    self->at += head->bytes;
    self->seen = 0;
    self->in_body = true;
    self->body =
        (struct weir_http_body){.framing = self->meaning.framing, .left = self->meaning.length};
    return true;
}

static bool read_trailers(struct connection *self, const unsigned char *bytes, size_t n)
{
    const struct weir_http_limits *limits = &trailer_limits[self->kind.small];
    enum weir_http_verdict got = weir_http_trailers(bytes, n, self->seen, limits, &self->head);
    self->seen = n;
    if (got == WEIR_HTTP_BAD)
        return refuse(self, self->head.answer, self->head.byte, self->head.fact);
    must(got == WEIR_HTTP_DONE || n <= limits->head_bytes,
         "trailers may be longer than their limit");
    if (got == WEIR_HTTP_NEED)
        return false;
    add_fields(self, bytes);
    self->at += self->head.bytes;
    self->body.ended = true;
    return true;
}

static bool read_body(struct connection *self, const unsigned char *bytes, size_t n)
{
    struct weir_http_step step = weir_http_body_step(&self->body, bytes, n);
    must(step.piece == WEIR_HTTP_BROKEN || (step.skip <= n && step.n <= n - step.skip),
         "a step goes further than its bytes");
    switch (step.piece) {
    case WEIR_HTTP_FRAME:
        must(step.n == n, "a frame was not looked at");
        self->at += step.n;
        return false;
    case WEIR_HTTP_DATA:
        must(step.n > 0, "data of no bytes");
        add(self->said, bytes + step.skip, step.n);
        self->at += step.skip + step.n;
        return true;
    case WEIR_HTTP_TRAILERS:
        self->at += step.skip;
        return read_trailers(self, bytes + step.skip, n - step.skip);
    case WEIR_HTTP_OVER:
        self->at += step.skip;
        return finish_message(self);
    case WEIR_HTTP_BROKEN:
        break;
    }
    return refuse(self, 400, step.byte, step.fact);
}

/* The bytes at the end of what may be read. */
static bool step(struct connection *self)
{
    size_t n = self->upto - self->at;
    unsigned char *copy = malloc(n + !n);
    must(copy != NULL, "no memory");
    memcpy(copy, self->bytes + self->at, n);
    bool more = self->in_body ? read_body(self, copy, n) : read_head(self, copy, n);
    free(copy);
    return more;
}

static void end(struct connection *self, size_t n)
{
    size_t left = n - self->at;
    bool between = !left || (left == 2 && !memcmp(self->bytes + self->at, "\r\n", 2));
    if (self->in_body && weir_http_body_may_end(&self->body))
        finish_message(self);
    else
        finish(self, !self->in_body && between ? HTTP1_OK : HTTP1_INCOMPLETE);
}

void http1_say(struct http1_said *out, struct http1_kind kind, const unsigned char *bytes, size_t n,
               size_t first, size_t each)
{
    static struct connection self;
    self = (struct connection){.said = out, .kind = kind, .bytes = bytes, .upto = first};
    out->n = out->whole = out->byte = out->answer = 0;
    out->fact = NULL;
    for (;;) {
        while (!self.done && step(&self))
            ;
        if (self.done || self.upto == n)
            break;
        self.upto = each < n - self.upto ? self.upto + each : n;
    }
    if (!self.done)
        end(&self, n);
}

bool http1_same(const struct http1_said *a, const struct http1_said *b)
{
    return a->verdict == b->verdict && a->answer == b->answer && a->byte == b->byte &&
           a->fact == b->fact && a->whole == b->whole && a->n == b->n &&
           !memcmp(a->text, b->text, a->n);
}
