/* The exchanges of a connection: which version of the protocol it speaks is seen at its first
 * bytes. */

#include <string.h>

#include "core/stage.h"
#include "http/exchange.h"
#include "io/system.h"
#include "net/park.h"
#include "weir/ready.h"
#include "weir/stream.h"
#include "weir/tls.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum { PREFACE_BYTES = sizeof preface - 1 };

struct exchanges {
    weir_stream stream;
    weir_duplex io; /* until its version is known */
    struct weir_http_config config;
    struct weir_http1 *http1;
    struct weir_http2 *http2;
    weir_timer timer;
    bool in_head;             /* the timer counts from the first byte of one */
    weir_in_flight in_flight; /* what is owed while an exchange is out */
    bool over;
};

static struct exchanges *exchanges_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct exchanges, stream);
}

/* ---- which version ---- */

/* A connection that ends before it began is no error of anybody's who waits for exchanges. */
static weir_poll exchanges_give_up(struct exchanges *self, weir_cx *cx)
{
    weir_http_tell(&self->config, &cx->error);
    self->over = true;
    return (weir_poll){0, WEIR_END};
}

static weir_poll begun(struct exchanges *self, weir_cx *cx, bool before)
{
    if ((self->http1 || self->http2) && !before)
        weir_http_count(&self->config, WEIR_HTTP_CONNECTIONS);
    if (self->http1 || self->http2)
        return (weir_poll){0, WEIR_READY};
    weir_fail(cx, WEIR_E_MEMORY, "no memory for a connection of HTTP");
    return exchanges_give_up(self, cx);
}

static weir_poll begin_http1(struct exchanges *self, weir_cx *cx)
{
    self->config.secure |= weir_tls_protocol(self->io.reader) != NULL;
    uint64_t due_ns = self->in_head ? self->timer.due_ns : 0;
    bool before = weir_park_was_in(self->io.reader);
    self->http1 = weir_http1_new(self->io, &self->config, due_ns);
    self->io = (weir_duplex){NULL, NULL};
    return begun(self, cx, before);
}

static weir_poll begin_http2(struct exchanges *self, weir_cx *cx)
{
    self->config.secure |= weir_tls_protocol(self->io.reader) != NULL;
    self->http2 = weir_http2_new(self->io, &self->config);
    self->io = (weir_duplex){NULL, NULL};
    return begun(self, cx, false);
}

static bool agreed_on_http2(const struct exchanges *self)
{
    char name[16];
    return weir_tls_alpn(self->io.reader, name, sizeof name) && !strcmp(name, "h2");
}

static bool speaks_http2(const struct exchanges *self)
{
    return weir_http2_is_built() && !self->config.options.no_http2;
}

static bool may_be_http2(const struct exchanges *self, const unsigned char *bytes, size_t n)
{
    return speaks_http2(self) && !weir_park_was_in(self->io.reader) &&
           !memcmp(bytes, preface, n < PREFACE_BYTES ? n : PREFACE_BYTES);
}

/* Nothing came for so long: it ends as it would between two requests. What came, of n bytes, and
 * may yet be either version, is a part of a head, whose time goes on in HTTP/1.x. */
static bool exchanges_is_late(struct exchanges *self, weir_cx *cx, size_t n)
{
    if (!cx->timers)
        return false;
    if (!self->timer.due_ns || (n && !self->in_head))
        weir_timer_set(&self->timer, weir_after_ns(cx->now_ns, self->config.options.head_ns));
    self->in_head = n > 0;
    return weir_timer_poll(cx, &self->timer).state == WEIR_READY;
}

static weir_poll exchanges_wait(struct exchanges *self, weir_cx *cx, size_t n)
{
    bool outer = weir_http_drain(cx);
    weir_poll got = weir_poll_fill(self->io.reader, cx, n + 1);
    cx->draining = outer;
    if (got.state == WEIR_ERROR)
        return exchanges_give_up(self, cx);
    bool ends =
        got.state == WEIR_PENDING && (exchanges_is_late(self, cx, n) || weir_io_stopping(cx));
    return ends ? (weir_poll){0, WEIR_END} : got;
}

/* READY: it is known. END: there will be nothing. */
static weir_poll exchanges_choose(struct exchanges *self, weir_cx *cx)
{
    for (;;) {
        size_t n;
        const unsigned char *bytes = weir_peek(self->io.reader, &n);
        bool known = self->config.options.no_http1 || agreed_on_http2(self);
        if (n && known && speaks_http2(self))
            return begin_http2(self, cx);
        if (n && !may_be_http2(self, bytes, n))
            return begin_http1(self, cx);
        if (n >= PREFACE_BYTES)
            return begin_http2(self, cx);
        weir_poll got = exchanges_wait(self, cx, n);
        weir_peek(self->io.reader, &n);
        if (got.state == WEIR_END && n && !self->over)
            return begin_http1(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
}

static weir_poll exchanges_begin(struct exchanges *self, weir_cx *cx)
{
    weir_poll got = exchanges_choose(self, cx);
    if (got.state != WEIR_READY)
        return got;
    weir_timer_stop(&self->timer);
    return got;
}

/* ---- the stream ---- */

static weir_poll exchanges_next(struct exchanges *self, weir_cx *cx, void *out)
{
    if (self->over)
        return (weir_poll){0, WEIR_END};
    if (!self->http1 && !self->http2) {
        weir_poll got = exchanges_begin(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    return self->http1 ? weir_http1_poll_next(self->http1, cx, out)
                       : weir_http2_poll_next(self->http2, cx, out);
}

/* The consumer waits in the midst of an exchange: it is not to hold back what stands before it. */
static void exchanges_go_on(weir_in_flight *in_flight, weir_cx *cx)
{
    struct exchanges *self = WEIR_CONTAINER(in_flight, struct exchanges, in_flight);
    if (self->http1)
        weir_http1_go_on(self->http1, cx);
}

static weir_poll exchanges_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct exchanges *self = exchanges_of(stream);
    (void)demand;
    weir_poll got = exchanges_next(self, cx, out);
    bool owes = got.n && self->http1 && weir_http1_owes(self->http1);
    return owes || self->in_flight.list ? weir_in_flight_polled(&self->in_flight, cx, got) : got;
}

static void exchanges_fini(weir_stream *stream)
{
    struct exchanges *self = exchanges_of(stream);
    weir_timer_stop(&self->timer);
    weir_in_flight_leave(&self->in_flight);
    if (self->http1)
        weir_http1_leave(self->http1);
    if (self->http2)
        weir_http2_leave(self->http2);
    if (self->io.reader)
        weir_duplex_drop(self->io);
}

static weir_stage *exchanges_input(const weir_stream *stream, size_t i)
{
    const struct exchanges *self = exchanges_of(stream);
    if (self->http1)
        return weir_http1_input(self->http1, i);
    if (self->http2)
        return weir_http2_input(self->http2, i);
    if (!self->io.reader || i > 1)
        return NULL;
    return i ? &self->io.writer->stage : &self->io.reader->stage;
}

static size_t exchanges_memory_max(const weir_stream *stream)
{
    const struct weir_http_config *config = &exchanges_of(stream)->config;
    size_t most = weir_http1_memory_max(config);
    size_t other = speaks_http2(exchanges_of(stream)) ? weir_http2_memory_max(config) : 0;
    most = most > other ? most : other;
    return most;
}

static const weir_stream_ops exchanges_ops = {.size = sizeof exchanges_ops,
                                              .name = "http exchanges",
                                              .poll_next = exchanges_poll_next,
                                              .fini = exchanges_fini,
                                              .input = exchanges_input,
                                              .memory_max = exchanges_memory_max};

weir_stream *weir_http_exchanges_in(weir_arena *arena, weir_duplex connection,
                                    const weir_http_options *options)
{
    weir_stream *stream =
        weir_source_in(arena, sizeof(struct exchanges), &exchanges_ops, &weir_type_exchange);
    if (weir_stage_failed(&stream->stage)) {
        weir_duplex_abort(connection);
        return stream;
    }
    struct exchanges *self = exchanges_of(stream);
    weir_http_config_take(&self->config, options);
    self->io = connection;
    self->in_flight.progress = exchanges_go_on;
    stream->stage.exact = true;
    stream = weir_stream_with(stream, &connection.reader->stage);
    return weir_stage_failed(&stream->stage) ? stream
                                             : weir_stream_with(stream, &connection.writer->stage);
}

weir_stream *weir_http_exchanges(weir_duplex connection, const weir_http_options *options)
{
    return weir_http_exchanges_in(weir_arena_usual(sizeof(struct exchanges)), connection, options);
}

size_t weir_http_exchanges_bytes(void)
{
    return sizeof(struct exchanges);
}

const struct weir_http_config *weir_http_exchanges_config(const weir_stream *stream)
{
    return &exchanges_of(stream)->config;
}

void weir_http_exchanges_rest(weir_stream *stream)
{
    exchanges_of(stream)->config.rests = true;
}

bool weir_http_exchanges_rested(weir_stream *stream, weir_duplex *out)
{
    struct exchanges *self = exchanges_of(stream);
    return self->http1 && weir_http1_rested(self->http1, out);
}
