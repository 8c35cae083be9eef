/* A request on its way: its head, then the body, as long as it says or in chunks. */

#include <string.h>
#include <sys/uio.h>

#include "http/client.h"
#include "weir/alloc.h"

/* For an interim 100, which old servers never send. */
#define CLIENT_SEND_PATIENCE_NS 1000000000ull

static size_t client_send_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static void client_send_took(struct weir_http_sending *self, weir_cx *cx)
{
    if (cx->timers)
        self->moved_ns = weir_clock_now_ns(cx);
}

/* ---- the head ---- */

static void release_head(struct weir_http_sending *self)
{
    weir_release(self->head, self->head_n);
    self->head = NULL;
}

static weir_poll send_head(struct weir_http_sending *self, weir_cx *cx, weir_writer *to)
{
    weir_poll got =
        weir_poll_write(to, cx, self->head + self->head_at, self->head_n - self->head_at);
    if (got.state != WEIR_READY)
        return got;
    client_send_took(self, cx);
    self->head_at += got.n;
    if (self->head_at == self->head_n)
        release_head(self);
    return got;
}

/* ---- a body in chunks ---- */

static void frame(struct weir_http_sending *self, const char *format, unsigned size)
{
    self->frame_at = 0;
    self->frame_n = (uint8_t)weir_format(self->frame, sizeof self->frame, format, size);
}

/* What is in hand becomes a chunk. The end of the line of the one before goes with it. */
static void begin_chunk(struct weir_http_sending *self)
{
    size_t n = client_send_in_hand(self->body);
    n = n < WEIR_BLOCK_BYTES ? n : WEIR_BLOCK_BYTES;
    frame(self, self->sent ? "\r\n%x\r\n" : "%x\r\n", (unsigned)n);
    self->chunk_left = n;
}

static void end_chunks(struct weir_http_sending *self)
{
    frame(self, self->sent ? "\r\n%x\r\n\r\n" : "%x\r\n\r\n", 0);
    self->last = true;
}

static weir_poll send_chunk(struct weir_http_sending *self, weir_cx *cx, weir_writer *to)
{
    size_t n, framed = (size_t)self->frame_n - self->frame_at;
    const unsigned char *bytes = weir_peek(self->body, &n);
    n = n < self->chunk_left ? n : (size_t)self->chunk_left;
    struct iovec pieces[] = {{self->frame + self->frame_at, framed}, {(void *)bytes, n}};
    if (!framed)
        return weir_poll_give(to, cx, self->body->block, bytes, n);
    return weir_poll_writev(to, cx, pieces, n ? 2 : 1);
}

static void took_of_chunk(struct weir_http_sending *self, size_t n)
{
    size_t framed = (size_t)self->frame_n - self->frame_at;
    size_t of_frame = n < framed ? n : framed;
    self->frame_at += (uint8_t)of_frame;
    n -= of_frame;
    weir_consume(self->body, n);
    self->chunk_left -= n;
    self->sent += n;
}

/* ---- a body of a length ---- */

static weir_poll fail_length(struct weir_http_sending *self, weir_cx *cx, bool longer)
{
    self->of_body = true;
    unsigned long long said = self->sent + self->left;
    if (longer)
        weir_fail(cx, WEIR_E_LIMIT, "the request's body is longer than the %llu bytes said", said);
    else
        weir_fail(cx, WEIR_E_TRUNCATED, "the request's body ended after %llu of %llu bytes",
                  (unsigned long long)self->sent, said);
    cx->error.cure = ".length = WEIR_LENGTH_UNKNOWN where it is not known before";
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll client_send_some(struct weir_http_sending *self, weir_cx *cx, weir_writer *to)
{
    size_t n;
    const unsigned char *bytes = weir_peek(self->body, &n);
    if (n > self->left)
        return fail_length(self, cx, true);
    weir_poll got = weir_poll_give(to, cx, self->body->block, bytes, n);
    if (got.state != WEIR_READY)
        return got;
    weir_consume(self->body, got.n);
    self->sent += got.n;
    self->left -= got.n;
    return got;
}

/* ---- the body ---- */

/* It stalls: what the connection was given goes on. */
static weir_poll client_send_flush_and_wait(weir_cx *cx, weir_writer *to)
{
    weir_wait_for what = cx->wait_for;
    const weir_stage *waiting = cx->waiting;
    weir_poll got = weir_poll_flush(to, cx);
    if (got.state == WEIR_ERROR)
        return got;
    cx->wait_for = what;
    cx->waiting = waiting;
    return (weir_poll){0, WEIR_PENDING};
}

static void body_ended(struct weir_http_sending *self)
{
    weir_drop(self->body);
    self->body = NULL;
}

static weir_poll client_send_at_end(struct weir_http_sending *self, weir_cx *cx)
{
    if (self->body->stage.cut) {
        self->of_body = true;
        return weir_fail(cx, WEIR_E_STOPPED, "the runtime was stopped in the request's body");
    }
    if (self->chunked)
        end_chunks(self);
    else if (self->left)
        return fail_length(self, cx, false);
    else
        body_ended(self);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll fill_body(struct weir_http_sending *self, weir_cx *cx, weir_writer *to)
{
    weir_poll got = weir_poll_fill(self->body, cx, 1);
    if (got.state == WEIR_END)
        return client_send_at_end(self, cx);
    if (got.state == WEIR_PENDING)
        return client_send_flush_and_wait(cx, to);
    self->of_body = got.state == WEIR_ERROR;
    if (got.state == WEIR_READY && self->chunked)
        begin_chunk(self);
    return got;
}

static weir_poll send_body(struct weir_http_sending *self, weir_cx *cx, weir_writer *to)
{
    bool framed = self->frame_at < self->frame_n;
    if (!framed && self->last) {
        body_ended(self);
        return (weir_poll){0, WEIR_READY};
    }
    if (!framed && (self->chunked ? !self->chunk_left : !client_send_in_hand(self->body)))
        return fill_body(self, cx, to);
    weir_poll got = self->chunked ? send_chunk(self, cx, to) : client_send_some(self, cx, to);
    if (got.state == WEIR_READY) {
        client_send_took(self, cx);
        if (self->chunked)
            took_of_chunk(self, got.n);
    }
    return got;
}

weir_poll weir_http_sending_look(struct weir_http_sending *self, weir_cx *cx)
{
    weir_poll got = weir_poll_fill(self->body, cx, 1);
    self->of_body = got.state == WEIR_ERROR;
    if (got.state == WEIR_READY && !self->chunked && client_send_in_hand(self->body) > self->left)
        return fail_length(self, cx, true);
    if (got.state != WEIR_END)
        return got;
    got = client_send_at_end(self, cx);
    if (got.state == WEIR_READY && self->body)
        body_ended(self);
    return got;
}

/* ---- all of it ---- */

static weir_poll client_send_finish(struct weir_http_sending *self, weir_cx *cx, weir_writer *to)
{
    weir_poll got = weir_poll_flush(to, cx);
    self->done = got.state == WEIR_READY;
    return got;
}

/* The head is out, and the peer is asked. READY: nothing is to be done meanwhile. */
static weir_poll wait_for_leave(struct weir_http_sending *self, weir_cx *cx, weir_writer *to)
{
    weir_poll got = weir_poll_flush(to, cx);
    if (got.state != WEIR_READY || !cx->timers)
        return got;
    if (!self->expecting) {
        self->expecting = true;
        weir_timer_set(&self->patience,
                       weir_after_ns(weir_clock_now_ns(cx), CLIENT_SEND_PATIENCE_NS));
    }
    if (weir_timer_poll(cx, &self->patience).state == WEIR_READY)
        self->waits = false;
    return got;
}

static weir_poll client_send_step(struct weir_http_sending *self, weir_cx *cx, weir_writer *to)
{
    if (self->head)
        return send_head(self, cx, to);
    return self->body ? send_body(self, cx, to) : client_send_finish(self, cx, to);
}

weir_poll weir_http_sending_poll(struct weir_http_sending *self, weir_cx *cx, weir_writer *to)
{
    for (bool begun = false; !self->done && !self->stopped; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        if (!self->head && self->waits) {
            weir_poll got = wait_for_leave(self, cx, to);
            if (got.state != WEIR_READY || self->waits)
                return got;
        }
        weir_poll got = client_send_step(self, cx, to);
        if (got.state != WEIR_READY)
            return got;
    }
    return (weir_poll){0, WEIR_READY};
}

bool weir_http_sending_owes(const struct weir_http_sending *self)
{
    return !self->done && !self->stopped && (!self->body || self->last);
}

void weir_http_sending_begin(struct weir_http_sending *self, char *head, size_t n)
{
    release_head(self);
    self->head = head;
    self->head_n = n;
    self->head_at = 0;
    self->done = self->stopped = false;
}

void weir_http_sending_stop(struct weir_http_sending *self)
{
    self->stopped = true;
    weir_http_sending_fini(self);
}

void weir_http_sending_fini(struct weir_http_sending *self)
{
    release_head(self);
    weir_drop(self->body);
    self->body = NULL;
    weir_timer_stop(&self->patience);
}
