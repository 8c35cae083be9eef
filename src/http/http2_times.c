/* Times of a connection of HTTP/2. All of them hang on one timer, which is set for the first thing
 * that may be late, and not moved when that comes in time: then it fires for nothing, and looks
 * when the next thing may be. */

#ifdef WEIR_HAVE_NGHTTP2
#include "core/format.h"
#include "http/http2.h"

#define HTTP2_TIMES_SECOND_NS 1000000000ull

void weir_http2_due(struct weir_http2 *self, uint64_t due_ns)
{
    self->soon_ns = due_ns < self->soon_ns ? due_ns : self->soon_ns;
}

static void http2_times_arm(struct weir_http2 *self, weir_cx *cx)
{
    weir_waker *given = cx->waker;
    weir_wait_for what = cx->wait_for;
    const weir_stage *waiting = cx->waiting;
    weir_timer_set(&self->timer, self->soon_ns);
    cx->waker = &self->waker;
    if (weir_timer_poll(cx, &self->timer).state == WEIR_READY)
        weir_waker_wake(&self->waker); /* the next step sees it */
    cx->waker = given;
    cx->wait_for = what;
    cx->waiting = waiting;
}

void weir_http2_arm(struct weir_http2 *self, weir_cx *cx)
{
    if (cx->timers && !self->over && self->soon_ns < self->timer.due_ns)
        http2_times_arm(self, cx);
}

/* True: it is late. Else it may be at that time. */
static bool http2_times_is_late(const struct weir_http2 *self, uint64_t due_ns, uint64_t *next_ns)
{
    if (self->now_ns >= due_ns)
        return true;
    *next_ns = due_ns < *next_ns ? due_ns : *next_ns;
    return false;
}

static void http2_times_tell_late(struct weir_http2 *self, const char *what, uint64_t ns)
{
    weir_error error;
    const char *peer = weir_http2_peer(self);
    weir_error_set(&error, WEIR_E_TIMEOUT, "HTTP/2: %s %s", what, WEIR_TIME_TEXT(ns));
    weir_format(error.place, sizeof error.place, "%s", peer ? peer : "");
    weir_http_count(&self->config, WEIR_HTTP_REFUSED);
    weir_http_tell(&self->config, &error);
}

/* ---- streams ---- */

uint64_t weir_http2_body_due_ns(const struct weir_http2_stream *stream)
{
    const weir_http_options *options = &stream->connection->config.options;
    uint64_t s = stream->got / options->body_rate_min; /* that these bytes may take */
    uint64_t ns = s < UINT64_MAX / HTTP2_TIMES_SECOND_NS ? s * HTTP2_TIMES_SECOND_NS : UINT64_MAX;
    uint64_t all_ns = ns > options->body_ns ? ns : options->body_ns;
    uint64_t left_ns = all_ns > stream->waited_ns ? all_ns - stream->waited_ns : 0;
    return weir_after_ns(stream->waits_ns, left_ns);
}

static void look_at_body(struct weir_http2_stream *stream, uint64_t *next_ns)
{
    if (!stream->waits_ns || stream->late_in ||
        !http2_times_is_late(stream->connection, weir_http2_body_due_ns(stream), next_ns))
        return;
    stream->late_in = true;
    weir_http2_wake(&stream->body);
}

static void look_at_answer(struct weir_http2_stream *stream, uint64_t *next_ns)
{
    struct weir_http2 *self = stream->connection;
    uint64_t due_ns = weir_after_ns(stream->moved_ns, self->config.options.write_ns);
    if ((!stream->out_n && !stream->lent_n) || !http2_times_is_late(self, due_ns, next_ns))
        return;
    stream->late_out = true;
    weir_http2_reset(stream, NGHTTP2_CANCEL);
    weir_http2_wake(&stream->answer);
}

/* ---- the connection ---- */

static void http2_times_look_at_head(struct weir_http2 *self, uint64_t *next_ns)
{
    uint64_t head_ns = self->config.options.head_ns;
    if (!self->head_ns ||
        !http2_times_is_late(self, weir_after_ns(self->head_ns, head_ns), next_ns))
        return;
    self->head_ns = 0;
    self->going = true;
    http2_times_tell_late(self, "a head did not come whole in", head_ns);
    nghttp2_session_terminate_session(self->session, NGHTTP2_NO_ERROR);
}

static void look_at_transport(struct weir_http2 *self, weir_cx *cx, uint64_t *next_ns)
{
    uint64_t write_ns = self->config.options.write_ns;
    if (!self->blocked_ns ||
        !http2_times_is_late(self, weir_after_ns(self->blocked_ns, write_ns), next_ns))
        return;
    weir_fail_at(cx, self->io.reader, WEIR_E_TIMEOUT, "HTTP/2: the peer took nothing for %s",
                 WEIR_TIME_TEXT(write_ns));
    weir_http2_fail(self, cx);
}

static void look_at_idle(struct weir_http2 *self, uint64_t *next_ns)
{
    uint64_t due_ns = weir_after_ns(self->idle_ns, self->config.options.idle_ns);
    if (!self->open_n && !self->going && http2_times_is_late(self, due_ns, next_ns))
        weir_http2_go(self);
}

static void look_at_stop(struct weir_http2 *self, uint64_t *next_ns)
{
    uint64_t due_ns = weir_after_ns(self->stop_ns, HTTP2_TIMES_SECOND_NS);
    if (self->stopping && !self->going && http2_times_is_late(self, due_ns, next_ns))
        weir_http2_go(self);
}

static uint64_t http2_times_look(struct weir_http2 *self, weir_cx *cx)
{
    uint64_t next_ns = UINT64_MAX;
    look_at_transport(self, cx, &next_ns);
    if (self->over)
        return next_ns;
    for (struct weir_http2_stream *stream = self->streams; stream; stream = stream->next) {
        look_at_body(stream, &next_ns);
        look_at_answer(stream, &next_ns);
    }
    http2_times_look_at_head(self, &next_ns);
    look_at_idle(self, &next_ns);
    look_at_stop(self, &next_ns);
    if (self->shut)
        http2_times_is_late(self, weir_after_ns(self->shut_ns, self->config.options.unread_ns),
                            &next_ns);
    return next_ns;
}

/* What is due is told by the turn's clock; the timer only wakes. */
void weir_http2_times(struct weir_http2 *self, weir_cx *cx)
{
    if (!cx->timers)
        return;
    if (!self->clocked) {
        self->clocked = true;
        self->idle_ns = self->glitches_ns = self->now_ns;
        weir_http2_due(self, weir_after_ns(self->now_ns, self->config.options.idle_ns));
    }
    if (self->timer.fired && self->now_ns < self->timer.due_ns)
        self->now_ns = self->timer.due_ns;
    while (!self->over && self->now_ns >= self->soon_ns) {
        self->soon_ns = UINT64_MAX;
        weir_timer_set(&self->timer, UINT64_MAX);
        uint64_t next_ns = http2_times_look(self, cx);
        weir_http2_due(self, next_ns);
    }
}
#endif
