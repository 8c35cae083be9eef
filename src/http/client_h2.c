/* The client over HTTP/2: a connection, what came over it and what goes out. */

#ifdef WEIR_HAVE_NGHTTP2
#include "http/client_h2.h"

#include <string.h>

#include "http/http2.h"
#include "weir/alloc.h"

enum {
    FIELD_BYTES = 32, /* that a field counts for besides its text */
    /* Frames of a head behind its first, so that the largest that may be asked for fits. What is
     * too large for a request is known by its fields, and is not kept. */
    CONTINUATIONS_MAX = WEIR_HTTP_CLIENT_HEAD_MAX / WEIR_HTTP2_FRAME_BYTES
};

static struct weir_http2c_stream *client_h2_stream_of(nghttp2_session *session, int32_t id)
{
    return nghttp2_session_get_stream_user_data(session, id);
}

/* ---- what came ---- */

static int reset_for(bool *why)
{
    *why = true;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int client_h2_take_field(struct weir_http2c_stream *stream, struct weir_http2c_list *list,
                                const uint8_t *name, size_t name_n, const uint8_t *value,
                                size_t value_n)
{
    const weir_http_client_options *options = &stream->reply->options;
    list->counted += name_n + value_n + FIELD_BYTES;
    if (list->counted > options->head_bytes_max || list->fields == options->headers_max)
        return reset_for(&stream->too_large);
    if (!weir_http2c_list_add(list, name, name_n) || !weir_http2c_list_add(list, value, value_n))
        return reset_for(&stream->no_memory);
    list->fields++;
    return 0;
}

static int client_h2_on_header(nghttp2_session *session, const nghttp2_frame *frame,
                               const uint8_t *name, size_t name_n, const uint8_t *value,
                               size_t value_n, uint8_t flags, void *arg)
{
    struct weir_http2c_stream *stream = client_h2_stream_of(session, frame->hd.stream_id);
    (void)flags;
    (void)arg;
    if (!stream)
        return 0;
    if (name_n == 7 && !memcmp(name, ":status", 7))
        stream->status =
            (uint16_t)((value[0] - '0') * 100 + (value[1] - '0') * 10 + value[2] - '0');
    if (name[0] == ':')
        return 0;
    struct weir_http2c_list *list = stream->headed ? &stream->trailers : &stream->head;
    return client_h2_take_field(stream, list, name, name_n, value, value_n);
}

/* What is wrong with one answer alone leaves the others. */
static int client_h2_reset(struct weir_http2c_stream *stream)
{
    return nghttp2_submit_rst_stream(stream->connection->session, NGHTTP2_FLAG_NONE, stream->id,
                                     NGHTTP2_CANCEL);
}

static int end_head(struct weir_http2c_stream *stream)
{
    if (stream->headed)
        return 0;
    stream->headed = stream->status >= 200;
    if (stream->headed)
        return 0;
    weir_http2c_list_drop(&stream->head);
    return ++stream->interim == WEIR_HTTP_INTERIM_MAX + 1 ? client_h2_reset(stream) : 0;
}

static int client_h2_on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct weir_http2c *self = arg;
    struct weir_http2c_stream *stream = client_h2_stream_of(session, frame->hd.stream_id);
    int got = 0;
    self->going |= frame->hd.type == NGHTTP2_GOAWAY;
    if (!stream)
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS)
        got = end_head(stream);
    bool ends = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    stream->ended |= ends && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
    weir_waker_slot_wake(&stream->waiter);
    return got;
}

void weir_http2c_consumed(struct weir_http2c *self, int32_t id, size_t n)
{
    weir_http2_consumed(self->session, id, n, &self->owed, WEIR_HTTP2C_WINDOW_BYTES / 4);
}

/* It comes as far as the window goes, which is opened by what is read. */
static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t n, void *arg)
{
    struct weir_http2c_stream *stream = client_h2_stream_of(session, id);
    (void)flags;
    if (!stream || stream->no_memory) {
        weir_http2c_consumed(arg, id, n);
        return 0;
    }
    if (stream->in_begin == stream->in_end)
        stream->in_begin = stream->in_end = 0;
    if (stream->in_begin && stream->in_end + n > stream->in_room) {
        memmove(stream->in, stream->in + stream->in_begin, stream->in_end - stream->in_begin);
        stream->in_end -= stream->in_begin;
        stream->in_begin = 0;
    }
    char *in = (char *)stream->in;
    if (!weir_http2c_grow(&in, &stream->in_room, stream->in_end + n)) {
        stream->no_memory = true;
        weir_http2c_consumed(arg, id, n);
        return client_h2_reset(stream);
    }
    stream->in = (unsigned char *)in;
    memcpy(stream->in + stream->in_end, bytes, n);
    stream->in_end += n;
    weir_waker_slot_wake(&stream->waiter);
    return 0;
}

static int client_h2_on_close(nghttp2_session *session, int32_t id, uint32_t code, void *arg)
{
    struct weir_http2c_stream *stream = client_h2_stream_of(session, id);
    (void)arg;
    if (!stream)
        return 0;
    stream->closed = true;
    stream->code = code;
    weir_waker_slot_wake(&stream->waiter);
    return 0;
}

/* ---- what goes out ---- */

static size_t client_h2_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

ssize_t weir_http2c_read(nghttp2_session *session, int32_t id, uint8_t *out, size_t size,
                         uint32_t *flags, nghttp2_data_source *source, void *arg)
{
    struct weir_http2c_stream *stream = client_h2_stream_of(session, id);
    struct weir_http_sending *send = stream ? &stream->reply->send : NULL;
    (void)source;
    (void)arg;
    if (!send || send->stopped || (send->body && !client_h2_in_hand(send->body))) {
        if (stream)
            stream->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    if (!send->body) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        send->done = true;
        return 0;
    }
    size_t n = client_h2_in_hand(send->body);
    n = n < size ? n : size;
    memcpy(out, send->body->base + send->body->begin, n);
    weir_consume(send->body, n);
    send->sent += n;
    send->left -= send->chunked ? 0 : n;
    return (ssize_t)n;
}

/* The body as far as it is there. READY: nothing is wrong with it. */
weir_poll weir_http2c_pump(struct weir_http2c_stream *stream, weir_cx *cx)
{
    weir_reply *reply = stream->reply;
    struct weir_http_sending *send = &reply->send;
    weir_poll ready = {0, WEIR_READY};
    if (!send->body || send->stopped || stream->closed || client_h2_in_hand(send->body))
        return ready;
    weir_poll got = weir_http_sending_look(send, cx);
    if (got.state != WEIR_READY)
        return got.state == WEIR_PENDING ? ready : got;
    if (stream->deferred)
        nghttp2_session_resume_data(stream->connection->session, stream->id);
    stream->deferred = false;
    return ready;
}

/* It is told that it broke the protocol: nghttp2 takes nothing more of what it says. */
static int client_h2_on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct weir_http2c *self = arg;
    if (frame->hd.type == NGHTTP2_GOAWAY)
        self->broke = frame->goaway.error_code;
    if (frame->hd.type != NGHTTP2_DATA || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    struct weir_http2c_stream *stream = client_h2_stream_of(session, frame->hd.stream_id);
    if (stream)
        stream->batch = self->batch;
    return 0;
}

/* ---- the transport ---- */

static void client_h2_tell_all(struct weir_http2c *self)
{
    for (struct weir_http2c_stream *stream = self->streams; stream; stream = stream->next)
        weir_waker_slot_wake(&stream->waiter);
}

static weir_poll client_h2_broken(struct weir_http2c *self, weir_cx *cx)
{
    if (!self->deaf)
        self->failure = cx->error;
    self->failed = true;
    client_h2_tell_all(self);
    return (weir_poll){0, WEIR_END};
}

static bool client_h2_gather(struct weir_http2c *self, weir_cx *cx)
{
    self->out_at = self->out_n = 0;
    self->batch++;
    for (;;) {
        ssize_t n = (ssize_t)self->rest_n;
        if (!n)
            n = nghttp2_session_mem_send(self->session, &self->rest);
        if (n < 0) {
            weir_fail(cx, WEIR_E_MEMORY, "HTTP/2: %s", nghttp2_strerror((int)n));
            return false;
        }
        self->rest_n = (size_t)n;
        if (!n || (size_t)n > sizeof self->out - self->out_n)
            return true;
        memcpy(self->out + self->out_n, self->rest, (size_t)n);
        self->out_n += (size_t)n;
        self->rest_n = 0;
    }
}

/* READY with n: so many bytes went out; 0: there are none. */
static weir_poll client_h2_send_some(struct weir_http2c *self, weir_cx *cx)
{
    weir_writer *writer = self->link->io.writer;
    if (self->out_at == self->out_n && !client_h2_gather(self, cx))
        return (weir_poll){0, WEIR_ERROR};
    if (self->out_at == self->out_n) {
        weir_poll flushed = {0, WEIR_READY};
        if (self->unflushed)
            flushed = weir_poll_flush(writer, cx);
        self->unflushed &= flushed.state != WEIR_READY;
        return flushed.state == WEIR_READY ? (weir_poll){0, WEIR_READY} : flushed;
    }
    weir_poll got =
        weir_poll_write(writer, cx, self->out + self->out_at, self->out_n - self->out_at);
    self->out_at += got.n;
    self->unflushed |= got.n > 0;
    return got;
}

/* Where the protocol is broken nghttp2 says so to the peer; here it gives up by itself: there is no
 * memory, or too much of what brings nothing. */
static weir_poll client_h2_refuse(weir_cx *cx, int error)
{
    bool memory = error == NGHTTP2_ERR_NOMEM || error == NGHTTP2_ERR_CALLBACK_FAILURE;
    return weir_fail(cx, memory ? WEIR_E_MEMORY : WEIR_E_LIMIT, "HTTP/2: %s",
                     nghttp2_strerror(error));
}

static weir_poll client_h2_receive(struct weir_http2c *self, weir_cx *cx)
{
    weir_reader *reader = self->link->io.reader;
    weir_poll got = weir_poll_fill(reader, cx, 1);
    if (got.state != WEIR_READY)
        return got;
    size_t n;
    const unsigned char *bytes = weir_peek(reader, &n);
    ssize_t took = nghttp2_session_mem_recv(self->session, bytes, n);
    if (took < 0)
        return client_h2_refuse(cx, (int)took);
    weir_consume(reader, (size_t)took);
    return got;
}

/* What the peer is told last goes out if it can, and is not waited for. */
static weir_poll client_h2_give_up(struct weir_http2c *self, weir_cx *cx)
{
    weir_ignore(weir_poll_flush(self->link->io.writer, cx));
    weir_fail(cx, WEIR_E_CORRUPT, "the peer broke the protocol of HTTP/2: %s",
              nghttp2_http2_strerror(self->broke));
    return client_h2_broken(self, cx);
}

/* What is wrong with the connection may be what follows an answer, which is read yet. */
static weir_poll client_h2_deafen(struct weir_http2c *self, weir_cx *cx)
{
    if (cx->error.code != WEIR_E_SYSTEM && cx->error.code != WEIR_E_CLOSED)
        return client_h2_broken(self, cx);
    self->failure = cx->error;
    self->deaf = self->going = true;
    return (weir_poll){0, WEIR_READY};
}

/* PENDING: it takes nothing now; READY without n: there is nothing to send. */
static weir_poll client_h2_send(struct weir_http2c *self, weir_cx *cx)
{
    if (self->deaf)
        return (weir_poll){0, WEIR_READY};
    weir_poll got = client_h2_send_some(self, cx);
    if (got.state != WEIR_PENDING && self->awaited) {
        self->awaited = false;
        client_h2_tell_all(self);
    }
    if (got.state == WEIR_ERROR && !self->broke)
        return client_h2_deafen(self, cx);
    return self->broke && !got.n ? client_h2_give_up(self, cx) : got;
}

static weir_poll client_h2_over(struct weir_http2c *self, weir_cx *cx)
{
    if (self->deaf)
        return client_h2_broken(self, cx);
    self->eof = true;
    client_h2_tell_all(self);
    return (weir_poll){0, WEIR_END};
}

/* READY: something moved. END: nothing will any more. */
static weir_poll client_h2_step(struct weir_http2c *self, weir_cx *cx)
{
    if (self->failed || self->eof)
        return (weir_poll){0, WEIR_END};
    weir_poll sent = client_h2_send(self, cx);
    if (sent.state == WEIR_END || self->broke)
        return sent;
    weir_poll came = client_h2_receive(self, cx);
    if (came.state == WEIR_ERROR)
        return client_h2_broken(self, cx);
    if (came.state == WEIR_END)
        return client_h2_over(self, cx);
    return came.state == WEIR_READY || sent.n ? (weir_poll){0, WEIR_READY} : came;
}

void weir_http2c_stir(struct weir_http2c *self)
{
    if (nghttp2_session_want_write(self->session))
        client_h2_tell_all(self);
}

weir_poll weir_http2c_go_on(struct weir_http2c *self, weir_cx *cx)
{
    weir_waker *outer = cx->waker;
    cx->waker = &self->waker;
    weir_poll got = client_h2_step(self, cx);
    cx->waker = outer;
    return got;
}

/* ---- connections ---- */

static void connection_wake(weir_waker *waker)
{
    client_h2_tell_all(WEIR_CONTAINER(waker, struct weir_http2c, waker));
}

static void connection_release(weir_waker *waker)
{
    struct weir_http2c *self = WEIR_CONTAINER(waker, struct weir_http2c, waker);
    weir_release(self, sizeof *self);
}

static const weir_waker_ops connection_ops = {sizeof connection_ops, connection_wake,
                                              connection_release};

static nghttp2_session *session_new(struct weir_http2c *self)
{
    nghttp2_session *session = NULL;
    nghttp2_session_callbacks *calls = NULL;
    nghttp2_option *option = NULL;
    if (!nghttp2_session_callbacks_new(&calls) && !nghttp2_option_new(&option)) {
        nghttp2_session_callbacks_set_on_header_callback(calls, client_h2_on_header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(calls, client_h2_on_frame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
        nghttp2_session_callbacks_set_on_stream_close_callback(calls, client_h2_on_close);
        nghttp2_session_callbacks_set_on_frame_send_callback(calls, client_h2_on_sent);
        nghttp2_option_set_no_auto_window_update(option, 1);
#ifdef WEIR_NGHTTP2_COUNTS_CONTINUATIONS /* else as many as come; 8 if nobody says how many */
        nghttp2_option_set_max_continuations(option, CONTINUATIONS_MAX);
#endif
        if (nghttp2_session_client_new3(&session, calls, self, option, weir_http2_memory()))
            session = NULL;
    }
    nghttp2_session_callbacks_del(calls);
    nghttp2_option_del(option);
    return session;
}

static bool introduce(nghttp2_session *session)
{
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WEIR_HTTP2C_WINDOW_BYTES}};
    return !nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 2) &&
           !nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                                  WEIR_HTTP2C_ALL_WINDOW_BYTES);
}

bool weir_http2c_begin(struct weir_http_link *link)
{
    struct weir_http2c *self = weir_allocate(sizeof *self);
    if (!self)
        return false;
    memset(self, 0, offsetof(struct weir_http2c, out));
    weir_waker_init(&self->waker, &connection_ops);
    self->link = link;
    self->session = session_new(self);
    if (self->session && introduce(self->session)) {
        link->h2 = self;
        return true;
    }
    nghttp2_session_del(self->session);
    weir_waker_unref(&self->waker);
    return false;
}

/* Its transport, which may hold its waker, goes with the link. */
void weir_http2c_end(struct weir_http_link *link)
{
    struct weir_http2c *self = link->h2;
    link->h2 = NULL;
    nghttp2_session_del(self->session);
    self->session = NULL;
    weir_waker_unref(&self->waker);
}

bool weir_http2c_rested(struct weir_http_link *link, weir_cx *cx)
{
    while (weir_http2c_go_on(link->h2, cx).state == WEIR_READY)
        if (!weir_spend(cx))
            break;
    return weir_http2c_is_open(link);
}

bool weir_http2c_is_open(const struct weir_http_link *link)
{
    const struct weir_http2c *self = link->h2;
    return !self->failed && !self->eof && !self->going &&
           nghttp2_session_check_request_allowed(self->session);
}
#endif
