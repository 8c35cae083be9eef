/* to_redis: items as entries of a stream, whose answers settle marks. */

#include <string.h>

#include "broker/due.h"
#include "broker/sink.h"
#include "redis/link.h"

enum { WAIT_MS = 1000 };
#define LOST_MAX_NS 60000000000ull

enum what { ADDED, WAITED };

struct to_redis {
    struct weir_broker_sink sink;
    weir_redis_into into;
    struct weir_redis_link link;
    weir_timer timer;
    uint64_t lost_ns; /* since when the server, or a replica, is away; UINT64_MAX: is not */
    char why[WEIR_MESSAGE_BYTES]; /* ... and how that came */
    uint64_t safe;                /* the server has so many, and so do the replicas */
    bool waiting;                 /* for these */
};

static struct to_redis *to_redis_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct to_redis, sink.stream);
}

static weir_poll ready(void)
{
    return (weir_poll){0, WEIR_READY};
}

/* ---- what is stored ---- */

static void note_lost(struct to_redis *self, const weir_cx *cx, const char *why)
{
    weir_format(self->why, sizeof self->why, "%s", why);
    if (self->lost_ns == UINT64_MAX)
        self->lost_ns = cx->now_ns;
}

/* What replicas do not have may be lost with the server: the next one is asked again to store it.
 */
static void note_safe(struct to_redis *self, uint64_t upto)
{
    struct weir_redis_link *link = &self->link;
    self->safe = upto;
    self->lost_ns = UINT64_MAX;
    while (link->heard && link->asked[link->head].first <= upto)
        weir_redis_let_go(link);
    weir_broker_settle(&self->sink, self->safe);
}

/* Too few replicas answered in time: it is asked again. */
static void note_replicas(struct to_redis *self, const weir_cx *cx, uint64_t upto, int64_t n)
{
    char why[64];
    self->waiting = false;
    if (n >= (int64_t)self->into.replicas) {
        note_safe(self, upto);
        return;
    }
    weir_format(why, sizeof why, "%lld of %u replicas have it", (long long)n, self->into.replicas);
    note_lost(self, cx, why);
}

static weir_poll answered(struct weir_redis_link *link, weir_cx *cx,
                          const struct weir_redis_asked *asked)
{
    struct to_redis *self = WEIR_CONTAINER(link, struct to_redis, link);
    struct weir_resp_part said = weir_resp_at(weir_redis_reply(link), 0);
    if (said.kind == WEIR_RESP_ERROR) {
        weir_poll got = weir_redis_refused(link, cx);
        cx->error.code = WEIR_E_USER;
        return got;
    }
    if (asked->what == WAITED)
        note_replicas(self, cx, asked->first, said.value);
    else if (!self->into.replicas)
        note_safe(self, asked->first);
    return ready();
}

/* ---- asked ---- */

static void add_fields(struct weir_redis_link *link, const weir_line *value,
                       const weir_message *message)
{
    weir_redis_text(link, "value");
    weir_redis_word(link, value->data, value->size);
    if (message && message->key.data) {
        weir_redis_text(link, "key");
        weir_redis_word(link, message->key.data, message->key.size);
    }
    for (uint32_t i = 0; message && i < message->n_headers; i++) {
        weir_redis_text(link, message->headers[i].name);
        weir_redis_text(link, message->headers[i].value);
    }
}

static bool add(struct to_redis *self, const weir_cx *cx, const char *key, const weir_line *value,
                const weir_message *message)
{
    struct weir_redis_link *link = &self->link;
    uint32_t fields = 1;
    if (message)
        fields += (message->key.data != NULL) + message->n_headers;
    weir_redis_ask(link, 3 + 2 * fields + (self->into.maxlen ? 3 : 0));
    weir_redis_text(link, "XADD");
    weir_redis_text(link, key);
    if (self->into.maxlen) {
        weir_redis_text(link, "MAXLEN");
        weir_redis_text(link, "~");
        weir_redis_number(link, self->into.maxlen);
    }
    weir_redis_text(link, "*");
    add_fields(link, value, message);
    return weir_redis_asks(link, cx, ADDED, self->sink.count + 1, 0);
}

static weir_poll fail(const struct to_redis *self, weir_cx *cx, weir_code code, const char *format,
                      const char *what)
{
    weir_fail(cx, code, format, what,
              self->into.stream ? self->into.stream : "(each message's own)");
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->link.address);
    return (weir_poll){0, WEIR_ERROR};
}

static bool has_room(const struct to_redis *self)
{
    const struct weir_redis_bytes *bytes = &self->link.bytes;
    return self->link.n < self->into.open_max &&
           bytes->end - bytes->begin < self->into.open_bytes_max;
}

/* Lines and messages begin with their bytes. */
static weir_poll store(struct to_redis *self, weir_cx *cx, const void *item)
{
    const weir_message *message = weir_broker_message(&self->sink, item);
    const char *key = self->into.stream ? self->into.stream : message->topic;
    if (!key)
        return fail(self, cx, WEIR_E_ARGUMENT, "%s has no topic to be stored in; stream %s",
                    "a message");
    if (!add(self, cx, key, item, message))
        return fail(self, cx, WEIR_E_MEMORY, "no memory for %s; stream '%s'", "a message");
    return ready();
}

/* READY: all that was taken is asked to be stored. PENDING: there is no room. */
static weir_poll store_all(struct to_redis *self, weir_cx *cx)
{
    for (void *item; (item = weir_broker_first(&self->sink));) {
        if (!has_room(self))
            return (weir_poll){0, WEIR_PENDING};
        weir_poll got = store(self, cx, item);
        if (got.state == WEIR_ERROR)
            return got;
        weir_broker_out(&self->sink);
    }
    return ready();
}

/* What was stored by now is to be known of replicas. The answer is about all that this connection
 * wrote: so what they do not have is asked of each connection again. */
static weir_poll ask_replicas(struct to_redis *self, weir_cx *cx)
{
    struct weir_redis_link *link = &self->link;
    if (!self->into.replicas || self->waiting || self->safe == self->sink.count)
        return ready();
    weir_redis_ask(link, 3);
    weir_redis_text(link, "WAIT");
    weir_redis_number(link, self->into.replicas);
    weir_redis_number(link, WAIT_MS);
    self->waiting = weir_redis_asks(link, cx, WAITED, self->sink.count, 0);
    return self->waiting
               ? ready()
               : fail(self, cx, WEIR_E_MEMORY, "no memory for %s; stream '%s'", "a question");
}

/* ---- polling ---- */

/* READY: something was heard. Lost: PENDING, it is tried again. */
static weir_poll drive(struct to_redis *self, weir_cx *cx)
{
    weir_poll got = weir_redis_link_poll(&self->link, cx);
    if (got.state != WEIR_ERROR)
        return got;
    if (cx->error.fatal || self->link.too_large) { /* nobody knows what became of that one */
        cx->error.fatal = true;
        weir_format(cx->error.place, sizeof cx->error.place, "%s", self->link.address);
        return got;
    }
    note_lost(self, cx, cx->error.message);
    return ready();
}

/* Replicas are asked where a mark or the end waits for them, and before the room is full. */
static bool asks(const struct to_redis *self, bool takes, weir_state state)
{
    bool half = self->link.n > self->into.open_max / 2;
    return half || !takes || (state == WEIR_PENDING && self->sink.held_n);
}

/* READY: what was taken is stored, or there may be more to take. */
static weir_poll move(struct to_redis *self, weir_cx *cx)
{
    bool ends = weir_broker_ends(&self->sink);
    weir_poll got = store_all(self, cx);
    bool takes = got.state == WEIR_READY && !ends && weir_broker_has_room(&self->sink);
    if (takes)
        got = weir_broker_take(&self->sink, cx);
    if (got.state == WEIR_ERROR)
        return got;
    weir_poll asked = asks(self, takes, got.state) ? ask_replicas(self, cx) : ready();
    if (asked.state == WEIR_ERROR || takes)
        return asked.state == WEIR_ERROR ? asked : got;
    if (ends && got.state == WEIR_READY && self->safe == self->sink.count)
        return weir_broker_end(&self->sink, cx);
    return (weir_poll){0, WEIR_PENDING};
}

static uint64_t away_due_ns(const struct to_redis *self)
{
    return weir_redis_away_due_ns(&self->link, self->into.lost_max_ns);
}

/* READY: it is time already. */
static weir_poll set_timer(struct to_redis *self, weir_cx *cx)
{
    uint64_t due_ns = weir_redis_due_ns(&self->link);
    if (self->lost_ns != UINT64_MAX)
        due_ns = weir_broker_earliest(due_ns, weir_after_ns(self->lost_ns, self->into.lost_max_ns));
    due_ns = weir_broker_earliest(due_ns, away_due_ns(self));
    return weir_broker_wait_until(&self->timer, cx, due_ns);
}

/* Where nothing is to be said, that it answers at all is enough. */
static bool is_lost_too_long(struct to_redis *self, const weir_cx *cx)
{
    if (self->link.up && !self->link.n && self->safe == self->sink.count)
        self->lost_ns = UINT64_MAX;
    return self->lost_ns != UINT64_MAX && cx->now_ns - self->lost_ns >= self->into.lost_max_ns;
}

/* One that takes the connection, and is silent, was not lost yet. */
static weir_poll fail_away(const struct to_redis *self, weir_cx *cx)
{
    bool mute = self->lost_ns == UINT64_MAX;
    fail(self, cx, WEIR_E_CLOSED, "the server was away for too long: %s; stream '%s'",
         mute ? "it said nothing" : self->why);
    if (mute && self->link.tls)
        cx->error.cure = ".tls = NULL, if it speaks in the clear";
    return (weir_poll){0, WEIR_ERROR};
}

/* READY: again. */
static weir_poll to_redis_step(struct weir_broker_sink *sink, weir_cx *cx)
{
    struct to_redis *self = to_redis_of(&sink->stream);
    if (!weir_clock_is_there(cx, "to_redis"))
        return (weir_poll){0, WEIR_ERROR};
    if (is_lost_too_long(self, cx))
        return fail_away(self, cx);
    weir_poll moved = move(self, cx);
    if (moved.state == WEIR_ERROR || moved.state == WEIR_END)
        return moved;
    weir_poll heard = drive(self, cx);
    if (heard.state == WEIR_ERROR)
        return heard;
    if (heard.state == WEIR_READY || moved.state == WEIR_READY)
        return ready();
    if (cx->now_ns >= away_due_ns(self))
        return fail_away(self, cx);
    return set_timer(self, cx);
}

/* ---- making and dropping ---- */

static void to_redis_fini(weir_stream *stream)
{
    struct to_redis *self = to_redis_of(stream);
    weir_broker_sink_fini(&self->sink);
    weir_timer_stop(&self->timer);
    weir_redis_link_end(&self->link);
}

static size_t to_redis_memory_max(const weir_stream *stream)
{
    const struct to_redis *self = to_redis_of(stream);
    return weir_broker_sink_memory_max(&self->sink) +
           weir_redis_link_memory_max(self->into.open_bytes_max, self->into.open_max);
}

static const weir_stream_ops to_redis_ops = {.size = sizeof to_redis_ops,
                                             .name = "to_redis",
                                             .poll_next = weir_broker_sink_poll,
                                             .fini = to_redis_fini,
                                             .size_hint = weir_size_hint_one,
                                             .memory_max = to_redis_memory_max,
                                             .marks = WEIR_MARKS_SETTLE};

/* As an older program knew it: what that lacks is 0. */
static weir_redis_into whole(const weir_redis_into *into)
{
    weir_redis_into all = {0};
    memcpy(&all, into, into->size && into->size < sizeof all ? into->size : sizeof all);
    all.open_max = all.open_max ? all.open_max : 256;
    all.open_bytes_max = all.open_bytes_max ? all.open_bytes_max : (size_t)8 << 20;
    all.lost_max_ns = all.lost_max_ns ? all.lost_max_ns : LOST_MAX_NS;
    return all;
}

static bool begin(struct to_redis *self, const weir_redis_into *into)
{
    self->sink.step = to_redis_step;
    self->into = *into;
    self->lost_ns = UINT64_MAX;
    self->link.answered = answered;
    self->link.keeps = into->replicas != 0;
    if (into->stream) {
        char *key = weir_arena_take(self->sink.stream.stage.arena, strlen(into->stream) + 1, 1);
        if (!key)
            return false;
        self->into.stream = memcpy(key, into->stream, strlen(into->stream) + 1);
    }
    return weir_redis_link_init(&self->link, &into->at);
}

weir_stream *weir_to_redis(weir_stream *items, const weir_redis_into *into)
{
    weir_redis_into all = whole(into);
    const struct weir_broker_place place = {all.stream, "to_redis: '%s' says no stream",
                                            "name one as .stream"};
    weir_stream *stream =
        weir_broker_sink_new(items, sizeof(struct to_redis), &to_redis_ops, &place);
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (!begin(to_redis_of(stream), &all))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for '%s'",
                                  to_redis_ops.name, NULL, 0);
    return stream;
}
