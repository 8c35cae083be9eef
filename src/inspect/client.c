/* inspect_client: commands are read while the answer to the one before is complete, and the text
 * goes out as fast as the client reads it. */

#include "inspect/client.h"

#include <string.h>

#include "core/stage.h"
#include "inspect/session.h"
#include "weir/alloc.h"

struct client {
    weir_stream stream;
    struct weir_export *of;
    weir_duplex near;
    weir_stream *ends;            /* done when nobody is told any more; NULL: it was, or never is */
    struct weir_session *session; /* NULL: it is refused */
    weir_timer timer, again;
    bool begun, said_all; /* said_all: no more commands come */
    bool skips;           /* the rest of a line that was too long */
    bool gone, unread;
    size_t out_n, out_at;
    char out[WEIR_INSPECT_LINE_BYTES];
};

static struct client *client_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct client, stream);
}

/* ---- commands ---- */

static void obey(struct client *self, const unsigned char *bytes, size_t n)
{
    char line[WEIR_INSPECT_COMMAND_BYTES + 2];
    size_t most = sizeof line - 1;
    n = n < most ? n : most;
    memcpy(line, bytes, n);
    line[n] = 0;
    if (!self->skips)
        weir_session_command(self->session, memchr(line, 0, n) ? "\1" : line);
    self->skips = false;
}

/* True: something was consumed. */
static bool inspect_client_take_line(struct client *self, bool last)
{
    size_t n;
    const unsigned char *bytes = weir_peek(self->near.reader, &n);
    const unsigned char *end = n ? memchr(bytes, '\n', n) : NULL;
    size_t line = end ? (size_t)(end - bytes) : n;
    if (!n || (!end && !last && n <= WEIR_INSPECT_COMMAND_BYTES))
        return false;
    obey(self, bytes, line);
    self->skips = !end;
    weir_consume(self->near.reader, end ? line + 1 : n);
    return true;
}

static bool may_read(const struct client *self)
{
    return self->session && !self->said_all && !weir_session_is_busy(self->session) &&
           !weir_session_is_over(self->session);
}

/* READY: a line was obeyed. END: nothing is to be read now. */
static weir_poll inspect_client_read_some(struct client *self, weir_cx *cx)
{
    size_t n;
    if (!may_read(self))
        return (weir_poll){0, WEIR_END};
    if (inspect_client_take_line(self, false))
        return (weir_poll){0, WEIR_READY};
    (void)weir_peek(self->near.reader, &n);
    weir_poll got = weir_poll_fill(self->near.reader, cx, n + 1);
    if (got.state == WEIR_ERROR)
        self->gone = true;
    if (got.state != WEIR_END)
        return got;
    if (inspect_client_take_line(self, true))
        return (weir_poll){0, WEIR_READY};
    self->said_all = true;
    return got;
}

/* ---- text ---- */

static bool inspect_client_has_text(struct client *self)
{
    if (self->out_at == self->out_n && self->session) {
        self->out_at = 0;
        self->out_n = weir_session_take(self->session, self->out, sizeof self->out);
    }
    return self->out_at < self->out_n;
}

/* Each piece is sent before the next one is made, so that little stands in the connection. READY:
 * some was taken. END: there is none. */
static weir_poll inspect_client_write_some(struct client *self, weir_cx *cx)
{
    weir_poll got = weir_poll_flush(self->near.writer, cx);
    if (got.state == WEIR_READY && !inspect_client_has_text(self))
        return (weir_poll){0, WEIR_END};
    if (got.state == WEIR_READY)
        got = weir_poll_write(self->near.writer, cx, self->out + self->out_at,
                              self->out_n - self->out_at);
    if (got.state == WEIR_READY)
        self->out_at += got.n;
    if (got.state == WEIR_ERROR)
        self->gone = true;
    return got;
}

/* ---- its life ---- */

static void inspect_client_begin(struct client *self)
{
    weir_error error;
    self->begun = true;
    self->session = weir_session_new(self->of, &error);
    if (!self->session && error.code == WEIR_E_LIMIT)
        self->out_n = weir_session_busy(self->out, sizeof self->out);
    self->gone = !self->session && !self->out_n;
}

/* Nobody is told any more: the client is, before it goes. */
static void inspect_client_look_for_end(struct client *self, weir_cx *cx)
{
    unsigned char unit;
    if (!self->ends || weir_poll_next(self->ends, cx, &unit, 1).state == WEIR_PENDING)
        return;
    weir_drop(self->ends);
    self->ends = NULL;
    if (self->session)
        weir_session_end(self->session, "the program ended");
}

static void inspect_client_tick(struct client *self, weir_cx *cx)
{
    while (self->session) {
        uint64_t due_ns = weir_session_due_ns(self->session);
        if (due_ns == UINT64_MAX)
            return;
        weir_timer_set(&self->timer, due_ns);
        if (weir_timer_poll(cx, &self->timer).state != WEIR_READY)
            return;
        weir_session_tick(self->session, weir_clock_now_ns(cx));
    }
}

/* While it is answered, and behind its last command, nothing is read of it: that it has gone is
 * seen by what is written, so there is something at least each second. */
static void look_if_there(struct client *self, weir_cx *cx)
{
    enum { AGAIN_NS = 1000000000 };
    bool unread = self->session && (self->said_all || weir_session_is_busy(self->session));
    if (unread && !self->unread)
        weir_timer_set(&self->again, weir_after_ns(weir_clock_now_ns(cx), AGAIN_NS));
    self->unread = unread;
    while (unread && weir_timer_poll(cx, &self->again).state == WEIR_READY) {
        weir_session_say_time(self->session);
        weir_timer_set(&self->again, weir_after_ns(weir_clock_now_ns(cx), AGAIN_NS));
    }
}

/* It was told all, and nothing else can come. */
static bool inspect_client_is_over(const struct client *self)
{
    if (self->gone || !self->session || weir_session_is_over(self->session))
        return true;
    return self->said_all && weir_session_is_idle(self->session);
}

static weir_poll inspect_client_finish(struct client *self, weir_cx *cx, void *out)
{
    weir_poll got = {0, WEIR_END};
    if (!self->gone)
        got = weir_poll_close(self->near.writer, cx);
    if (got.state == WEIR_PENDING || got.state == WEIR_READY)
        return got;
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

/* One step of each. READY: there was one, or there may be another. END: it is over. */
static weir_poll inspect_client_step(struct client *self, weir_cx *cx)
{
    inspect_client_look_for_end(self, cx);
    inspect_client_tick(self, cx);
    look_if_there(self, cx);
    weir_poll read = inspect_client_read_some(self, cx);
    weir_poll written = self->gone ? (weir_poll){0, WEIR_END} : inspect_client_write_some(self, cx);
    if (self->gone || (written.state == WEIR_END && inspect_client_is_over(self)))
        return (weir_poll){0, WEIR_END};
    bool more = read.state == WEIR_READY || written.state == WEIR_READY;
    more |= read.state == WEIR_END && may_read(self); /* its answer is complete by now */
    return (weir_poll){0, more ? WEIR_READY : WEIR_PENDING};
}

static weir_poll client_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct client *self = client_of(stream);
    (void)demand;
    if (!weir_clock_is_there(cx, "inspect_client"))
        return (weir_poll){0, WEIR_ERROR};
    if (!self->begun)
        inspect_client_begin(self);
    for (;;) {
        weir_poll got = inspect_client_step(self, cx);
        if (got.state == WEIR_END)
            return inspect_client_finish(self, cx, out);
        if (got.state == WEIR_PENDING)
            return got;
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

static void client_fini(weir_stream *stream)
{
    struct client *self = client_of(stream);
    weir_timer_stop(&self->timer);
    weir_timer_stop(&self->again);
    weir_drop(self->ends);
    if (self->session)
        weir_session_drop(self->session);
    weir_duplex_drop(self->near);
}

static weir_stage *client_input(const weir_stream *stream, size_t i)
{
    const struct client *self = client_of(stream);
    weir_stage *inputs[] = {&self->near.reader->stage, &self->near.writer->stage,
                            self->ends ? &self->ends->stage : NULL};
    return i < sizeof inputs / sizeof *inputs ? inputs[i] : NULL;
}

static const weir_stream_ops client_ops = {.size = sizeof client_ops,
                                           .name = "inspect_client",
                                           .poll_next = client_poll_next,
                                           .fini = client_fini,
                                           .size_hint = weir_size_hint_one,
                                           .input = client_input};

weir_stream *weir_inspect_client(struct weir_export *of, weir_duplex near)
{
    weir_stream *stream = weir_source_new(sizeof(struct client), &client_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage)) {
        weir_duplex_abort(near);
        return stream;
    }
    struct client *self = client_of(stream);
    stream->stage.one = true;
    self->of = of;
    self->near = near;
    self->ends = of->ends ? weir_cancelled(of->ends) : NULL;
    stream = weir_stream_with(stream, &near.reader->stage);
    return weir_stage_failed(&stream->stage) ? stream
                                             : weir_stream_with(stream, &near.writer->stage);
}
