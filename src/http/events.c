/* http_events: the events of a URL, one connection after the other. */

#include <string.h>
#include <strings.h>

#include "core/stage.h"
#include "stream/inner.h"
#include "weir/alloc.h"
#include "weir/http_events.h"
#include "weir/paced.h"

enum { EVENTS_TRIES_MAX = 10, RETRY_MS_MIN = 100 };
#define EVENTS_DELAY_NS 3000000000ull
#define DELAY_MAX_NS 60000000000ull

enum events_phase {
    AT_REQUEST, /* the next one is to be made */
    AT_REPLY,   /* inner is the future of it */
    AT_EVENTS   /* inner gives them */
};

struct events_events {
    weir_stream stream;
    weir_http_events_options options;
    weir_http_client_options http;
    enum events_phase phase;
    weir_stream *inner; /* NULL: between two */
    uint32_t tries;     /* in a row, without an event */
    int64_t retry_ms;   /* what the peer said last; below 0: nothing */
    weir_timer timer;   /* the next try */
    bool waits;
    bool id_here; /* this connection said an id */
    bool gave;    /* ... gave an event */
    char *id;     /* the last one, with a NUL; in a block of the size below */
    size_t id_n;
    char *url; /* in the arena */
};

static struct events_events *events_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct events_events, stream);
}

static const char *events_name_of(const struct events_events *self)
{
    return weir_stage_name(&self->stream.stage);
}

/* ---- the id ---- */

enum { ID_ROOM = WEIR_EVENT_ID_BYTES_MAX + 1 };

static bool keep_id(struct events_events *self, weir_cx *cx, const char *id, size_t n)
{
    if (n > WEIR_EVENT_ID_BYTES_MAX) {
        weir_fail(cx, WEIR_E_LIMIT, "an event's id of %zu bytes, at most %u are kept", n,
                  (unsigned)WEIR_EVENT_ID_BYTES_MAX);
        return false;
    }
    if (!self->id && n && !(self->id = weir_allocate(ID_ROOM))) {
        weir_fail(cx, WEIR_E_MEMORY, "no memory for an event's id");
        return false;
    }
    if (n)
        memcpy(self->id, id, n);
    if (self->id)
        self->id[n] = 0;
    self->id_n = n;
    return true;
}

/* What this connection said so far. One that said no id leaves the one before. */
static bool events_note(struct events_events *self, weir_cx *cx)
{
    int64_t retry_ms = weir_sse_retry_ms(self->inner);
    weir_line id = weir_sse_last_id(self->inner);
    if (retry_ms >= 0)
        self->retry_ms = retry_ms;
    if (!id.size && !self->id_here)
        return true;
    self->id_here = true;
    bool same = id.size == self->id_n && (!id.size || !memcmp(id.data, self->id, id.size));
    return same || keep_id(self, cx, id.data, id.size);
}

/* ---- another try ---- */

static void events_let_go(struct events_events *self)
{
    weir_drop(self->inner);
    self->inner = NULL;
    self->phase = AT_REQUEST;
}

/* A peer that says 0 would be asked as fast as it closes. */
static uint64_t told_ns(int64_t retry_ms, uint64_t max_ns)
{
    uint64_t ms = (uint64_t)(retry_ms > RETRY_MS_MIN ? retry_ms : RETRY_MS_MIN);
    return ms < max_ns / 1000000 ? ms * 1000000 : max_ns;
}

/* Twice as long each time. */
static uint64_t events_pause_ns(const struct events_events *self)
{
    uint64_t max_ns = self->options.delay_max_ns;
    uint64_t ns = self->retry_ms < 0 ? self->options.delay_ns : told_ns(self->retry_ms, max_ns);
    for (uint32_t i = 1; i < self->tries && ns < max_ns; i++)
        ns = ns < UINT64_MAX / 2 ? 2 * ns : UINT64_MAX;
    return ns < max_ns ? ns : max_ns;
}

/* READY: it will be made; else what is the matter stands in cx->error. */
static weir_poll try_later(struct events_events *self, weir_cx *cx)
{
    events_let_go(self);
    self->tries = self->gave ? 0 : self->tries + 1;
    if (self->tries >= self->options.tries_max) {
        cx->error.fatal = true;
        return (weir_poll){0, WEIR_ERROR};
    }
    weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), events_pause_ns(self)));
    self->waits = true;
    return (weir_poll){0, WEIR_READY};
}

/* What another try may mend. */
static bool is_passing(const weir_error *error)
{
    switch (error->code) {
    case WEIR_E_SYSTEM:
    case WEIR_E_CLOSED:
    case WEIR_E_TRUNCATED:
    case WEIR_E_TIMEOUT:
        return true;
    case WEIR_E_USER:
        return error->number >= 500;
    default:
        return false;
    }
}

static weir_poll events_after_error(struct events_events *self, weir_cx *cx)
{
    if (!cx->error.fatal)
        return (weir_poll){0, WEIR_ERROR};
    if (is_passing(&cx->error) && !cx->stopping)
        return try_later(self, cx);
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll http_events_over(weir_cx *cx, bool cut)
{
    cx->cut |= cut;
    return (weir_poll){0, WEIR_END};
}

/* ---- a request ---- */

static weir_poll events_ask(struct events_events *self, weir_cx *cx)
{
    if (self->waits && cx->stopping)
        return http_events_over(cx, true);
    if (self->waits && weir_timer_poll(cx, &self->timer).state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    self->waits = false;
    self->id_here = self->gave = false;
    weir_header fields[] = {{"accept", "text/event-stream"},
                            {"cache-control", "no-cache"},
                            {"last-event-id", self->id}};
    weir_http_request_spec request = {.size = sizeof request,
                                      .url = self->url,
                                      .headers = fields,
                                      .headers_n = self->id_n ? 3 : 2};
    self->inner = weir_http_send(&request, NULL, &self->http);
    self->phase = AT_REPLY;
    return (weir_poll){0, WEIR_READY};
}

/* ---- its reply ---- */

static weir_poll events_place(const weir_reply *reply, weir_cx *cx)
{
    const char *url = weir_reply_url(reply);
    weir_format(cx->error.place, sizeof cx->error.place, "%s", url);
    cx->error.place[strcspn(cx->error.place, "?")] = 0;
    return (weir_poll){0, WEIR_ERROR};
}

static bool is_event_stream(const weir_reply *reply)
{
    static const char wanted[] = "text/event-stream";
    const char *type = weir_reply_header(reply, "content-type");
    size_t n = sizeof wanted - 1;
    return type && !strncasecmp(type, wanted, n) && (!type[n] || strchr("; \t", type[n]));
}

static weir_poll events_fail_status(const weir_reply *reply, weir_cx *cx)
{
    unsigned status = weir_reply_status(reply);
    weir_fail(cx, WEIR_E_USER, "the peer answered %u %s", status, weir_reply_reason(reply));
    cx->error.number = status;
    return events_place(reply, cx);
}

static weir_poll fail_type(const weir_reply *reply, weir_cx *cx)
{
    const char *type = weir_reply_header(reply, "content-type");
    weir_fail(cx, WEIR_E_CORRUPT, "the answer is no text/event-stream, but '%s'", type ? type : "");
    return events_place(reply, cx);
}

static weir_poll take_reply(struct events_events *self, weir_cx *cx, weir_reply *reply)
{
    unsigned status = weir_reply_status(reply);
    if (status == 204)
        return http_events_over(cx, false);
    if (status != 200)
        return events_fail_status(reply, cx);
    if (!is_event_stream(reply))
        return fail_type(reply, cx);
    weir_reader *body = weir_reply_body(reply);
    if (self->options.still_ns)
        body = weir_read_timeout(body, self->options.still_ns);
    weir_sse_options how = WEIR_SSE_OPTIONS(.event_bytes_max = self->options.event_bytes_max);
    weir_drop(self->inner);
    self->inner = weir_sse(body, &how);
    self->phase = AT_EVENTS;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll await_reply(struct events_events *self, weir_cx *cx)
{
    weir_reply *reply;
    weir_poll got = weir_poll_inner(&self->stream, self->inner, cx, &reply, 1);
    if (got.n) {
        got = take_reply(self, cx, reply);
        weir_reply_drop(reply);
    }
    return got.state == WEIR_ERROR ? events_after_error(self, cx) : got;
}

/* ---- events ---- */

static weir_poll fail_ended(struct events_events *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_CLOSED, "the peer ended the events, %u times without any",
              self->tries + 1);
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->url);
    cx->error.place[strcspn(cx->error.place, "?#")] = 0;
    return try_later(self, cx);
}

/* What the last ones lent stays valid: the connection goes with the next poll. */
static weir_poll events_give(struct events_events *self, weir_cx *cx, weir_sse_event *out,
                             size_t demand)
{
    if (self->inner->stage.done)
        return self->inner->stage.cut ? http_events_over(cx, true) : fail_ended(self, cx);
    weir_poll got = weir_poll_inner(&self->stream, self->inner, cx, out, demand);
    bool failed = got.state == WEIR_ERROR;
    weir_error error;
    if (failed)
        error = cx->error;
    if ((got.n || got.state != WEIR_PENDING) && !events_note(self, cx))
        return (weir_poll){0, WEIR_ERROR};
    if (failed)
        cx->error = error;
    self->gave |= got.n > 0;
    if (failed)
        return events_after_error(self, cx);
    return got.state == WEIR_END ? (weir_poll){got.n, WEIR_READY} : got;
}

static weir_poll events_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct events_events *self = events_of(stream);
    if (!weir_clock_is_there(cx, events_name_of(self)))
        return (weir_poll){0, WEIR_ERROR};
    switch (self->phase) {
    case AT_REQUEST:
        return events_ask(self, cx);
    case AT_REPLY:
        return await_reply(self, cx);
    default:
        return events_give(self, cx, out, demand);
    }
}

static void events_fini(weir_stream *stream)
{
    struct events_events *self = events_of(stream);
    weir_drop(self->inner);
    weir_timer_stop(&self->timer);
    weir_release(self->id, self->id ? ID_ROOM : 0);
    weir_http_client_unref(self->http.client);
    weir_tls_context_unref(self->http.tls);
}

static weir_stage *events_input(const weir_stream *stream, size_t i)
{
    weir_stream *inner = events_of(stream)->inner;
    return i || !inner ? NULL : &inner->stage;
}

static size_t events_memory_max(const weir_stream *stream)
{
    (void)stream;
    return ID_ROOM;
}

static const weir_stream_ops events_ops = {.size = sizeof events_ops,
                                           .name = "http_events",
                                           .poll_next = events_poll_next,
                                           .fini = events_fini,
                                           .input = events_input,
                                           .memory_max = events_memory_max};

/* ---- making ---- */

static void events_take_options(struct events_events *self, const weir_http_events_options *given)
{
    enum { FIRST = offsetof(weir_http_events_options, http) + sizeof(void *) };
    enum { HTTP_FIRST = offsetof(weir_http_client_options, arg) + sizeof(void *) };
    weir_http_events_options *own = &self->options;
    weir_options_take(own, sizeof *own, given, FIRST);
    own->tries_max += own->tries_max ? 0 : EVENTS_TRIES_MAX;
    own->delay_ns += own->delay_ns ? 0 : EVENTS_DELAY_NS;
    own->delay_max_ns += own->delay_max_ns ? 0 : DELAY_MAX_NS;
    weir_options_take(&self->http, sizeof self->http, own->http, HTTP_FIRST);
    self->http.size = sizeof self->http;
    own->http = NULL;
    if (self->http.client)
        weir_http_client_ref(self->http.client);
    weir_tls_context_ref(self->http.tls);
}

/* Texts of the user's. False: the fault. */
static bool take_texts(struct events_events *self, const char *url)
{
    const char *id = self->options.last_id ? self->options.last_id : "";
    size_t n = strlen(url) + 1;
    self->options.last_id = NULL;
    self->url = weir_arena_take(self->stream.stage.arena, n, 1);
    self->id_n = strlen(id);
    self->id = self->id_n ? weir_allocate(ID_ROOM) : NULL;
    if (!self->url || (self->id_n && !self->id))
        return false;
    memcpy(self->url, url, n);
    if (self->id)
        memcpy(self->id, id, self->id_n + 1);
    return true;
}

weir_stream *weir_http_events(const char *url, const weir_http_events_options *options)
{
    if (options && options->last_id && strlen(options->last_id) > WEIR_EVENT_ID_BYTES_MAX)
        return weir_stream_refused(WEIR_E_LIMIT, NULL, "an event's id has at most %zu bytes", NULL,
                                   NULL, WEIR_EVENT_ID_BYTES_MAX);
    weir_stream *stream =
        weir_source_new(sizeof(struct events_events), &events_ops, &weir_type_sse_event);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct events_events *self = events_of(stream);
    self->retry_ms = -1;
    events_take_options(self, options);
    stream->stage.remote = true;
    if (!take_texts(self, url))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for http_events",
                                  NULL, NULL, 0);
    return stream;
}
