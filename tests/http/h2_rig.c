/* The rig of h2_rig.h. */

#ifdef WEIR_HAVE_NGHTTP2
#include "h2_rig.h"

#include <stdlib.h>
#include <string.h>

enum { TURNS_MAX = 200000 };

unsigned char rig_byte(size_t at)
{
    return (unsigned char)(at * 7 + at / 251);
}

/* ---- the client ---- */

static struct ask *ask_of(nghttp2_session *session, int32_t id)
{
    return nghttp2_session_get_stream_user_data(session, id);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags, void *arg)
{
    struct ask *ask = ask_of(session, frame->hd.stream_id);
    (void)flags;
    (void)arg;
    if (!ask)
        return 0;
    if (name_n == 7 && !memcmp(name, ":status", 7)) {
        int status = atoi((const char *)value);
        *(status < 200 ? &ask->interim : &ask->status) = status;
    }
    ask->has_length |= name_n == 14 && !memcmp(name, "content-length", 14);
    if (name_n == 12 && !memcmp(name, "content-type", 12) && value_n < sizeof ask->type)
        memcpy(ask->type, value, value_n + 1);
    return 0;
}

static int on_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                    size_t n, void *arg)
{
    struct ask *ask = ask_of(session, id);
    (void)flags;
    (void)arg;
    bool pattern = ask && ask->path && (strstr(ask->path, "bytes") || strstr(ask->path, "echo"));
    for (size_t i = 0; pattern && i < n; i++)
        ask->wrong |= bytes[i] != rig_byte(ask->got + i);
    if (ask)
        ask->got += n;
    if (ask && ask->reset_at && ask->got >= ask->reset_at) {
        ask->reset_at = 0;
        nghttp2_submit_rst_stream(session, 0, id, NGHTTP2_CANCEL);
    }
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct rig *rig = arg;
    struct ask *ask = frame->hd.stream_id ? ask_of(session, frame->hd.stream_id) : NULL;
    if (frame->hd.type == NGHTTP2_GOAWAY) {
        rig->goaways++;
        rig->goaway = frame->goaway.error_code;
        rig->goaway_last = frame->goaway.last_stream_id;
    }
    rig->pings += frame->hd.type == NGHTTP2_PING;
    if (frame->hd.type == NGHTTP2_DATA && rig->order_n < RIG_ORDER)
        rig->order[rig->order_n++] = frame->hd.stream_id;
    if (ask && frame->hd.type != NGHTTP2_WINDOW_UPDATE && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        ask->ended = true;
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *arg)
{
    struct ask *ask = ask_of(session, id);
    (void)arg;
    if (!ask)
        return 0;
    ask->closed = true;
    ask->code = code;
    return 0;
}

#define NV(name, value)                                                                            \
    {                                                                                              \
        (uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(value), strlen(name), strlen(value),  \
            0                                                                                      \
    }

static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t room,
                       uint32_t *flags, nghttp2_data_source *source, void *arg)
{
    struct ask *ask = source->ptr;
    size_t n = ask->body - ask->sent < room ? ask->body - ask->sent : room;
    (void)arg;
    for (size_t i = 0; i < n; i++)
        bytes[i] = rig_byte(ask->sent + i);
    ask->sent += n;
    if (!n && ask->stays)
        return NGHTTP2_ERR_DEFERRED;
    if (ask->sent == ask->body && !ask->stays)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (*flags & NGHTTP2_DATA_FLAG_EOF && ask->trails) {
        nghttp2_nv tail = NV("tail", "1");
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        nghttp2_submit_trailer(session, id, &tail, 1);
    }
    return (ssize_t)n;
}

static void submit(struct rig *rig, struct ask *ask)
{
    char length[24];
    weir_format(length, sizeof length, "%zu", ask->body);
    bool connects = ask->method && !strcmp(ask->method, "CONNECT");
    nghttp2_nv fields[8] = {NV(":method", ask->method ? ask->method : "GET"),
                            NV(":authority", ask->host ? ask->host : "localhost"),
                            NV(":scheme", ask->scheme ? ask->scheme : "http"),
                            NV(":path", ask->path ? ask->path : "/")};
    size_t n = connects ? 2 : 4;
    if (ask->name)
        fields[n++] = (nghttp2_nv)NV(ask->name, ask->value);
    if (ask->again)
        fields[n++] = (nghttp2_nv)NV(ask->name, ask->again);
    if (ask->says_length)
        fields[n++] = (nghttp2_nv)NV("content-length", length);
    nghttp2_data_provider provider = {{.ptr = ask}, on_read};
    bool body = ask->body || ask->stays || ask->trails;
    ask->id = nghttp2_submit_request(rig->session, NULL, fields, n, body ? &provider : NULL, ask);
}

struct ask *rig_ask(struct rig *rig, const char *path)
{
    struct ask *ask = &rig->asks[rig->asks_n++];
    ask->path = path;
    return ask;
}

void rig_submit(struct rig *rig)
{
    for (size_t i = 0; i < rig->asks_n; i++)
        if (!rig->asks[i].id)
            submit(rig, &rig->asks[i]);
    weir_waker_wake(&rig->client_cx.waker->waker);
}

static void client_begin(struct rig *rig)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_option_new(&option);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option_set_no_auto_window_update(option, rig->unread);
    nghttp2_session_client_new2(&rig->session, callbacks, rig, option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    nghttp2_settings_entry entry = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, rig->client_window};
    nghttp2_submit_settings(rig->session, 0, &entry, rig->client_window != 0);
}

static bool all_closed(const struct rig *rig)
{
    for (size_t i = 0; i < rig->asks_n; i++)
        if (!rig->asks[i].closed)
            return false;
    return !rig->stays;
}

static bool take_rest(struct rig *rig)
{
    if (rig->raw_n && !rig->rest_n) {
        rig->rest = rig->raw;
        rig->rest_n = rig->raw_n;
        rig->raw_n = 0;
    }
    if (rig->rest_n)
        return true;
    ssize_t n = nghttp2_session_mem_send(rig->session, &rig->rest);
    rig->rest_n = n > 0 ? (size_t)n : 0;
    return rig->rest_n;
}

static void client_send(struct rig *rig)
{
    while (rig->client.writer && !rig->client_shut && take_rest(rig)) {
        weir_poll got =
            weir_poll_write(rig->client.writer, &rig->client_cx.cx, rig->rest, rig->rest_n);
        if (got.state == WEIR_PENDING)
            return;
        if (got.state != WEIR_READY) {
            rig->client_shut = true;
            return;
        }
        rig->rest += got.n;
        rig->rest_n -= got.n;
    }
}

static bool client_receive(struct rig *rig)
{
    weir_poll got = weir_poll_fill(rig->client.reader, &rig->client_cx.cx, 1);
    if (got.state == WEIR_PENDING)
        return false;
    size_t n;
    const unsigned char *bytes = weir_peek(rig->client.reader, &n);
    if (n && nghttp2_session_mem_recv(rig->session, bytes, n) < 0)
        test_abort("rig: the client does not understand the server");
    weir_consume(rig->client.reader, n);
    rig->client_eof = got.state != WEIR_READY;
    return true;
}

/* It leaves when all it asked for is over, and by then has read what came. */
static void client_poll(struct rig *rig)
{
    rig->client_begun = true;
    test_cx_turn(&rig->client_cx);
    do {
        rig->client_cx.cx.budget = WEIR_BUDGET;
        client_send(rig);
    } while (!rig->client_eof && client_receive(rig));
    client_send(rig);
    if (all_closed(rig) && !rig->client_shut && !rig->rest_n &&
        weir_poll_close(rig->client.writer, &rig->client_cx.cx).state != WEIR_PENDING)
        rig->client_shut = true;
}

/* ---- handlers ---- */

struct handler {
    weir_stream stream;
    struct rig *rig;
    weir_exchange *x;
    weir_reader *body;
    weir_writer *writer;
    weir_stream *inner;
    size_t left, at;
    bool reads, half;
};

static weir_poll read_all(struct handler *self, weir_cx *cx)
{
    for (;;) {
        weir_poll got = weir_poll_fill(self->body, cx, 1);
        size_t n;
        weir_peek(self->body, &n);
        weir_consume(self->body, n);
        if (got.state != WEIR_READY)
            return got;
    }
}

static weir_poll write_all(struct handler *self, weir_cx *cx)
{
    while (self->left) {
        unsigned char bytes[1000];
        size_t n = self->left < sizeof bytes ? self->left : sizeof bytes;
        for (size_t i = 0; i < n; i++)
            bytes[i] = rig_byte(self->at + i);
        weir_poll got = weir_poll_write(self->writer, cx, bytes, n);
        if (got.state != WEIR_READY)
            return got;
        self->at += got.n;
        self->left -= got.n;
    }
    return (weir_poll){0, WEIR_READY};
}

static const weir_response ok = WEIR_RESPONSE(200, "content-type: text/plain\r\n");
static const weir_response wants = WEIR_RESPONSE(426, "Upgrade: echo\r\ncontent-type: text/x\r\n");

static weir_poll done(void *out)
{
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static weir_poll handler_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct handler *self = WEIR_SELF(struct handler, stream);
    uint64_t item;
    weir_poll got;
    (void)demand;
    if (self->reads) {
        got = read_all(self, cx);
        if (got.state != WEIR_END)
            return got;
        self->reads = false;
        bool tail = weir_exchange_trailer(self->x, "tail");
        weir_exchange *x = self->x;
        self->x = NULL;
        self->inner = weir_respond_bytes(x, &ok, tail ? "tail" : "read", 4);
    }
    if (self->writer) {
        got = write_all(self, cx);
        if (got.state == WEIR_READY && self->half)
            got = weir_poll_flush(self->writer, cx);
        if (got.state == WEIR_READY && self->half)
            return done(out);
        if (got.state == WEIR_READY)
            got = weir_poll_close(self->writer, cx);
        return got.state == WEIR_END ? done(out) : got;
    }
    if (!self->inner)
        return done(out);
    got = weir_poll_next(self->inner, cx, &item, 1);
    return got.n ? done(out) : got;
}

static void handler_fini(weir_stream *stream)
{
    struct handler *self = WEIR_SELF(struct handler, stream);
    weir_drop(self->inner);
    weir_drop(self->body);
    weir_drop(self->writer);
    weir_exchange_drop(self->x);
}

static const weir_stream_ops handler_ops = {.size = sizeof handler_ops,
                                            .name = "handler",
                                            .poll_next = handler_poll,
                                            .fini = handler_fini,
                                            .size_hint = weir_size_hint_one};

static void choose(struct handler *self, const char *path)
{
    weir_exchange *x = self->x;
    if (!*path) /* of CONNECT */
        path = strcmp(weir_exchange_request(x)->host, "hello:80") != 0 ? "/echo" : "/hello";
    if (!strncmp(path, "/bytes/", 7) || !strcmp(path, "/half")) {
        self->half = path[1] == 'h';
        self->left = self->half ? 5000 : strtoull(path + 7, NULL, 10);
        self->x = NULL;
        self->writer = weir_respond(x, 200, NULL, 0, self->half ? WEIR_LENGTH_UNKNOWN : self->left);
    } else if (!strcmp(path, "/echo")) {
        self->body = NULL;
        weir_reader *body = weir_exchange_body(x);
        self->x = NULL;
        self->inner = weir_copy(body, weir_respond(x, 200, NULL, 0, WEIR_LENGTH_UNKNOWN));
    } else if (!strcmp(path, "/read")) {
        self->body = weir_exchange_body(x);
        self->reads = true;
    } else if (!strcmp(path, "/hold")) {
        self->rig->held[self->rig->held_n++] = x;
        self->x = NULL;
    } else if (strcmp(path, "/drop") != 0) {
        self->x = NULL;
        self->inner = weir_respond_bytes(x, strcmp(path, "/426") ? &ok : &wants, "hello", 5);
    }
}

/* ---- actors ---- */

static struct actor *actor_new(struct rig *rig)
{
    for (size_t i = 1; i < RIG_ACTORS; i++)
        if (!rig->actors[i].cx) {
            struct actor *actor = &rig->actors[i];
            *actor = (struct actor){.rig = rig, .cx = malloc(sizeof *actor->cx)};
            test_cx_init(actor->cx);
            rig->actors_n = rig->actors_n > i + 1 ? rig->actors_n : i + 1;
            return actor;
        }
    test_abort("rig: too many handlers");
}

static void actor_end(struct actor *actor)
{
    struct rig *rig = actor->rig;
    if (!actor->cx)
        return;
    if (actor->future)
        weir_drop(actor->future);
    weir_in_flight_end(&actor->flight);
    test_cx_fini(actor->cx);
    free(actor->cx);
    *actor = (struct actor){.rig = rig};
    if (actor == rig->actors)
        rig->over = true;
    else
        rig->handlers--;
    if (rig->actors[0].cx) /* there is room for another one */
        weir_waker_wake(&rig->actors[0].cx->waker->waker);
}

static weir_stream *handler_of(weir_exchange *x, void *arg)
{
    const char *path = weir_exchange_request(x)->path;
    weir_stream *stream = weir_source_new(sizeof(struct handler), &handler_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage)) {
        weir_exchange_drop(x);
        return stream;
    }
    struct handler *self = WEIR_SELF(struct handler, stream);
    stream->stage.one = true;
    self->rig = arg;
    self->x = x;
    choose(self, path);
    return stream;
}
WEIR_HTTP_FN(handler_fn, handler_of)

static void handle(struct rig *rig, weir_exchange *x)
{
    struct actor *actor = actor_new(rig);
    actor->future = handler_of(x, rig);
    actor->drop_at = rig->drop_at;
    rig->handlers++;
    rig->handlers_max = rig->handlers > rig->handlers_max ? rig->handlers : rig->handlers_max;
}

static weir_poll poll_incoming(struct actor *actor)
{
    struct rig *rig = actor->rig;
    for (;;) {
        weir_exchange *x;
        if (rig->given_max && rig->handlers >= rig->given_max)
            return (weir_poll){0, WEIR_PENDING};
        weir_poll got = weir_poll_next(actor->future, &actor->cx->cx, &x, 1);
        if (got.n)
            handle(rig, x);
        if (got.state != WEIR_READY)
            return got;
        actor->cx->cx.budget = WEIR_BUDGET;
    }
}

static weir_poll poll_handler(struct actor *actor)
{
    unsigned char item;
    return weir_poll_next(actor->future, &actor->cx->cx, &item, 1);
}

static void actor_poll(struct actor *actor)
{
    struct rig *rig = actor->rig;
    weir_cx *cx = &actor->cx->cx;
    bool incoming = actor == rig->actors && rig->mode != RIG_SERVE;
    actor->begun = true;
    if (++actor->polls == actor->drop_at) {
        actor_end(actor);
        return;
    }
    bool stopping = cx->stopping;
    test_cx_turn(actor->cx);
    cx->stopping = stopping;
    if (rig->mode != RIG_BY_HAND)
        weir_in_flight_turn(cx, &actor->flight);
    weir_poll got = incoming ? poll_incoming(actor) : poll_handler(actor);
    if (got.state == WEIR_PENDING) {
        if (rig->mode != RIG_BY_HAND)
            weir_in_flight_progress(cx);
        return;
    }
    if (actor == rig->actors)
        rig->state = got.state;
    actor_end(actor);
}

static bool is_woken(const struct actor *actor)
{
    return actor->cx && (!actor->begun || actor->cx->waker->wakes);
}

/* ---- running ---- */

static void on_error(const weir_error *error, void *arg)
{
    struct rig *rig = arg;
    rig->told++;
    rig->last_told = *error;
}

void rig_begin(struct rig *rig)
{
    weir_duplex server = wire_server(&rig->wire);
    test_cx_init(&rig->client_cx);
    rig->client = wire_client(&rig->wire);
    rig->options.size = sizeof rig->options;
    rig->options.counts = &rig->counts;
    rig->options.on_error = on_error;
    rig->options.arg = rig;
    client_begin(rig);
    rig_submit(rig);
    struct actor *actor = &rig->actors[0];
    *actor = (struct actor){.rig = rig, .cx = malloc(sizeof *actor->cx)};
    test_cx_init(actor->cx);
    actor->future = rig->mode == RIG_SERVE
                        ? weir_http_serve(server, &handler_fn, rig, &rig->options)
                        : weir_http_exchanges(server, &rig->options);
    actor->drop_at = rig->drop_stream_at;
    rig->actors_n = 1;
}

static bool turn(struct rig *rig)
{
    bool moved = false;
    for (size_t i = 0; i < rig->actors_n; i++)
        if (is_woken(&rig->actors[i])) {
            actor_poll(&rig->actors[i]);
            moved = true;
        }
    if (!rig->client_begun || rig->client_cx.waker->wakes) {
        client_poll(rig);
        moved = true;
    }
    return moved;
}

bool rig_run(struct rig *rig)
{
    for (unsigned turns = 0; turns < TURNS_MAX; turns++)
        if (!turn(rig) && !wire_wake(&rig->wire) && !(rig->late && test_clock_next()))
            return all_closed(rig) || rig->client_eof;
    test_abort("rig: it goes on for ever");
}

void rig_stop(struct rig *rig)
{
    for (size_t i = 0; i < rig->actors_n; i++)
        if (rig->actors[i].cx) {
            rig->actors[i].cx->cx.stopping = true;
            weir_waker_wake(&rig->actors[i].cx->waker->waker);
        }
}

/* Once more: nothing. */
void rig_end(struct rig *rig)
{
    if (!rig->session)
        return;
    for (size_t i = rig->actors_n; i-- > 0;)
        actor_end(&rig->actors[i]);
    while (rig->held_n)
        weir_exchange_drop(rig->held[--rig->held_n]);
    nghttp2_session_del(rig->session);
    rig->session = NULL;
    weir_duplex_drop(rig->client);
    test_cx_fini(&rig->client_cx);
    wire_fini(&rig->wire);
}

#endif
