/* A connection of HTTP/1.x, from one head to the next. The stream's poll does all that has to be
 * waited for between two exchanges; while one is out its parts work on the connection. */

#include <string.h>

#include "http/http1.h"
#include "io/system.h"
#include "net/park.h"
#include "weir/alloc.h"

enum { HTTP1_CONN_FIELDS_MAX = 256, LINGER_BYTES = 64 << 10 };
#define LINGER_NS 1000000000ull

/* ---- making and releasing ---- */

struct weir_http1 *weir_http1_new(weir_duplex io, const struct weir_http_config *config,
                                  uint64_t head_due_ns)
{
    struct weir_http1 *self = weir_allocate(sizeof *self);
    size_t most = config->options.head_bytes_max > WEIR_HTTP_TRAILERS_BYTES
                      ? config->options.head_bytes_max
                      : WEIR_HTTP_TRAILERS_BYTES;
    if (!self || !weir_reader_reserve(io.reader, most + 1)) {
        weir_release(self, sizeof *self);
        weir_duplex_abort(io);
        return NULL;
    }
    memset(self, 0, sizeof *self);
    self->parts = 1;
    self->keep = true;
    self->due_ns = head_due_ns;
    self->in_head = head_due_ns != 0;
    self->io = io;
    self->config = *config;
    return self;
}

/* Where it was handed over, its halves went with those of the other protocol. */
static void drop_io(struct weir_http1 *self)
{
    weir_duplex io = self->io;
    if (self->handed_over || !io.reader)
        return;
    self->io = (weir_duplex){NULL, NULL};
    if (self->broken)
        weir_duplex_abort(io);
    else
        weir_duplex_drop(io);
}

/* Nobody polls it any more: the answers before the one that was cut go out if there is room. */
static void abandon(struct weir_http1 *self)
{
    if (self->answer == WEIR_HTTP1_BEGUN)
        weir_http1_take_back(self);
    if (!self->broken)
        weir_http1_send_rest(self);
    self->broken = true;
}

static void http1_conn_let_go(struct weir_http1 *self)
{
    if (--self->parts)
        return;
    weir_http_framed_fini(&self->body);
    if (self->step == WEIR_HTTP1_SETTLE && self->answer != WEIR_HTTP1_WHOLE)
        abandon(self);
    if (!self->handed_over && self->io.writer && !self->broken && !weir_http1_send_rest(self))
        self->broken = true;
    weir_http1_forget(self);
    weir_timer_stop(&self->timer);
    weir_waker_slot_clear(&self->next);
    weir_waker_slot_clear(&self->other);
    drop_io(self);
    weir_release(self, sizeof *self);
}

void weir_http1_settle(struct weir_http1 *self)
{
    bool refused = self->answer == WEIR_HTTP1_SILENT && self->fault;
    self->step = WEIR_HTTP1_SETTLE;
    if (self->answer != WEIR_HTTP1_WHOLE)
        weir_http_count(&self->config, refused ? WEIR_HTTP_REFUSED : WEIR_HTTP_UNANSWERED);
    weir_waker_slot_wake(&self->next);
    http1_conn_let_go(self);
}

/* What was cut is not to look whole: with an answer that is not, the connection is. */
void weir_http1_leave(struct weir_http1 *self)
{
    self->stream_gone = true;
    self->keep = false;
    weir_timer_stop(&self->timer);
    weir_waker_slot_clear(&self->next);
    http1_conn_let_go(self);
}

bool weir_http1_rested(struct weir_http1 *self, weir_duplex *out)
{
    if (self->step != WEIR_HTTP1_RESTS)
        return false;
    *out = self->io;
    self->io = (weir_duplex){NULL, NULL};
    return true;
}

weir_stage *weir_http1_input(const struct weir_http1 *self, size_t i)
{
    if (self->handed_over || !self->io.reader || i > 1)
        return NULL;
    return i ? &self->io.writer->stage : &self->io.reader->stage;
}

size_t weir_http1_memory_max(const struct weir_http_config *config)
{
    size_t head = config->options.head_bytes_max;
    return sizeof(struct weir_http1) + sizeof(struct weir_http1_exchange) +
           2 * sizeof(struct weir_http1_part) + 2 * head +
           config->options.headers_max * sizeof(weir_header) + WEIR_HTTP1_OUT_BYTES +
           WEIR_HTTP1_SWITCH_BYTES + sizeof(weir_block) + WEIR_PADDING_BYTES +
           WEIR_HTTP_TRAILERS_MEMORY;
}

/* ---- waiting ---- */

static void begin_wait(struct weir_http1 *self, weir_cx *cx, uint64_t ns)
{
    self->due_ns = weir_after_ns(cx->now_ns, ns);
}

static weir_poll http1_conn_go_on(void)
{
    return (weir_poll){0, WEIR_READY};
}

static weir_poll http1_conn_go_to(struct weir_http1 *self, enum weir_http1_step step)
{
    self->step = (uint8_t)step;
    self->due_ns = 0;
    return http1_conn_go_on();
}

/* A peer that takes nothing for so long is not waited for. */
static weir_poll http1_conn_timed(struct weir_http1 *self, weir_cx *cx, weir_poll got)
{
    if (got.state != WEIR_PENDING) {
        self->send_due_ns = 0;
        return got;
    }
    uint64_t gone = weir_http1_gone(self);
    if (!self->send_due_ns || gone != self->gone)
        self->send_due_ns = weir_after_ns(cx->now_ns, self->config.options.write_ns);
    self->gone = gone;
    if (!weir_http_is_past(cx, &self->timer, self->send_due_ns))
        return got;
    self->broken = true;
    return weir_fail(cx, WEIR_E_TIMEOUT, "the client took nothing of its answers for %llu s",
                     (unsigned long long)(self->config.options.write_ns / 1000000000u));
}

/* What was gathered goes out, before anything is waited for. */
static weir_poll http1_conn_send_all(struct weir_http1 *self, weir_cx *cx)
{
    weir_poll got = weir_http1_send(self, cx);
    if (got.state == WEIR_READY)
        got = weir_poll_flush(self->io.writer, cx);
    return http1_conn_timed(self, cx, got);
}

/* ---- heads ---- */

static weir_poll http1_conn_refuse(struct weir_http1 *self, unsigned status,
                                   const weir_error *error)
{
    weir_http_count(&self->config, WEIR_HTTP_REFUSED);
    weir_http_tell(&self->config, error);
    self->refusal = (uint16_t)status;
    return http1_conn_go_to(self, WEIR_HTTP1_REFUSE);
}

/* What stands before it may have to go out first. */
static weir_poll say_refusal(struct weir_http1 *self, weir_cx *cx)
{
    weir_poll got = http1_conn_timed(self, cx, weir_http1_refuse(self, cx, self->refusal));
    return got.state == WEIR_READY ? http1_conn_go_to(self, WEIR_HTTP1_CLOSE) : got;
}

/* What stands where "HTTP/" should is another protocol's, whose speaker no answer would help. */
static bool is_another_protocol(const unsigned char *bytes, const struct weir_http_head *head)
{
    uint32_t version = head->target.at + head->target.n + 1;
    return head->answer == 400 && head->target.n && head->byte == version && bytes[version] != 'H';
}

static weir_poll refuse_head(struct weir_http1 *self, weir_cx *cx, const unsigned char *bytes,
                             const struct weir_http_head *head)
{
    bool limit = head->answer == 414 || head->answer == 431;
    weir_fail_at(cx, self->io.reader, limit ? WEIR_E_LIMIT : WEIR_E_CORRUPT,
                 "request refused with %u: %s", head->answer, head->fact);
    cx->error.byte = self->io.reader->offset + head->byte;
    weir_error error = cx->error;
    weir_poll got = http1_conn_refuse(self, head->answer, &error);
    return is_another_protocol(bytes, head) ? http1_conn_go_to(self, WEIR_HTTP1_CLOSE) : got;
}

static weir_poll refuse_late(struct weir_http1 *self, weir_cx *cx, size_t n)
{
    weir_fail_at(cx, self->io.reader, WEIR_E_TIMEOUT,
                 "request refused with 408: %zu bytes of its head came in %llu s", n,
                 (unsigned long long)(self->config.options.head_ns / 1000000000u));
    weir_error error = cx->error;
    return http1_conn_refuse(self, 408, &error);
}

/* The peer went away between two requests: that is an end. In a head it is one too early. */
static weir_poll http1_conn_gone(struct weir_http1 *self, weir_cx *cx, weir_poll got, size_t n)
{
    if (got.state == WEIR_ERROR)
        self->broken = true;
    if (got.state == WEIR_END && n)
        got = weir_fail_at(cx, self->io.reader, WEIR_E_TRUNCATED,
                           "the connection ends in the head of a request (%zu bytes of it)", n);
    if (got.state == WEIR_ERROR && n)
        weir_http_tell(&self->config, &cx->error);
    self->idle = !n;
    return http1_conn_go_to(self, WEIR_HTTP1_CLOSE);
}

static weir_poll http1_conn_close_idle(struct weir_http1 *self)
{
    self->idle = true;
    return http1_conn_go_to(self, WEIR_HTTP1_CLOSE);
}

/* Nothing of it is there, or a part. What has come by the time of a stop is served. */
static weir_poll look_at_clock(struct weir_http1 *self, weir_cx *cx)
{
    size_t n;
    weir_peek(self->io.reader, &n);
    if (!n && (self->stopping || weir_io_stopping(cx)))
        return http1_conn_close_idle(self);
    if (!self->due_ns || (n && !self->in_head))
        begin_wait(self, cx, n ? self->config.options.head_ns : self->config.options.idle_ns);
    self->in_head = n > 0;
    self->seen = (uint32_t)n;
    if (!weir_http_is_past(cx, &self->timer, self->due_ns))
        return (weir_poll){0, WEIR_PENDING};
    return n ? refuse_late(self, cx, n) : http1_conn_close_idle(self);
}

static weir_poll wait_for_head(struct weir_http1 *self, weir_cx *cx, size_t n)
{
    weir_poll got = http1_conn_send_all(self, cx);
    if (got.state != WEIR_READY)
        return got;
    weir_http1_forget(self);
    if (self->config.rests && self->served && !n && weir_park_fits(self->io))
        return http1_conn_go_to(self, WEIR_HTTP1_RESTS);
    got = weir_poll_fill(self->io.reader, cx, n + 1);
    if (got.state == WEIR_READY)
        return http1_conn_go_on();
    return got.state == WEIR_PENDING ? look_at_clock(self, cx) : http1_conn_gone(self, cx, got, n);
}

static weir_poll out_of_memory(struct weir_http1 *self, weir_cx *cx, uint32_t bytes)
{
    weir_fail(cx, WEIR_E_MEMORY, "no memory for a request (a head of %u bytes)", bytes);
    weir_error error = cx->error;
    return http1_conn_refuse(self, 503, &error);
}

static weir_poll http1_conn_give(struct weir_http1 *self, weir_cx *cx, const unsigned char *bytes,
                                 const struct weir_http_head *head,
                                 const struct weir_http_meaning *meaning, weir_exchange **out)
{
    weir_exchange *x = weir_http1_exchange_new(self, bytes, head, meaning);
    if (!x)
        return out_of_memory(self, cx, head->bytes);
    weir_consume(self->io.reader, head->bytes);
    weir_http_framed_fini(&self->body);
    weir_http_framed_begin(&self->body, self->io.reader, meaning);
    self->in_head = false;
    self->seen = 0;
    self->passed = 0;
    self->answer = WEIR_HTTP1_SILENT;
    self->keep = meaning->keep && !self->stopping;
    self->asked = meaning->expects && !self->body.body.ended;
    self->interim = self->said = self->speaks = false;
    self->fault = 0;
    self->upgrade = meaning->upgrade;
    weir_http_count(&self->config, WEIR_HTTP_REQUESTS);
    http1_conn_go_to(self, WEIR_HTTP1_OUT);
    *out = x;
    return (weir_poll){1, WEIR_READY};
}

/* Of n bytes, which may be a part of one. */
static WEIR_ASIDE weir_poll read_head(struct weir_http1 *self, weir_cx *cx,
                                      const unsigned char *bytes, size_t n, weir_exchange **out)
{
    const weir_http_options *options = &self->config.options;
    const struct weir_http_limits limits = {.head_bytes = options->head_bytes_max,
                                            .line_bytes = options->line_bytes_max,
                                            .fields = options->headers_max};
    struct weir_http_field fields[HTTP1_CONN_FIELDS_MAX];
    struct weir_http_head head = {.fields = fields};
    struct weir_http_meaning meaning;
    enum weir_http_verdict verdict = weir_http_request_head(bytes, n, self->seen, &limits, &head);
    if (verdict == WEIR_HTTP_NEED)
        return wait_for_head(self, cx, n);
    if (verdict == WEIR_HTTP_DONE)
        verdict = weir_http_request_rules(bytes, &head, true, &meaning);
    if (verdict == WEIR_HTTP_BAD)
        return refuse_head(self, cx, bytes, &head);
    return http1_conn_give(self, cx, bytes, &head, &meaning, out);
}

static weir_poll poll_head(struct weir_http1 *self, weir_cx *cx, weir_exchange **out)
{
    size_t n;
    const unsigned char *bytes = weir_peek(self->io.reader, &n);
    return n ? read_head(self, cx, bytes, n, out) : wait_for_head(self, cx, 0);
}

/* ---- behind an exchange ---- */

/* What was wrong with a body its handler was told: that this client gets no answer is no news. */
static void http1_conn_lose(struct weir_http1 *self, const weir_cx *cx)
{
    if (!self->fault)
        weir_http_tell(&self->config, &cx->error);
    self->broken = true;
}

/* The answers before this one go out while its handler waits, and so does an interim 100 that was
 * asked for. Not where a part of the exchange sends by itself: one alone waits for the writer. */
void weir_http1_go_on(struct weir_http1 *self, weir_cx *cx)
{
    if (self->step != WEIR_HTTP1_OUT || self->speaks || self->broken || self->handed_over)
        return;
    bool outer = weir_http_drain(cx);
    weir_poll got = http1_conn_timed(
        self, cx, self->interim ? weir_http1_poll_interim(self, cx) : weir_http1_send(self, cx));
    cx->draining = outer;
    if (got.state == WEIR_ERROR)
        http1_conn_lose(self, cx);
}

static weir_poll wait_for_parts(struct weir_http1 *self, weir_cx *cx)
{
    if (self->handed_over)
        return http1_conn_go_to(self, WEIR_HTTP1_OVER);
    weir_http1_go_on(self, cx);
    return weir_wait(cx, &self->next, WEIR_WAIT_ITEM);
}

/* The answers before one that was cut are whole. */
static weir_poll http1_conn_cut(struct weir_http1 *self, weir_cx *cx)
{
    weir_http1_take_back(self);
    weir_poll got = self->broken ? http1_conn_go_on() : http1_conn_send_all(self, cx);
    if (got.state != WEIR_READY)
        return got;
    self->broken = true;
    return http1_conn_go_to(self, WEIR_HTTP1_OVER);
}

static weir_poll http1_conn_settle(struct weir_http1 *self, weir_cx *cx)
{
    if (self->handed_over)
        return http1_conn_go_to(self, WEIR_HTTP1_OVER);
    if (self->broken || self->answer == WEIR_HTTP1_BEGUN)
        return http1_conn_cut(self, cx);
    self->refusal = self->fault ? self->fault : 500;
    if (self->answer == WEIR_HTTP1_SILENT)
        return http1_conn_go_to(self, WEIR_HTTP1_REFUSE);
    if (!self->keep)
        return http1_conn_go_to(self, WEIR_HTTP1_CLOSE);
    self->served = true;
    self->settled_ns = cx->now_ns;
    self->pass_left = self->config.options.unread_bytes_max;
    return http1_conn_go_to(self, self->body.body.ended ? WEIR_HTTP1_HEAD : WEIR_HTTP1_PASS);
}

/* The client sees its answer first: it may be what it waits for, to send the rest. */
static weir_poll http1_conn_pass(struct weir_http1 *self, weir_cx *cx)
{
    weir_poll got = weir_http_framed_pass(&self->body, cx, &self->pass_left);
    if (got.state == WEIR_END)
        return http1_conn_go_to(self, WEIR_HTTP1_HEAD);
    if (got.state == WEIR_PENDING) {
        weir_poll sent = http1_conn_send_all(self, cx);
        if (sent.state != WEIR_READY)
            return sent;
        if (!self->due_ns)
            begin_wait(self, cx, self->config.options.unread_ns);
        if (!weir_http_is_past(cx, &self->timer, self->due_ns))
            return got;
    }
    return http1_conn_go_to(self, WEIR_HTTP1_CLOSE);
}

static weir_poll close_writer(struct weir_http1 *self, weir_cx *cx)
{
    if (self->broken)
        return http1_conn_go_to(self, WEIR_HTTP1_OVER);
    weir_poll got = weir_http1_send(self, cx);
    if (got.state == WEIR_READY)
        got = weir_poll_close(self->io.writer, cx);
    got = http1_conn_timed(self, cx, got);
    self->broken |= got.state == WEIR_ERROR;
    if (self->broken && self->idle)
        return http1_conn_go_to(self, WEIR_HTTP1_OVER); /* nobody waited for it */
    if (got.state != WEIR_END)
        return got;
    self->pass_left = LINGER_BYTES;
    bool seen = self->idle && cx->now_ns - self->settled_ns >= LINGER_NS;
    return http1_conn_go_to(self, seen ? WEIR_HTTP1_OVER : WEIR_HTTP1_LINGER);
}

/* A connection that is closed with bytes in hand, or on their way, is reset by the kernel, and the
 * peer might not see the answer: what it still sends is read for a while. */
static weir_poll http1_conn_linger(struct weir_http1 *self, weir_cx *cx)
{
    for (;;) {
        size_t n;
        weir_peek(self->io.reader, &n);
        weir_consume(self->io.reader, n);
        self->pass_left -= n < self->pass_left ? n : self->pass_left;
        if (!self->pass_left)
            return http1_conn_go_to(self, WEIR_HTTP1_OVER);
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
        weir_poll got = weir_poll_fill(self->io.reader, cx, 1);
        if (!self->due_ns)
            begin_wait(self, cx, LINGER_NS);
        if (got.state == WEIR_PENDING && cx->timers &&
            !weir_http_is_past(cx, &self->timer, self->due_ns))
            return got;
        if (got.state != WEIR_READY)
            return http1_conn_go_to(self, WEIR_HTTP1_OVER);
    }
}

static weir_poll http1_conn_step(struct weir_http1 *self, weir_cx *cx, weir_exchange **out)
{
    switch ((enum weir_http1_step)self->step) {
    case WEIR_HTTP1_HEAD:
        return poll_head(self, cx, out);
    case WEIR_HTTP1_OUT:
        return wait_for_parts(self, cx);
    case WEIR_HTTP1_SETTLE:
        return http1_conn_settle(self, cx);
    case WEIR_HTTP1_PASS:
        return http1_conn_pass(self, cx);
    case WEIR_HTTP1_REFUSE:
        return say_refusal(self, cx);
    case WEIR_HTTP1_CLOSE:
        return close_writer(self, cx);
    case WEIR_HTTP1_LINGER:
        return http1_conn_linger(self, cx);
    case WEIR_HTTP1_RESTS:
        weir_timer_stop(&self->timer);
        return (weir_poll){0, WEIR_END};
    case WEIR_HTTP1_OVER:
        break;
    }
    weir_timer_stop(&self->timer);
    drop_io(self);
    return (weir_poll){0, WEIR_END};
}

static weir_poll steps(struct weir_http1 *self, weir_cx *cx, weir_exchange **out)
{
    for (bool begun = false;; begun = true) {
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        weir_poll got = http1_conn_step(self, cx, out);
        if (got.state == WEIR_ERROR) {
            http1_conn_lose(self, cx);
            got = http1_conn_go_to(self, WEIR_HTTP1_OVER);
        }
        if (got.state != WEIR_READY || got.n)
            return got;
    }
}

bool weir_http1_owes(const struct weir_http1 *self)
{
    return self->step == WEIR_HTTP1_OUT && (self->out_n || self->interim) && !self->speaks;
}

weir_poll weir_http1_poll_next(struct weir_http1 *self, weir_cx *cx, weir_exchange **out)
{
    bool outer = weir_http_drain(cx);
    weir_poll got = steps(self, cx, out);
    cx->draining = outer;
    return got;
}
