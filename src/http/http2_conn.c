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
static void http2_conn_pass_on(struct weir_http2 *self)
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

void weir_http2_left(struct weir_http2 *self)
{
    if (!self->over && nghttp2_session_want_write(self->session))
        weir_http2_submitted(self, NULL);
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

static void leave_half(struct weir_http2 *self, struct weir_http2_half *half)
{
    bool drove = self->driver == half;
    unlink_half(half);
    weir_waker_slot_clear(&half->waiter);
    if (drove)
        self->driver = NULL;
    if (!drove && !self->stirred)
        return;
    self->stirred = false;
    if (!flies(self)) /* else the task was told of what there is */
        http2_conn_pass_on(self);
}

void weir_http2_satisfied(struct weir_http2 *self, struct weir_http2_half *half)
{
    if (half->at || self->stirred)
        leave_half(self, half);
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

static void http2_conn_own_release(weir_waker *waker)
{
    let_memory_go(WEIR_CONTAINER(waker, struct weir_http2, waker));
}

static const weir_waker_ops http2_conn_own_ops = {sizeof http2_conn_own_ops, own_wake,
                                                  http2_conn_own_release};

/* Before the transport is polled: what comes from then on is told to who drives. */
static weir_waker *http2_conn_listen(struct weir_http2 *self, weir_cx *cx,
                                     struct weir_http2_half *half)
{
    weir_waker *given = cx->waker;
    bool own = half == &self->incoming || !flies(self);
    weir_waker_cell_store(&self->cell, own ? given : self->in_flight.waker.waker);
    cx->waker = &self->waker;
    return given;
}

/* ---- a step ---- */

static bool is_told_to_stop(const weir_cx *cx)
{
    return cx->stopping || (cx->rt && weir_rt_stopping(cx->rt));
}

/* Connections go on when the runtime is told to stop: what is under way is finished. */
static weir_poll http2_conn_step(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half)
{
    if (self->over)
        return (weir_poll){0, WEIR_END};
    weir_waker *given = http2_conn_listen(self, cx, half);
    bool draining = cx->draining;
    cx->draining = true;
    self->now_ns = cx->now_ns;
    if (is_told_to_stop(cx))
        weir_http2_stop(self);
    uint64_t before = self->changes;
    weir_poll got = weir_http2_move(self, cx);
    if (got.state == WEIR_PENDING && half != &self->incoming && self->changes != before)
        got.state = WEIR_READY; /* maybe what this half wants */
    weir_http2_arm(self, cx);
    self->stirred = true;
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
    weir_poll got = http2_conn_step(self, cx, half);
    return got.state == WEIR_PENDING ? weir_http2_wait(self, cx, half, what) : got;
}

/* Behind a turn of the task in which the stream of exchanges did not wait. */
static void http2_conn_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct weir_http2 *self = WEIR_CONTAINER(in_flight, struct weir_http2, in_flight);
    for (bool begun = false;; begun = true) {
        if (begun && !weir_spend(cx)) {
            weir_waker_wake(cx->waker);
            return;
        }
        if (http2_conn_step(self, cx, &self->incoming).state != WEIR_READY)
            return;
    }
}

weir_poll weir_http2_drain(struct weir_http2 *self, weir_cx *cx, struct weir_http2_half *half)
{
    for (bool begun = false;;) {
        bool last = self->left && self->parts == 1;
        if (self->over || (!last && !weir_http2_wants_write(self)))
            return (weir_poll){0, WEIR_READY};
        weir_poll got = weir_http2_go_on(self, cx, half, &begun, WEIR_WAIT_IO);
        if (got.state == WEIR_PENDING)
            return got;
    }
}

/* ---- the stream of exchanges ---- */

static bool http2_conn_give(struct weir_http2 *self, weir_exchange **out)
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
        return weir_http2_no_memory(cx);
    cx->error = *self->failure;
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll http2_conn_next(struct weir_http2 *self, weir_cx *cx, weir_exchange **out)
{
    for (bool begun = false;;) {
        if (http2_conn_give(self, out))
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
    weir_poll got = http2_conn_next(self, cx, out);
    if (got.state != WEIR_PENDING)
        weir_http2_satisfied(self, &self->incoming);
    return weir_in_flight_polled(&self->in_flight, cx, got);
}

/* ---- making and releasing ---- */

static void http2_conn_end(struct weir_http2 *self)
{
    if (!self->over)
        weir_http2_leave_transport(self);
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
        http2_conn_end(self);
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
    http2_conn_pass_on(self);
    lose_part(self);
}

weir_stage *weir_http2_input(const struct weir_http2 *self, size_t i)
{
    if (self->over || i > 1)
        return NULL;
    return i ? &self->io.writer->stage : &self->io.reader->stage;
}

static struct weir_http2 *http2_conn_give_up(struct weir_http2 *self, weir_duplex io)
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
        return http2_conn_give_up(NULL, io);
    memset(self, 0, sizeof *self);
    self->config = *config;
    self->session = weir_http2_session(self);
    if (!self->session)
        return http2_conn_give_up(self, io);
    self->holders = 2;
    self->parts = 1;
    self->io = io;
    self->in_flight.progress = http2_conn_progress;
    self->fresh_end = &self->fresh;
    self->glitches = WEIR_HTTP2_GLITCHES;
    weir_waker_init(&self->waker, &http2_conn_own_ops);
    weir_timer_set(&self->timer, UINT64_MAX);
    self->soon_ns = UINT64_MAX;
    return self;
}
#endif
