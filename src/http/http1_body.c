/* The reader of a request's body on HTTP/1.x. */

#include "http/http1.h"

struct http1_body {
    weir_reader reader;
    struct weir_http1_exchange *exchange;
};

static struct weir_http1_exchange *exchange_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct http1_body, reader)->exchange;
}

/* A body may be slow for so long, and then has to have come at a rate: each byte buys time. */
static uint64_t due_ns(const struct weir_http1_exchange *self)
{
    const weir_http_options *options = &self->x.config->options;
    uint64_t bought_ns = self->conn->body.n * 1000000000ull / options->body_rate_min;
    return weir_after_ns(weir_after_ns(self->body_since_ns, options->body_ns), bought_ns);
}

static bool is_late(struct weir_http1_exchange *self, weir_cx *cx)
{
    if (!cx->timers)
        return false;
    uint64_t due = due_ns(self);
    for (;;) {
        weir_timer *timer = &self->reading.timer;
        if (!timer->timers || timer->fired)
            weir_timer_set(timer, due);
        if (weir_timer_poll(cx, timer).state == WEIR_PENDING)
            return false;
        if (weir_clock_now_ns(cx) >= due)
            return true;
    }
}

static weir_poll fail_late(const weir_reader *reader, weir_cx *cx)
{
    const struct weir_http1_exchange *self = exchange_of(reader);
    return weir_fail_at(
        cx, reader, WEIR_E_TIMEOUT, "the body is slower than %u bytes a second (%llu bytes so far)",
        self->x.config->options.body_rate_min, (unsigned long long)self->conn->body.n);
}

static weir_poll fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_http1_exchange *self = exchange_of(reader);
    struct weir_http1 *conn = self->conn;
    if (conn->handed_over)
        return weir_fail(cx, WEIR_E_CLOSED, "the connection was handed over to another protocol");
    if (conn->asked) {
        weir_poll sent = weir_http1_poll_interim(conn, cx);
        if (sent.state != WEIR_READY)
            return sent;
    }
    if (!self->body_since_ns)
        self->body_since_ns = cx->now_ns;
    weir_poll got = weir_http_framed_fill(&conn->body, reader, cx, min);
    if (got.state == WEIR_PENDING && is_late(self, cx))
        got = fail_late(reader, cx);
    if (got.state == WEIR_ERROR)
        conn->keep = false;
    self->x.trailers = conn->body.trailers;
    self->x.trailers_n = conn->body.trailers_n;
    return got;
}

static weir_poll body_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    bool outer = weir_http_drain(cx);
    weir_poll got = fill(reader, cx, min);
    cx->draining = outer;
    return got;
}

static void body_fini(weir_reader *reader)
{
    struct weir_http1_exchange *self = exchange_of(reader);
    if (!self->conn->handed_over)
        weir_http_framed_leave(&self->conn->body, reader);
    weir_timer_stop(&self->reading.timer);
}

static weir_hint body_size_hint(const weir_reader *reader)
{
    const struct weir_http_body *body = &exchange_of(reader)->conn->body.body;
    if (body->framing != WEIR_HTTP_LENGTH)
        return (weir_hint){0, body->ended ? 0 : WEIR_HINT_UNKNOWN};
    return (weir_hint){(size_t)body->left, (size_t)body->left};
}

static bool body_reserve(weir_reader *reader, size_t bytes)
{
    struct weir_http1 *conn = exchange_of(reader)->conn;
    return conn->io.reader && weir_reader_reserve(conn->io.reader, bytes);
}

static const char *body_place(const weir_reader *reader, uint64_t *byte)
{
    const struct weir_http1 *conn = exchange_of(reader)->conn;
    const weir_reader *io = conn->io.reader;
    (void)byte;
    return io && io->ops->place ? io->ops->place(io, NULL) : NULL;
}

/* What one chunk has stands in the connection's block; what was put together of several does not.
 */
static size_t body_memory_max(const weir_reader *reader)
{
    const struct weir_http_body *body = &exchange_of(reader)->conn->body.body;
    return body->framing == WEIR_HTTP_CHUNKED ? weir_reader_room_max(reader, WEIR_BLOCK_BYTES) : 0;
}

static const weir_reader_ops body_ops = {.size = sizeof body_ops,
                                         .name = "http body",
                                         .poll_fill = body_poll_fill,
                                         .fini = body_fini,
                                         .size_hint = body_size_hint,
                                         .reserve = body_reserve,
                                         .place = body_place,
                                         .memory_max = body_memory_max};

static void release(void *room)
{
    weir_http1_let_go(WEIR_CONTAINER(room, struct weir_http1_exchange, body_room));
}

weir_reader *weir_http1_body(weir_exchange *x)
{
    struct weir_http1_exchange *self = weir_http1_of(x);
    weir_arena *arena = weir_arena_at(self->body_room, sizeof self->body_room, release);
    weir_reader *reader = weir_reader_in(arena, sizeof(struct http1_body), &body_ops);
    WEIR_CONTAINER(reader, struct http1_body, reader)->exchange = self;
    reader->stage.remote = true;
    self->parts++;
    return reader;
}
