/* The future of a reply: a connection is had, the request goes out, the head of its answer comes.
 * A redirect, or another try, begins it anew. */

#include <stdarg.h>
#include <string.h>

#include "core/format.h"
#include "core/stage.h"
#include "http/client_h2.h"
#include "weir/alloc.h"

struct asking {
    weir_stream stream;
    weir_reply *reply; /* NULL: it was given */
};

static struct asking *asking_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct asking, stream);
}

/* ---- errors ---- */

weir_poll weir_http_place(const weir_reply *self, weir_cx *cx)
{
    cx->error.fatal = true;
    if (self->url.block)
        weir_format(cx->error.place, sizeof cx->error.place, "%s", self->url.place);
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_http_fail(const weir_reply *self, weir_cx *cx, weir_code code, const char *format,
                         ...)
{
    char text[WEIR_MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    weir_format_list(text, sizeof text, format, args);
    va_end(args);
    weir_fail(cx, code, "%s", text);
    return weir_http_place(self, cx);
}

/* ---- times ---- */

static void http_client_begin_deadline(weir_reply *self, weir_cx *cx, uint64_t ns)
{
    if (cx->timers)
        weir_timer_set(&self->deadline, weir_after_ns(weir_clock_now_ns(cx), ns));
}

static bool http_client_is_over(weir_cx *cx, weir_timer *timer)
{
    return cx->timers && weir_timer_poll(cx, timer).state == WEIR_READY;
}

weir_poll weir_http_in_time(weir_reply *self, weir_cx *cx)
{
    if (!self->timed || !http_client_is_over(cx, &self->total))
        return (weir_poll){0, WEIR_PENDING};
    return weir_http_fail(self, cx, WEIR_E_TIMEOUT, "it was not over after %s",
                          WEIR_TIME_TEXT(self->options.total_ns));
}

static weir_poll http_client_fail_late(const weir_reply *self, weir_cx *cx)
{
    if (self->step == WEIR_HTTP_AT_OPEN)
        return weir_http_fail(self, cx, WEIR_E_TIMEOUT, "no connection after %s",
                              WEIR_TIME_TEXT(self->options.connect_ns));
    return weir_http_fail(self, cx, WEIR_E_TIMEOUT, "no answer %s after the request",
                          WEIR_TIME_TEXT(self->options.head_ns));
}

/* A request that goes out slowly is no answer that comes late: what moved puts the deadline off. */
static bool http_client_is_late(weir_reply *self, weir_cx *cx)
{
    while (http_client_is_over(cx, &self->deadline)) {
        uint64_t due_ns = weir_after_ns(self->send.moved_ns, self->options.head_ns);
        if (self->step == WEIR_HTTP_AT_OPEN || due_ns <= weir_clock_now_ns(cx))
            return true;
        weir_timer_set(&self->deadline, due_ns);
    }
    return false;
}

static weir_poll http_client_wait(weir_reply *self, weir_cx *cx)
{
    weir_wait_for what = cx->wait_for;
    const weir_stage *waiting = cx->waiting;
    bool limited = self->step == WEIR_HTTP_AT_OPEN || self->step == WEIR_HTTP_AT_TALK;
    if (limited && http_client_is_late(self, cx))
        return http_client_fail_late(self, cx);
    weir_poll got = weir_http_in_time(self, cx);
    if (got.state == WEIR_PENDING) {
        cx->wait_for = what;
        cx->waiting = waiting;
    }
    return got;
}

/* ---- the steps ---- READY: on to the next one */

static weir_poll go(weir_reply *self, enum weir_http_phase step)
{
    self->step = step;
    return (weir_poll){0, WEIR_READY};
}

static bool take_way(weir_reply *self)
{
    const weir_http_client_options *options = &self->options;
    self->way.dial = options->dial;
    self->way.arg = options->arg;
    self->way.connect_ns = options->connect_ns;
    if (!self->url.secure || self->way.tls)
        return true;
    if (options->tls)
        self->way.tls = weir_tls_context_ref(options->tls);
    else if (self->client)
        self->way.tls = weir_tls_context_ref(weir_http_client_tls(self->client));
    else
        self->way.tls = weir_http_tls_usual(false);
    return self->way.tls;
}

/* The queue for a connection, with the text that will go over it. */
static weir_poll http_client_enter(weir_reply *self, weir_cx *cx)
{
    size_t n;
    if (!take_way(self))
        return weir_http_fail(self, cx, WEIR_E_MEMORY, "no memory for a TLS context");
    char *head = weir_http_ask_text(&self->ask, &self->url, self->bare, self->client, &n);
    if (!head)
        return weir_http_fail(self, cx, WEIR_E_MEMORY, "no memory for a request");
    weir_http_sending_begin(&self->send, head, n);
    if (!weir_http_seat_take(&self->seat, cx, self->client, &self->url, &self->way))
        return weir_http_place(self, cx);
    return go(self, WEIR_HTTP_AT_QUEUE);
}

static weir_poll http_client_begin(weir_reply *self, weir_cx *cx)
{
    self->timed = self->options.total_ns && cx->timers;
    if (self->timed)
        weir_timer_set(&self->total, weir_after_ns(cx->now_ns, self->options.total_ns));
    if (!weir_url_parse(&self->url, self->url_text, &cx->error)) {
        if (!strchr(self->url_text, '@') && !strchr(self->url_text, '?'))
            weir_format(cx->error.place, sizeof cx->error.place, "%s", self->url_text);
        return (weir_poll){0, WEIR_ERROR};
    }
    if (!weir_http_ask_check(&self->ask, cx))
        return weir_http_place(self, cx);
    return http_client_enter(self, cx);
}

/* A new one, in the place of what the seat was granted for. */
static weir_poll http_client_dial(weir_reply *self, weir_cx *cx)
{
    self->link = weir_http_link_new(&self->url, &self->way);
    if (!self->link)
        return weir_http_fail(self, cx, WEIR_E_MEMORY, "no memory for a connection");
    http_client_begin_deadline(self, cx, self->options.connect_ns);
    return go(self, WEIR_HTTP_AT_OPEN);
}

static weir_poll talk(weir_reply *self, weir_cx *cx);

static weir_poll fail_local(const weir_reply *self, weir_cx *cx, const char *what)
{
    weir_http_fail(self, cx, WEIR_E_ARGUMENT,
                   "a redirect leads to %s, on this machine or its wire, from elsewhere", what);
    cx->error.cure = "options.redirects_local = true, if it may";
    return (weir_poll){0, WEIR_ERROR};
}

/* Names may lead anywhere: who is at the other end is known where the connection is there. One that
 * somebody else opened may be for who was not sent there. */
static weir_poll http_client_look_who(const weir_reply *self, weir_cx *cx)
{
    const char *peer = self->checked ? weir_http_link_peer(self->link) : NULL;
    if (peer && weir_url_is_local(peer))
        return fail_local(self, cx, peer);
    return (weir_poll){0, WEIR_READY};
}

/* Another stream of a connection of HTTP/2. */
static weir_poll http_client_join(weir_reply *self, weir_cx *cx)
{
    if (!weir_http2c_ask(self, cx))
        return (weir_poll){0, WEIR_ERROR};
    return talk(self, cx);
}

static weir_poll http_client_queue(weir_reply *self, weir_cx *cx)
{
    weir_poll got = weir_http_seat_poll(&self->seat, cx);
    if (got.state != WEIR_READY)
        return got;
    self->link = self->seat.link;
    self->seat.link = NULL;
    if (self->link && (got = http_client_look_who(self, cx)).state == WEIR_ERROR)
        return got;
    bool h2 = self->link && self->link->h2;
    if (h2 && !self->seat.shared && !weir_http2c_rested(self->link, cx)) {
        weir_http_link_abort(self->link);
        self->link = NULL;
        return http_client_dial(self, cx);
    }
    if (h2 && !self->seat.shared)
        weir_http_seat_share(&self->seat, self->link);
    if (h2)
        return http_client_join(self, cx);
    return self->link ? go(self, WEIR_HTTP_AT_LOOK) : http_client_dial(self, cx);
}

static weir_poll talk(weir_reply *self, weir_cx *cx)
{
    size_t most = self->options.head_bytes_max > WEIR_HTTP_TRAILERS_BYTES
                      ? self->options.head_bytes_max
                      : WEIR_HTTP_TRAILERS_BYTES;
    if (!weir_reader_reserve(self->link->io.reader, most + 1))
        return weir_http_fail(self, cx, WEIR_E_MEMORY, "no memory for an answer's head");
    if (cx->timers)
        self->send.moved_ns = weir_clock_now_ns(cx);
    http_client_begin_deadline(self, cx, self->options.head_ns);
    self->send.waits = self->ask.expects && !self->stream;
    self->seen = self->interim = 0;
    return go(self, WEIR_HTTP_AT_TALK);
}

/* One that rested has nothing to say, or it is over. */
static weir_poll http_client_look(weir_reply *self, weir_cx *cx)
{
    weir_wait_for what = cx->wait_for;
    const weir_stage *waiting = cx->waiting;
    weir_poll got = weir_poll_fill(self->link->io.reader, cx, 1);
    cx->wait_for = what;
    cx->waiting = waiting;
    if (got.state == WEIR_PENDING)
        return talk(self, cx);
    weir_http_link_abort(self->link);
    self->link = NULL;
    return http_client_dial(self, cx);
}

static weir_poll begin_h2(weir_reply *self, weir_cx *cx)
{
    if (!weir_http2c_begin(self->link))
        return weir_http_fail(self, cx, WEIR_E_MEMORY, "no memory for HTTP/2");
    weir_http_seat_share(&self->seat, self->link);
    return http_client_join(self, cx);
}

static weir_poll open_link(weir_reply *self, weir_cx *cx)
{
    char alpn[16];
    weir_poll got = weir_poll_open(self->link->io.writer, cx);
    if (got.state == WEIR_ERROR)
        return weir_http_place(self, cx);
    if (got.state != WEIR_READY)
        return got;
    got = http_client_look_who(self, cx);
    if (got.state == WEIR_ERROR)
        return got;
    bool agreed = weir_tls_alpn(self->link->io.reader, alpn, sizeof alpn);
    if (agreed && !strcmp(alpn, "h2"))
        return begin_h2(self, cx);
    if (agreed && strcmp(alpn, "http/1.1") != 0)
        return weir_http_fail(self, cx, WEIR_E_ARGUMENT,
                              "the peer speaks '%s', which the TLS context offered it", alpn);
    return talk(self, cx);
}

/* ---- an answer, or none ---- */

/* Where nothing of it came, and nothing was lost, a connection that had rested is made anew. */
static weir_poll http_client_try_again(weir_reply *self, weir_cx *cx)
{
    size_t n;
    self->tried = true;
    if (self->link->h2) {
        weir_http_give_up_link(self);
        return http_client_enter(self, cx);
    }
    weir_http_link_abort(self->link);
    self->link = NULL;
    char *head = weir_http_ask_text(&self->ask, &self->url, self->bare, self->client, &n);
    if (!head)
        return weir_http_fail(self, cx, WEIR_E_MEMORY, "no memory for a request");
    weir_http_sending_begin(&self->send, head, n);
    return http_client_dial(self, cx);
}

static weir_poll no_answer(weir_reply *self, weir_cx *cx, bool broke)
{
    bool unseen = self->link->used || self->stream;
    bool again =
        unseen && !self->tried && !self->ask.has_body && weir_http_is_idempotent(self->ask.method);
    if (again && !cx->stopping)
        return http_client_try_again(self, cx);
    if (self->stream)
        return weir_http2c_tell(self, cx);
    if (broke)
        return weir_http_place(self, cx);
    return weir_http_fail(self, cx, WEIR_E_CLOSED,
                          "the peer closed the connection and gave no "
                          "answer");
}

static bool is_redirect(const weir_reply *self)
{
    unsigned status = self->status;
    bool again = status == 307 || status == 308;
    bool is = again || (status >= 301 && status <= 303);
    bool lost = again && self->ask.has_body; /* its body is gone */
    return is && !lost && self->options.redirects_max && weir_reply_header(self, "location");
}

static weir_poll fail_redirects(const weir_reply *self, weir_cx *cx)
{
    weir_http_fail(self, cx, WEIR_E_LIMIT, "more than %u redirects", self->options.redirects_max);
    cx->error.cure = "options.redirects_max";
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll fail_insecure(const weir_reply *self, weir_cx *cx, const struct weir_url *to)
{
    return weir_http_fail(self, cx, WEIR_E_ARGUMENT, "a redirect leads from https to %s",
                          to->place);
}

/* May it go there? The method changes as browsers have it. */
static weir_poll http_client_turn(weir_reply *self, weir_cx *cx, struct weir_url *to)
{
    if (self->url.secure && !to->secure)
        return fail_insecure(self, cx, to);
    bool from_local = weir_url_is_local(self->url.host);
    self->checked = !self->options.redirects_local && (self->checked || !from_local);
    if (self->checked && weir_url_is_local(to->host))
        return fail_local(self, cx, to->host);
    self->bare |= !weir_url_same_origin(&self->url, to);
    bool see_other = self->status == 303 && strcmp(self->ask.method, "HEAD") != 0;
    bool moved = self->status <= 302 && !strcmp(self->ask.method, "POST");
    if (see_other || moved) {
        self->ask.method = "GET";
        self->ask.has_body = self->ask.expects = false;
        self->ask.length = 0;
    }
    return (weir_poll){0, WEIR_READY};
}

static void forget_answer(weir_reply *self)
{
    weir_release(self->block, self->block_size);
    self->block = NULL;
    self->headers = NULL;
    self->headers_n = 0;
}

/* What the peer wrote is not what the caller could write better. */
static weir_poll fail_location(const weir_reply *self, weir_cx *cx)
{
    return weir_http_fail(self, cx, cx->error.code, "a redirect leads nowhere: %s",
                          cx->error.message);
}

static weir_poll http_client_follow(weir_reply *self, weir_cx *cx)
{
    struct weir_url to;
    if (self->redirects++ == self->options.redirects_max)
        return fail_redirects(self, cx);
    if (!weir_url_resolve(&to, &self->url, weir_reply_header(self, "location"), &cx->error))
        return fail_location(self, cx);
    weir_poll got = http_client_turn(self, cx, &to);
    if (got.state != WEIR_READY) {
        weir_url_drop(&to);
        return got;
    }
    self->keep &= self->body.body.ended;
    weir_http_sending_fini(&self->send);
    weir_http_settle_link(self, cx);
    forget_answer(self);
    weir_url_drop(&self->url);
    self->url = to;
    return http_client_enter(self, cx);
}

static weir_poll http_client_answered(weir_reply *self, weir_cx *cx)
{
    weir_timer_stop(&self->deadline);
    if (!self->send.done && (self->status >= 300 || self->send.waits)) {
        weir_http_sending_stop(&self->send);
        self->keep = false;
    }
    if (is_redirect(self))
        return http_client_follow(self, cx);
    if (self->body.body.ended && self->status != 101 && !weir_http_sending_owes(&self->send))
        weir_http_settle_link(self, cx);
    return go(self, WEIR_HTTP_AT_END);
}

/* What is wrong with the connection may be what follows an early answer, which is read yet. */
static weir_poll http_client_send(weir_reply *self, weir_cx *cx)
{
    weir_poll got = weir_http_sending_poll(&self->send, cx, self->link->io.writer);
    if (got.state != WEIR_ERROR || self->send.of_body)
        return got;
    weir_http_sending_stop(&self->send);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll exchange_h2(weir_reply *self, weir_cx *cx)
{
    weir_poll got = weir_http2c_head(self, cx);
    if (got.state == WEIR_END)
        return no_answer(self, cx, false);
    return got.state == WEIR_READY ? http_client_answered(self, cx) : got;
}

static weir_poll exchange(weir_reply *self, weir_cx *cx)
{
    if (self->stream)
        return exchange_h2(self, cx);
    for (bool waited = self->send.waits;; waited = false) {
        bool broke;
        weir_poll got = http_client_send(self, cx);
        if (got.state == WEIR_ERROR && self->send.of_body && cx->error.place[0])
            return got; /* the body's source says where better */
        if (got.state == WEIR_ERROR)
            return weir_http_place(self, cx);
        got = weir_http_head_poll(self, cx, &broke);
        if (got.state == WEIR_END)
            return no_answer(self, cx, broke);
        if (got.state == WEIR_READY)
            return http_client_answered(self, cx);
        bool go_on = got.state == WEIR_PENDING && waited && !self->send.waits;
        if (!go_on)
            return got;
    }
}

static weir_poll http_client_step(weir_reply *self, weir_cx *cx)
{
    switch (self->step) {
    case WEIR_HTTP_AT_BEGINNING:
        return http_client_begin(self, cx);
    case WEIR_HTTP_AT_QUEUE:
        return http_client_queue(self, cx);
    case WEIR_HTTP_AT_LOOK:
        return http_client_look(self, cx);
    case WEIR_HTTP_AT_OPEN:
        return open_link(self, cx);
    case WEIR_HTTP_AT_TALK:
        return exchange(self, cx);
    default:
        return (weir_poll){0, WEIR_READY};
    }
}

static weir_poll asking_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_reply *self = asking_of(stream)->reply;
    (void)demand;
    while (self->step != WEIR_HTTP_AT_END) {
        weir_poll got = http_client_step(self, cx);
        if (got.state == WEIR_PENDING)
            got = http_client_wait(self, cx);
        if (got.state == WEIR_ERROR)
            weir_http_give_up_link(self);
        if (got.state != WEIR_READY)
            return got;
    }
    asking_of(stream)->reply = NULL;
    *(weir_reply **)out = self;
    return (weir_poll){1, WEIR_END};
}

static void asking_fini(weir_stream *stream)
{
    weir_reply_drop(asking_of(stream)->reply);
}

/* ---- who walks the stages ---- */

weir_stage *weir_http_input(const weir_reply *self, size_t i)
{
    weir_reader *body = self->send.body;
    const struct weir_http_link *link = self->link;
    weir_stage *all[] = {body ? &body->stage : NULL, link ? &link->io.reader->stage : NULL,
                         link ? &link->io.writer->stage : NULL};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (all[k] && !i--)
            return all[k];
    return NULL;
}

/* A head that is taken apart, and what is kept of it; as it came it stands in the connection's
 * reader. */
size_t weir_http_memory_max(const weir_reply *self)
{
    size_t field = sizeof(struct weir_http_field) + sizeof(weir_header) + 2;
    return sizeof *self + sizeof(struct weir_http_link) + 2 * self->ask.block_size +
           self->options.head_bytes_max + self->options.headers_max * field +
           (self->stream ? weir_http2c_memory_max() : 0) + 16 * (size_t)WEIR_URL_BYTES_MAX;
}

static weir_stage *asking_input(const weir_stream *stream, size_t i)
{
    const weir_reply *reply = asking_of(stream)->reply;
    return reply ? weir_http_input(reply, i) : NULL;
}

static size_t asking_memory_max(const weir_stream *stream)
{
    const weir_reply *reply = asking_of(stream)->reply;
    return reply ? weir_http_memory_max(reply) : 0;
}

static const weir_stream_ops asking_ops = {.size = sizeof asking_ops,
                                           .name = "http",
                                           .poll_next = asking_poll_next,
                                           .fini = asking_fini,
                                           .size_hint = weir_size_hint_one,
                                           .input = asking_input,
                                           .memory_max = asking_memory_max};

/* ---- making ---- */

static weir_stream *http_client_refuse(weir_reader *body, const char *text)
{
    if (body)
        return weir_stream_refuse(&body->stage, WEIR_E_MEMORY, NULL, text, NULL, NULL, 0);
    return weir_stream_refused(WEIR_E_MEMORY, NULL, text, NULL, NULL, 0);
}

weir_stream *weir_http_send(const weir_http_request_spec *given, weir_reader *body,
                            const weir_http_client_options *options)
{
    enum { FIRST = offsetof(weir_http_request_spec, upgrade) + sizeof(char *) };
    weir_http_request_spec request;
    weir_options_take(&request, sizeof request, given, FIRST);
    request.url = request.url ? request.url : "";
    if (body && weir_stage_failed(&body->stage))
        return weir_stream_refuse(&body->stage, WEIR_E_ARGUMENT, NULL, "", NULL, NULL, 0);
    weir_reply *reply = weir_reply_new(&request, body, options);
    if (!reply)
        return http_client_refuse(body, "no memory for a request");
    reply->send.body = body;
    weir_stream *stream = weir_source_new(sizeof(struct asking), &asking_ops, &weir_type_reply);
    if (weir_stage_failed(&stream->stage)) {
        weir_reply_drop(reply);
        return stream;
    }
    asking_of(stream)->reply = reply;
    stream->stage.one = true;
    stream->stage.remote = true;
    return body ? weir_stream_with(stream, &body->stage) : stream;
}

weir_stream *weir_http_get(const char *url, const weir_http_client_options *options)
{
    weir_http_request_spec request = {.size = sizeof request, .url = url};
    return weir_http_send(&request, NULL, options);
}
