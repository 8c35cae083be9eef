/* A connection of HTTP/2: who drives it, and its beginning and its end. */

#ifdef WEIR_HAVE_NGHTTP2
#include <string.h>

#include "http/http2.h"
#include "weir/alloc.h"
#include "weir/run.h"

/* ---- who waits, and who drives ---- */

static bool flies(const struct weir_http2 *self)
{
    return self->in_flight.list;
}

static void link_half(struct weir_http2 *self, struct weir_http2_half *half)
{
    if (half->at)
        return;
    half->next = self->waiting;
    half->at = &self->waiting;
    if (half->next)
        half->next->at = &half->next;
    self->waiting = half;
}

static void unlink_half(struct weir_http2_half *half)
{
    if (!half->at)
        return;
    *half->at = half->next;
    if (half->next)
        half->next->at = half->at;
    half->at = NULL;
}

/* Who waits for a part of the connection drives it when it is polled, and then waits for the
 * transport too. */
static void pass_on(struct weir_http2 *self)
{
    self->driver = self->incoming.at ? &self->incoming : self->waiting;
    if (self->driver)
        weir_http2_wake(self->driver);
    else
        weir_waker_cell_clear(&self->cell);
}

/* The task of the stream of exchanges drives at the end of this turn, or is woken for it. cx NULL:
 * in a drop, which may be in any turn. */
static void ask_task(struct weir_http2 *self, weir_cx *cx)
{
    if (!cx || cx->in_flight != self->in_flight.list)
        weir_waker_wake(self->in_flight.waker.waker);
    else if (self->in_flight.turn == cx->turn)
        self->in_flight.waits = false;
}

bool weir_http2_submitted(struct weir_http2 *self, weir_cx *cx)
{
    if (self->over)
        return true;
    if (flies(self))
        ask_task(self, cx);
    else if (self->driver)
        weir_http2_wake(self->driver);
    return flies(self) || self->driver;
}

weir_poll weir_http2_wait(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half,
                          weir_wait_for what)
{
    link_half(self, half);
    if (!flies(self)) {
        self->driver = half;
        weir_waker_cell_store(&self->cell, cx->waker);
    }
    self->stirred = false;
    return weir_wait(cx, &half->waiter, what);
}

static void leave_half(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half)
{
    bool drove = self->driver == half;
    unlink_half(half);
    weir_waker_slot_clear(&half->waiter);
    if (drove)
        self->driver = NULL;
    if (!drove && !self->stirred)
        return;
    self->stirred = false;
    if (!flies(self))
        pass_on(self);
    else if (half != &self->incoming)
        ask_task(self, cx);
}

void weir_http2_satisfied(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half)
{
    if (half->at || self->stirred)
        leave_half(self, cx, half);
}

static void wake_all(struct weir_http2 *self)
{
    for (struct weir_http2_half *half = self->waiting; half; half = half->next)
        weir_http2_wake(half);
}

/* ---- the waker ---- */

static void own_wake(weir_waker *waker)
{
    weir_waker_cell_wake(&WEIR_CONTAINER(waker, struct weir_http2, waker)->cell);
}

static void let_memory_go(struct weir_http2 *self)
{
    if (!__atomic_sub_fetch(&self->holders, 1, __ATOMIC_ACQ_REL))
        weir_release(self, sizeof *self);
}

static void own_release(weir_waker *waker)
{
    let_memory_go(WEIR_CONTAINER(waker, struct weir_http2, waker));
}

static const weir_waker_ops own_ops = {sizeof own_ops, own_wake, own_release};

/* Before the transport is polled: what comes from then on is told to who drives. */
static weir_waker *listen(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half)
{
    weir_waker *given = cx->waker;
    bool own = half == &self->incoming || !flies(self);
    weir_waker_cell_store(&self->cell, own ? given : self->in_flight.waker.waker);
    cx->waker = &self->waker;
    return given;
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

static void leave_transport(struct weir_http2 *self)
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
    leave_transport(self);
}

static bool wants_write(const struct weir_http2 *self)
{
    return self->out_begin != self->out_end || self->rest_n ||
           nghttp2_session_want_write(self->session);
}

static bool wants_read(const struct weir_http2 *self)
{
    return !self->eof && nghttp2_session_want_read(self->session);
}

/* Nothing will come of it any more, and nothing is left to be sent. */
static bool is_done(const struct weir_http2 *self)
{
    return !wants_read(self) && !self->open_n && !wants_write(self);
}

/* What the peer still sends is read for a while: a connection that is dropped with bytes in hand is
 * reset, and the peer may lose what was said last. READY: it is over. */
static weir_poll linger(struct weir_http2 *self, weir_cx *cx)
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

static weir_poll finish(struct weir_http2 *self, weir_cx *cx)
{
    if (!self->shut) {
        weir_poll got = weir_poll_close(self->io.writer, cx);
        if (got.state == WEIR_PENDING)
            return got;
        self->shut = true;
        self->shut_ns = self->now_ns;
    }
    weir_poll got = linger(self, cx);
    if (got.state == WEIR_READY)
        leave_transport(self);
    return got;
}

/* ---- a step ---- */

static bool make_room(struct weir_http2 *self)
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
    ssize_t n = make_room(self) ? 1 : NGHTTP2_ERR_NOMEM;
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

static weir_poll no_memory(weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for a connection of HTTP/2");
}

/* READY: nothing is left. */
static weir_poll send(struct weir_http2 *self, weir_cx *cx)
{
    for (bool begun = false;; begun = true) {
        weir_http2_gather(self);
        if (self->starved)
            return no_memory(cx);
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

static void refuse_bytes(struct weir_http2 *self, weir_cx *cx, ssize_t error)
{
    weir_code code = error == NGHTTP2_ERR_NOMEM     ? WEIR_E_MEMORY
                     : error == NGHTTP2_ERR_FLOODED ? WEIR_E_LIMIT
                                                    : WEIR_E_CORRUPT;
    weir_fail_at(cx, self->io.reader, code, "HTTP/2: %s", nghttp2_strerror((int)error));
    weir_http2_fail(self, cx);
}

static void hand_over(struct weir_http2 *self, weir_cx *cx)
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
static void end_of_input(struct weir_http2 *self)
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
static weir_poll receive(struct weir_http2 *self, weir_cx *cx)
{
    if (!wants_read(self))
        return (weir_poll){0, WEIR_PENDING};
    weir_poll got = weir_poll_fill(self->io.reader, cx, 1);
    if (got.state == WEIR_PENDING)
        return got;
    if (got.state == WEIR_ERROR)
        weir_http2_fail(self, cx);
    else if (got.state == WEIR_END)
        end_of_input(self);
    else
        hand_over(self, cx);
    return (weir_poll){0, WEIR_READY};
}

static bool is_told_to_stop(const weir_cx *cx)
{
    return cx->stopping || (cx->rt && weir_rt_stopping(cx->rt));
}

static weir_poll move(struct weir_http2 *self, weir_cx *cx)
{
    weir_http2_times(self, cx);
    if (self->over)
        return (weir_poll){0, WEIR_READY};
    weir_poll sent = send(self, cx);
    if (sent.state == WEIR_ERROR) {
        weir_http2_fail(self, cx);
        return (weir_poll){0, WEIR_READY};
    }
    weir_poll got = receive(self, cx);
    if (got.state == WEIR_READY || sent.state == WEIR_PENDING)
        return got;
    if (self->flushes) {
        weir_poll flushed = weir_poll_flush(self->io.writer, cx);
        self->flushes = flushed.state == WEIR_PENDING;
    }
    if (!self->eof && !wants_read(self) && !wants_write(self))
        close_streams(self, NGHTTP2_CANCEL);
    if (self->eof && !wants_write(self))
        weir_http2_abandon(self);
    return is_done(self) ? finish(self, cx) : got;
}

/* Connections go on when the runtime is told to stop: what is under way is finished. */
static weir_poll step(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half)
{
    if (self->over)
        return (weir_poll){0, WEIR_END};
    weir_waker *given = listen(self, cx, half);
    bool draining = cx->draining;
    cx->draining = true;
    self->now_ns = cx->now_ns;
    if (is_told_to_stop(cx))
        weir_http2_stop(self);
    uint64_t before = self->changes;
    weir_poll got = move(self, cx);
    if (got.state == WEIR_PENDING && half != &self->incoming && self->changes != before)
        got.state = WEIR_READY; /* maybe what this half wants */
    weir_http2_arm(self, cx);
    self->stirred = !flies(self) || got.state != WEIR_PENDING;
    cx->waker = given;
    cx->draining = draining;
    return got;
}

weir_poll weir_http2_go_on(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half,
                           bool *begun, weir_wait_for what)
{
    if (*begun && !weir_spend(cx)) {
        weir_http2_wait(self, cx, half, what);
        return weir_wait_turn(cx);
    }
    *begun = true;
    weir_poll got = step(self, cx, half);
    return got.state == WEIR_PENDING ? weir_http2_wait(self, cx, half, what) : got;
}

/* Behind a turn of the task in which the stream of exchanges did not wait. */
static void progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct weir_http2 *self = WEIR_CONTAINER(in_flight, struct weir_http2, in_flight);
    for (bool begun = false;; begun = true) {
        if (begun && !weir_spend(cx)) {
            weir_waker_wake(cx->waker);
            return;
        }
        if (step(self, cx, &self->incoming).state != WEIR_READY)
            return;
    }
}

weir_poll weir_http2_drain(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half)
{
    for (bool begun = false;;) {
        bool last = self->left && self->parts == 1;
        if (self->over || (!last && !wants_write(self)))
            return (weir_poll){0, WEIR_READY};
        weir_poll got = weir_http2_go_on(self, cx, half, &begun, WEIR_WAIT_IO);
        if (got.state == WEIR_PENDING)
            return got;
    }
}

/* ---- the stream of exchanges ---- */

static bool give(struct weir_http2 *self, weir_exchange **out)
{
    struct weir_http2_stream *stream = self->fresh;
    if (!stream || self->given_n >= self->config.options.streams_max)
        return false;
    weir_http2_unqueue(stream);
    stream->given = true;
    weir_http2_hold(stream);
    *out = &stream->exchange;
    return true;
}

/* Told once, and only where a request was under way. */
static weir_poll end_of_all(struct weir_http2 *self, weir_cx *cx)
{
    if (!self->tells)
        return (weir_poll){0, WEIR_END};
    self->tells = false;
    if (!self->failure)
        return no_memory(cx);
    cx->error = *self->failure;
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll next(struct weir_http2 *self, weir_cx *cx, weir_exchange **out)
{
    for (bool begun = false;;) {
        if (give(self, out))
            return (weir_poll){1, WEIR_READY};
        if (self->over)
            return end_of_all(self, cx);
        weir_wait_for what = self->fresh ? WEIR_WAIT_PEER : WEIR_WAIT_IO;
        weir_poll got = weir_http2_go_on(self, cx, &self->incoming, &begun, what);
        if (got.state == WEIR_PENDING)
            return got;
    }
}

weir_poll weir_http2_poll_next(struct weir_http2 *self, weir_cx *cx, weir_exchange **out)
{
    weir_poll got = next(self, cx, out);
    if (got.state != WEIR_PENDING)
        weir_http2_satisfied(self, cx, &self->incoming);
    return weir_in_flight_polled(&self->in_flight, cx, got);
}

/* ---- making and releasing ---- */

static void end(struct weir_http2 *self)
{
    if (!self->over)
        leave_transport(self);
    nghttp2_session_del(self->session);
    while (self->streams)
        weir_http2_stream_free(self->streams);
    weir_release(self->failure, sizeof *self->failure);
    weir_waker_cell_clear(&self->cell);
    weir_waker_unref(&self->waker);
    let_memory_go(self);
}

static void lose_part(struct weir_http2 *self)
{
    if (!--self->parts)
        end(self);
}

void weir_http2_hold(struct weir_http2_stream *stream)
{
    stream->connection->given_n += !stream->parts++;
    stream->connection->parts++;
}

void weir_http2_let_go(struct weir_http2_stream *stream)
{
    struct weir_http2 *self = stream->connection;
    if (!--stream->parts) {
        self->given_n--;
        weir_http2_wake(&self->incoming);
        if (stream->closed)
            weir_http2_stream_free(stream);
    }
    lose_part(self);
}

/* Nobody will take what nobody took yet: it may be sent once more elsewhere. */
void weir_http2_leave(struct weir_http2 *self)
{
    weir_in_flight_leave(&self->in_flight);
    self->left = true;
    if (!self->over) {
        while (self->fresh) {
            struct weir_http2_stream *stream = self->fresh;
            weir_http2_unqueue(stream);
            weir_http2_reset(stream, NGHTTP2_REFUSED_STREAM);
        }
        weir_http2_go(self);
    }
    unlink_half(&self->incoming);
    weir_waker_slot_clear(&self->incoming.waiter);
    pass_on(self);
    lose_part(self);
}

weir_stage *weir_http2_input(const struct weir_http2 *self, size_t i)
{
    if (self->over || i > 1)
        return NULL;
    return i ? &self->io.writer->stage : &self->io.reader->stage;
}

static struct weir_http2 *give_up(struct weir_http2 *self, weir_duplex io)
{
    weir_release(self, sizeof *self);
    weir_duplex_abort(io);
    return NULL;
}

bool weir_http2_is_built(void)
{
    return true;
}

struct weir_http2 *weir_http2_new(weir_duplex io, const struct weir_http_config *config)
{
    struct weir_http2 *self = weir_allocate(sizeof *self);
    if (!self)
        return give_up(NULL, io);
    memset(self, 0, sizeof *self);
    self->config = *config;
    self->session = weir_http2_session(self);
    if (!self->session)
        return give_up(self, io);
    self->holders = 2;
    self->parts = 1;
    self->io = io;
    self->in_flight.progress = progress;
    self->fresh_end = &self->fresh;
    self->glitches = WEIR_HTTP2_GLITCHES;
    weir_waker_init(&self->waker, &own_ops);
    weir_timer_set(&self->timer, UINT64_MAX);
    self->soon_ns = UINT64_MAX;
    return self;
}
#endif
