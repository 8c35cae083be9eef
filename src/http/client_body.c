/* The reader of a reply's body. */

#include "core/stage.h"
#include "http/client_h2.h"

struct body_reader {
    weir_reader reader;
    weir_reply *reply;
};

static weir_reply *reply_of(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct body_reader, reader)->reply;
}

static size_t client_body_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

/* The rest of the request goes out meanwhile, as far as it can. */
static weir_poll send_on(weir_reply *self, weir_cx *cx)
{
    struct weir_http_sending *send = &self->send;
    weir_poll got = {0, WEIR_READY};
    if (send->done || send->stopped)
        return got;
    got = weir_http_sending_poll(send, cx, self->link->io.writer);
    if (got.state == WEIR_ERROR && !send->of_body) {
        weir_http_sending_stop(send);
        got.state = WEIR_READY;
    }
    return got;
}

/* What was lent stands here from now on. False: no memory. */
static bool client_body_keep_rest(weir_reply *self, weir_reader *reader)
{
    if (reader->room)
        return true;
    if (!weir_reader_room(reader, 0))
        return false;
    weir_consume(self->body.io, self->body.lent);
    self->body.lent = 0;
    return true;
}

/* What is left in hand is kept, so that the connection can go on meanwhile; without memory for it
 * the connection stays until the reader is dropped. */
static void client_body_over(weir_reply *self, weir_reader *reader, weir_cx *cx)
{
    weir_timer_stop(&self->total);
    if (!client_body_in_hand(reader))
        weir_reader_release(reader);
    else if (!client_body_keep_rest(self, reader))
        return;
    weir_http_settle_link(self, cx);
}

static weir_poll client_body_fail_stopped(const weir_reply *self, weir_cx *cx)
{
    return weir_http_fail(self, cx, WEIR_E_STOPPED,
                          "the runtime was stopped in the middle of a body, after %llu bytes",
                          (unsigned long long)self->body.n);
}

/* An end is one if nobody brought it about. */
static weir_poll client_body_receive(weir_reply *self, weir_reader *reader, weir_cx *cx, size_t min)
{
    const weir_reader *io = self->body.io;
    weir_poll got = weir_http_framed_fill(&self->body, reader, cx, min);
    bool cut = io->stage.done && io->stage.cut;
    bool truncated = got.state == WEIR_ERROR && cx->error.code == WEIR_E_TRUNCATED;
    bool open = got.state == WEIR_END && self->body.body.framing == WEIR_HTTP_TO_THE_END;
    return cut && (truncated || open) ? client_body_fail_stopped(self, cx) : got;
}

static weir_poll in_time(weir_reply *self, weir_cx *cx)
{
    weir_wait_for what = cx->wait_for;
    const weir_stage *waiting = cx->waiting;
    weir_poll got = weir_http_in_time(self, cx);
    if (got.state == WEIR_PENDING) {
        cx->wait_for = what;
        cx->waiting = waiting;
    }
    return got;
}

/* Whose source has ended was sent all of it, and is not cut off from the last of it by an answer
 * that was early. */
static weir_poll client_body_send_last(const weir_reply *self, weir_poll got)
{
    return got.state == WEIR_END && weir_http_sending_owes(&self->send)
               ? (weir_poll){0, WEIR_PENDING}
               : got;
}

static weir_poll client_body_fill(weir_reply *self, weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_poll got = {0, WEIR_READY};
    if (self->stream) {
        got = weir_http2c_fill(self, reader, cx, min);
        return got.state == WEIR_PENDING ? in_time(self, cx) : got;
    }
    got = send_on(self, cx);
    if (got.state == WEIR_ERROR)
        return got;
    got = client_body_send_last(self, client_body_receive(self, reader, cx, min));
    return got.state == WEIR_PENDING ? in_time(self, cx) : got;
}

static weir_poll client_body_give_up(weir_reply *self, weir_reader *reader, weir_cx *cx)
{
    reader->end = reader->begin;
    weir_reader_release(reader);
    weir_http_give_up_link(self);
    return weir_http_place(self, cx);
}

static weir_poll client_body_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_reply *self = reply_of(reader);
    if (!self->link)
        return (weir_poll){0, WEIR_END};
    weir_poll got = client_body_fill(self, reader, cx, min);
    if (got.state == WEIR_ERROR)
        return client_body_give_up(self, reader, cx);
    if (got.state == WEIR_END)
        client_body_over(self, reader, cx);
    return got;
}

static void client_body_fini(weir_reader *reader)
{
    weir_reply *self = reply_of(reader);
    weir_http_give_up_link(self);
    weir_reply_release(self);
}

static weir_hint client_body_size_hint(const weir_reader *reader)
{
    const weir_reply *self = reply_of(reader);
    if (!self->link || self->body.body.ended)
        return (weir_hint){0, 0};
    uint64_t left = self->body.body.left;
    if (self->body.body.framing != WEIR_HTTP_LENGTH || left >= WEIR_HINT_UNKNOWN)
        return (weir_hint){0, WEIR_HINT_UNKNOWN};
    return (weir_hint){(size_t)left, (size_t)left};
}

static bool client_body_reserve(weir_reader *reader, size_t bytes)
{
    weir_reply *self = reply_of(reader);
    return !self->link || weir_reader_reserve(self->link->io.reader, bytes);
}

static const char *client_body_place(const weir_reader *reader, uint64_t *byte)
{
    (void)byte;
    return reply_of(reader)->url.place;
}

static weir_stage *body_input(const weir_reader *reader, size_t i)
{
    return weir_http_input(reply_of(reader), i);
}

/* Lent, but for what comes in several chunks, and what is left at the end. */
static size_t client_body_memory_max(const weir_reader *reader)
{
    return weir_reader_room_max(reader, WEIR_BLOCK_BYTES) + weir_http_memory_max(reply_of(reader)) +
           WEIR_HTTP_TRAILERS_BYTES;
}

static const weir_reader_ops client_body_ops = {.size = sizeof client_body_ops,
                                                .name = "http body",
                                                .poll_fill = client_body_poll_fill,
                                                .fini = client_body_fini,
                                                .size_hint = client_body_size_hint,
                                                .reserve = client_body_reserve,
                                                .place = client_body_place,
                                                .input = body_input,
                                                .memory_max = client_body_memory_max};

weir_reader *weir_http_body_reader(weir_reply *reply)
{
    weir_reader *reader = weir_reader_new(sizeof(struct body_reader), &client_body_ops);
    if (weir_stage_failed(&reader->stage))
        return reader;
    WEIR_CONTAINER(reader, struct body_reader, reader)->reply = weir_reply_hold(reply);
    reader->stage.remote = true;
    return reply->link ? weir_reader_with(reader, &reply->link->io.reader->stage) : reader;
}
