/* The transport of a connection of HTTP/2: what the session has is gathered and sent, what came is
 * handed to it, and in the end it is closed, or given up. */

#ifdef WEIR_HAVE_NGHTTP2
#include <string.h>

#include "http/http2.h"
#include "weir/alloc.h"

static void wake_all(struct weir_http2 *self)
{
    for (struct weir_http2_half *half = self->waiting; half; half = half->next)
        weir_http2_wake(half);
}

/* ---- the end ---- */

static void close_streams(struct weir_http2 *self, uint32_t code)
{
    struct weir_http2_stream *next;
    for (struct weir_http2_stream *stream = self->streams; stream; stream = next) {
        next = stream->next;
        if (!stream->closed)
            weir_http2_closed(stream, code);
    }
}

void weir_http2_leave_transport(struct weir_http2 *self)
{
    weir_duplex io = self->io;
    self->io = (weir_duplex){0};
    self->over = true;
    weir_timer_stop(&self->timer);
    weir_block_unref(self->out);
    self->out = NULL;
    self->rest_n = self->out_begin = self->out_end = 0;
    weir_duplex_abort(io); /* one that is closed is dropped by that */
    wake_all(self);
}

void weir_http2_fail(struct weir_http2 *self, weir_cx *cx)
{
    if (self->over)
        return;
    self->failed = true;
    self->tells = self->open_n;
    self->failure = weir_allocate(sizeof *self->failure);
    if (self->failure)
        *self->failure = cx->error;
    if (!self->tells)
        weir_http_tell(&self->config, &cx->error);
    close_streams(self, NGHTTP2_INTERNAL_ERROR);
    weir_http2_leave_transport(self);
}

bool weir_http2_wants_write(const struct weir_http2 *self)
{
    return self->out_begin != self->out_end || self->rest_n ||
           nghttp2_session_want_write(self->session);
}

static bool wants_read(const struct weir_http2 *self)
{
    return !self->eof && nghttp2_session_want_read(self->session);
}

/* Nothing will come of it any more, and nothing is left to be sent. */
static bool http2_transport_is_done(const struct weir_http2 *self)
{
    return !wants_read(self) && !self->open_n && !weir_http2_wants_write(self);
}

/* What the peer still sends is read for a while: a connection that is dropped with bytes in hand is
 * reset, and the peer may lose what was said last. READY: it is over. */
static weir_poll http2_transport_linger(struct weir_http2 *self, weir_cx *cx)
{
    uint64_t until_ns = weir_after_ns(self->shut_ns, self->config.options.unread_ns);
    while (!self->eof && self->unread < self->config.options.unread_bytes_max) {
        weir_poll got = weir_poll_fill(self->io.reader, cx, 1);
        if (got.state == WEIR_PENDING && cx->timers && self->now_ns < until_ns) {
            weir_http2_due(self, until_ns);
            return got;
        }
        if (got.state != WEIR_READY)
            break;
        self->unread += got.n;
        weir_consume(self->io.reader, got.n);
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll http2_transport_finish(struct weir_http2 *self, weir_cx *cx)
{
    if (!self->shut) {
        weir_poll got = weir_poll_close(self->io.writer, cx);
        if (got.state == WEIR_PENDING)
            return got;
        self->shut = true;
        self->shut_ns = self->now_ns;
    }
    weir_poll got = http2_transport_linger(self, cx);
    if (got.state == WEIR_READY)
        weir_http2_leave_transport(self);
    return got;
}

/* ---- sending ---- */

static bool http2_transport_make_room(struct weir_http2 *self)
{
    if (self->out && self->out_begin == self->out_end) {
        if (weir_block_is_unshared(self->out)) {
            self->out_begin = self->out_end = 0;
            return true;
        }
        weir_block_unref(self->out);
        self->out = NULL;
    }
    if (!self->out) {
        self->out = weir_block_new(0, self->bulk ? WEIR_HTTP2_BULK_BYTES : WEIR_HTTP2_OUT_BYTES);
        self->out_begin = self->out_end = 0;
    }
    return self->out;
}

static void move_rest(struct weir_http2 *self)
{
    size_t room = self->out->size - self->out_end;
    size_t n = self->rest_n < room ? self->rest_n : room;
    memcpy(self->out->data + self->out_end, self->rest, n);
    self->out_end += (uint32_t)n;
    self->rest += n;
    self->rest_n -= n;
}

static ssize_t next_frame(struct weir_http2 *self)
{
    self->full = false;
    ssize_t n = nghttp2_session_mem_send(self->session, &self->rest);
    self->rest_n = n > 0 ? (size_t)n : 0;
    return n;
}

/* What nghttp2 had no memory for is lost to it: the connection cannot go on. */
void weir_http2_gather(struct weir_http2 *self)
{
    if (self->over || (!self->rest_n && !nghttp2_session_want_write(self->session)))
        return;
    ssize_t n = http2_transport_make_room(self) ? 1 : NGHTTP2_ERR_NOMEM;
    while (n > 0) {
        if (self->rest_n)
            move_rest(self);
        if (self->rest_n)
            return;
        n = next_frame(self);
    }
    self->starved |= n < 0;
}

static void note_blocked(struct weir_http2 *self, bool blocked)
{
    if (!blocked) {
        self->blocked_ns = 0;
    } else if (!self->blocked_ns) {
        self->blocked_ns = self->now_ns + !self->now_ns;
        weir_http2_due(self, weir_after_ns(self->now_ns, self->config.options.write_ns));
    }
}

weir_poll weir_http2_no_memory(weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for a connection of HTTP/2");
}

/* READY: nothing is left. */
static weir_poll http2_transport_send(struct weir_http2 *self, weir_cx *cx)
{
    for (bool begun = false;; begun = true) {
        weir_http2_gather(self);
        if (self->starved)
            return weir_http2_no_memory(cx);
        size_t n = self->out_end - self->out_begin;
        if (!n)
            break;
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        self->bulk = self->full || self->rest_n;
        weir_poll got =
            weir_poll_give(self->io.writer, cx, self->out, self->out->data + self->out_begin, n);
        note_blocked(self, got.state == WEIR_PENDING);
        if (got.state != WEIR_READY)
            return got;
        self->out_begin += got.n;
        self->flushes = true;
    }
    weir_block_unref(self->out);
    self->out = NULL;
    self->out_begin = self->out_end = 0;
    return (weir_poll){0, WEIR_READY};
}

/* ---- what came ---- */

static void refuse_bytes(struct weir_http2 *self, weir_cx *cx, ssize_t error)
{
    weir_code code = error == NGHTTP2_ERR_NOMEM     ? WEIR_E_MEMORY
                     : error == NGHTTP2_ERR_FLOODED ? WEIR_E_LIMIT
                                                    : WEIR_E_CORRUPT;
    weir_fail_at(cx, self->io.reader, code, "HTTP/2: %s", nghttp2_strerror((int)error));
    weir_http2_fail(self, cx);
}

static void http2_transport_hand_over(struct weir_http2 *self, weir_cx *cx)
{
    size_t n;
    const unsigned char *bytes = weir_peek(self->io.reader, &n);
    ssize_t used = nghttp2_session_mem_recv(self->session, bytes, n);
    weir_consume(self->io.reader, n);
    if (used == NGHTTP2_ERR_BAD_CLIENT_MAGIC)
        nghttp2_session_terminate_session(self->session, NGHTTP2_PROTOCOL_ERROR);
    else if (used < 0)
        refuse_bytes(self, cx, used);
    else if (nghttp2_session_get_outbound_queue_size(self->session) > WEIR_HTTP2_OUTBOUND)
        weir_http2_calm(self);
}

/* What has not come whole never will. */
static void http2_transport_end_of_input(struct weir_http2 *self)
{
    struct weir_http2_stream *next;
    self->eof = true;
    for (struct weir_http2_stream *stream = self->streams; stream; stream = next) {
        next = stream->next;
        if (!stream->ended_in)
            weir_http2_cut(stream);
    }
}

/* READY: something came. */
static weir_poll http2_transport_receive(struct weir_http2 *self, weir_cx *cx)
{
    if (!wants_read(self))
        return (weir_poll){0, WEIR_PENDING};
    weir_poll got = weir_poll_fill(self->io.reader, cx, 1);
    if (got.state == WEIR_PENDING)
        return got;
    if (got.state == WEIR_ERROR)
        weir_http2_fail(self, cx);
    else if (got.state == WEIR_END)
        http2_transport_end_of_input(self);
    else
        http2_transport_hand_over(self, cx);
    return (weir_poll){0, WEIR_READY};
}

/* ---- both ---- */

weir_poll weir_http2_move(struct weir_http2 *self, weir_cx *cx)
{
    weir_http2_times(self, cx);
    if (self->over)
        return (weir_poll){0, WEIR_READY};
    weir_poll sent = http2_transport_send(self, cx);
    if (sent.state == WEIR_ERROR) {
        weir_http2_fail(self, cx);
        return (weir_poll){0, WEIR_READY};
    }
    weir_poll got = http2_transport_receive(self, cx);
    if (got.state == WEIR_READY || sent.state == WEIR_PENDING)
        return got;
    if (self->flushes) {
        weir_poll flushed = weir_poll_flush(self->io.writer, cx);
        self->flushes = flushed.state == WEIR_PENDING;
    }
    if (!self->eof && !wants_read(self) && !weir_http2_wants_write(self))
        close_streams(self, NGHTTP2_CANCEL);
    if (self->eof && !weir_http2_wants_write(self))
        weir_http2_abandon(self);
    return http2_transport_is_done(self) ? http2_transport_finish(self, cx) : got;
}
#endif
