/* The reader of a request's body on HTTP/1.x. */

#include "http/http1.h"

#define HTTP1_BODY_NS_PER_S 1000000000ull

struct http1_body {
    weir_reader reader;
    struct weir_http1_exchange *exchange;
};

static struct weir_http1_exchange *exchange_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct http1_body, reader)->exchange;
}

/* A body may be slow for so long, and then has to have come at a rate: each byte buys time. What
 * its reader does with its own time is not counted. */
static uint64_t http1_body_due_ns(const struct weir_http1_exchange *self)
{
    const weir_http_options *options = &self->x.config->options;
    uint64_t bytes = self->conn->body.n, rate = options->body_rate_min;
    uint64_t may_ns =
        bytes / rate * HTTP1_BODY_NS_PER_S + bytes % rate * HTTP1_BODY_NS_PER_S / rate;
    may_ns = weir_after_ns(may_ns, options->body_ns);
    may_ns -= self->body_waited_ns < may_ns ? self->body_waited_ns : may_ns;
    return weir_after_ns(self->body_since_ns, may_ns);
}

/* True: it was waited for too long. */
static bool wait_or_not(struct weir_http1_exchange *self, weir_cx *cx, bool waits)
{
    if (self->body_waits && !waits)
        self->body_waited_ns += cx->now_ns - self->body_since_ns;
    if (waits && !self->body_waits)
        self->body_since_ns = cx->now_ns;
    self->body_waits = waits;
    return waits && weir_http_is_past(cx, &self->reading, http1_body_due_ns(self));
}

static weir_poll http1_body_fail_late(const weir_reader *reader, weir_cx *cx)
{
    const struct weir_http1_exchange *self = exchange_of(reader);
    return weir_fail_at(
        cx, reader, WEIR_E_TIMEOUT, "the body is slower than %u bytes a second (%llu bytes so far)",
        self->x.config->options.body_rate_min, (unsigned long long)self->conn->body.n);
}

/* What the client did wrong is what it is answered with, where the handler says nothing. */
static uint16_t http1_body_status_of(weir_code code)
{
    switch (code) {
    case WEIR_E_TIMEOUT:
        return 408;
    case WEIR_E_LIMIT:
        return 413;
    case WEIR_E_MEMORY:
        return 503;
    default:
        return 400;
    }
}

static weir_poll ask_for_it(struct weir_http1_exchange *self, weir_cx *cx)
{
    struct weir_http1 *conn = self->conn;
    if (conn->asked && conn->answer == WEIR_HTTP1_SILENT)
        conn->speaks = true;
    return conn->asked ? weir_http1_timed(self, cx, weir_http1_poll_interim(conn, cx))
                       : (weir_poll){0, WEIR_READY};
}

static weir_poll http1_body_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_http1_exchange *self = exchange_of(reader);
    struct weir_http1 *conn = self->conn;
    weir_poll got = ask_for_it(self, cx);
    if (got.state != WEIR_READY)
        return got;
    got = weir_http_framed_fill(&conn->body, reader, cx, min);
    if (wait_or_not(self, cx, got.state == WEIR_PENDING))
        got = http1_body_fail_late(reader, cx);
    if (got.state == WEIR_ERROR) {
        conn->keep = false;
        conn->fault = http1_body_status_of(cx->error.code);
    }
    self->x.trailers = conn->body.trailers;
    self->x.trailers_n = conn->body.trailers_n;
    return got;
}

static weir_poll http1_body_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    bool outer = weir_http_drain(cx);
    weir_poll got = http1_body_fill(reader, cx, min);
    cx->draining = outer;
    return got;
}

static void http1_body_fini(weir_reader *reader)
{
    struct weir_http1_exchange *self = exchange_of(reader);
    if (!self->conn->handed_over)
        weir_http_framed_leave(&self->conn->body, reader);
    weir_timer_stop(&self->reading);
}

static weir_hint http1_body_size_hint(const weir_reader *reader)
{
    const struct weir_http_body *body = &exchange_of(reader)->conn->body.body;
    if (body->framing != WEIR_HTTP_LENGTH)
        return (weir_hint){0, body->ended ? 0 : WEIR_HINT_UNKNOWN};
    return (weir_hint){(size_t)body->left, (size_t)body->left};
}

static bool http1_body_reserve(weir_reader *reader, size_t bytes)
{
    struct weir_http1 *conn = exchange_of(reader)->conn;
    return conn->io.reader && weir_reader_reserve(conn->io.reader, bytes);
}

static const char *http1_body_place(const weir_reader *reader, uint64_t *byte)
{
    const struct weir_http1 *conn = exchange_of(reader)->conn;
    const weir_reader *io = conn->io.reader;
    (void)byte;
    return io && io->ops->place ? io->ops->place(io, NULL) : NULL;
}

/* What one chunk has stands in the connection's block; what was put together of several does not.
 */
static size_t http1_body_memory_max(const weir_reader *reader)
{
    const struct weir_http_body *body = &exchange_of(reader)->conn->body.body;
    return body->framing == WEIR_HTTP_CHUNKED ? weir_reader_room_max(reader, WEIR_HTTP_COPY_BYTES)
                                              : 0;
}

static const weir_reader_ops http1_body_ops = {.size = sizeof http1_body_ops,
                                               .name = "http body",
                                               .poll_fill = http1_body_poll_fill,
                                               .fini = http1_body_fini,
                                               .size_hint = http1_body_size_hint,
                                               .reserve = http1_body_reserve,
                                               .place = http1_body_place,
                                               .memory_max = http1_body_memory_max};

weir_reader *weir_http1_body(weir_exchange *x)
{
    struct weir_http1_exchange *self = weir_http1_of(x);
    weir_arena *arena = weir_http1_part_new(self);
    if (!arena)
        return weir_reader_refused(WEIR_E_MEMORY, NULL, "no memory to read a request's body", NULL,
                                   NULL, 0);
    weir_reader *reader = weir_reader_in(arena, sizeof(struct http1_body), &http1_body_ops);
    WEIR_CONTAINER(reader, struct http1_body, reader)->exchange = self;
    reader->stage.remote = true;
    return reader;
}
