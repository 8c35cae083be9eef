/* to_nats: items as messages of a stream, whose acknowledgements settle marks. */

#include <string.h>

#include "broker/due.h"
#include "broker/sink.h"
#include "nats/outbox.h"

enum {
    ID_BYTES = 128,                            /* that a user's function writes */
    NAME_BYTES = WEIR_NATS_SUBJECT_BYTES + 128 /* ... or we, with a topic in it */
};
#define RETRY_NS 200000000ull
#define LOST_MAX_NS 60000000000ull

struct to_nats {
    struct weir_broker_sink sink;
    weir_nats_into into;
    const char *subject;
    struct weir_nats_link *link;
    struct weir_nats_outbox *outbox;
    weir_stream *look; /* under way, or NULL */
    bool found;
    weir_timer timer;
    uint64_t retry_ns,
        lost_ns; /* the next look; since when the server is away, UINT64_MAX: is not */

    weir_stream *flush;         /* of what is said without a stream; NULL: none is under way */
    uint64_t flushing, flushed; /* what it is about, and what the server has */
    uint64_t life;              /* of the connection in which the rest was published */
};

static struct to_nats *to_nats_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct to_nats, sink.stream);
}

static weir_poll fail(const struct to_nats *self, weir_cx *cx, weir_code code, const char *format,
                      const char *what)
{
    weir_fail(cx, code, format, what, self->subject ? self->subject : "(each message's own)");
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->link->at);
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- the connection ---- */

static void note_lost(struct to_nats *self, const weir_cx *cx)
{
    if (self->lost_ns == UINT64_MAX)
        self->lost_ns = cx->now_ns;
}

static bool is_lost_too_long(const struct to_nats *self, const weir_cx *cx)
{
    return self->lost_ns != UINT64_MAX && cx->now_ns - self->lost_ns >= self->into.lost_max_ns;
}

/* READY: there is a connection, or it is looked for again later. */
static weir_poll look(struct to_nats *self, weir_cx *cx)
{
    uint64_t unused;
    if (!self->look && cx->now_ns < self->retry_ns)
        return (weir_poll){0, WEIR_READY};
    if (!self->look)
        self->look = weir_nats_look(self->link);
    weir_poll got = weir_poll_inner(&self->sink.stream, self->look, cx, &unused, 1);
    if (got.state == WEIR_PENDING || (!got.n && got.state == WEIR_READY))
        return got;
    weir_drop(self->look);
    self->look = NULL;
    self->found = got.state != WEIR_ERROR;
    if (self->found)
        return (weir_poll){0, WEIR_READY};
    if (cx->error.fatal)
        return got;
    note_lost(self, cx);
    self->retry_ns = weir_after_ns(cx->now_ns, RETRY_NS);
    return (weir_poll){0, WEIR_READY};
}

/* Nobody keeps what is said without a stream. */
static weir_poll fail_unread(const struct to_nats *self, weir_cx *cx)
{
    char n[24];
    weir_format(n, sizeof n, "%llu", (unsigned long long)(self->sink.count - self->flushed));
    fail(self, cx, WEIR_E_CLOSED,
         "the server was lost with %s messages that it may not have read; subject '%s'", n);
    cx->error.cure = "without .core a stream acknowledges each, and they are published again";
    return (weir_poll){0, WEIR_ERROR};
}

/* What was published last stands in it, or was read. */
static bool is_same_connection(const struct to_nats *self)
{
    return weir_nats_lives(self->link) == self->life &&
           natsConnection_Status(self->link->connection) == NATS_CONN_STATUS_CONNECTED;
}

static bool is_unread(const struct to_nats *self, unsigned what)
{
    bool all_read = !self->into.core || self->flushed == self->sink.count;
    return what & WEIR_NATS_LOST && !all_read && !is_same_connection(self);
}

static unsigned what_happened(struct to_nats *self, const weir_cx *cx, bool *up)
{
    struct weir_nats_link *link = self->link;
    pthread_mutex_lock(&link->lock);
    unsigned what = link->happened;
    link->happened = 0;
    *up = link->up;
    pthread_mutex_unlock(&link->lock);
    if (*up)
        self->lost_ns = UINT64_MAX;
    else
        note_lost(self, cx);
    return what;
}

/* ---- what is stored ---- */

static void settle(struct to_nats *self)
{
    weir_broker_settle(&self->sink, self->into.core ? self->flushed : self->outbox->first);
}

/* In the words of the stream, where it said any; under the lock. */
static weir_poll fail_unstored(const struct to_nats *self, weir_cx *cx,
                               enum weir_nats_answer answer)
{
    const char *wrong = self->outbox->wrong;
    if (answer == WEIR_NATS_WRONG)
        return fail(self, cx, WEIR_E_USER, "the stream refuses a message: %s; subject '%s'", wrong);
    if (answer == WEIR_NATS_SILENT)
        return fail(self, cx, WEIR_E_CLOSED, "nobody says that %s '%s' is stored", "the subject");
    if (*wrong)
        return fail(self, cx, WEIR_E_CLOSED, "the stream stores nothing: %s; subject '%s'", wrong);
    return fail(self, cx, WEIR_E_CLOSED, "no stream stores %s '%s'", "the subject");
}

static weir_poll reap(struct to_nats *self, weir_cx *cx, bool again)
{
    enum weir_nats_answer answer = weir_nats_outbox_look(self->link, cx->now_ns, again);
    if (answer <= WEIR_NATS_STORED) {
        settle(self);
        return (weir_poll){0, WEIR_READY};
    }
    pthread_mutex_lock(&self->link->lock);
    weir_poll got = fail_unstored(self, cx, answer);
    pthread_mutex_unlock(&self->link->lock);
    return got;
}

/* ---- published ---- */

/* Where it stands in the stream that it comes from. false: nobody says, or it does not fit, and cut
 * off it would be that of others too. */
static bool name_place(const weir_message *message, char out[NAME_BYTES])
{
    if (!message || message->offset < 0 || !message->topic)
        return false;
    return weir_format(out, NAME_BYTES, "%s:%d:%llu-%llu", message->topic, message->partition,
                       (unsigned long long)message->offset,
                       (unsigned long long)message->sub_offset) < NAME_BYTES;
}

/* Its own, its place, or a number of this sink. */
static void name_item(const struct to_nats *self, const void *item, char out[NAME_BYTES])
{
    if (self->into.id)
        self->into.id(item, out, ID_BYTES, self->into.arg);
    else if (!name_place(weir_broker_message(&self->sink, item), out))
        weir_nats_outbox_reply(self->link, out, NAME_BYTES);
}

static natsStatus add_headers(const struct to_nats *self, const void *item, natsMsg *to)
{
    char id[NAME_BYTES];
    const weir_message *message = weir_broker_message(&self->sink, item);
    natsStatus status = NATS_OK;
    for (uint32_t i = 0; message && i < message->n_headers && status == NATS_OK; i++)
        if (strncmp(message->headers[i].name, "Nats-", 5) != 0) /* are of the stream it came from */
            status = natsMsgHeader_Add(to, message->headers[i].name, message->headers[i].value);
    if (status != NATS_OK || self->into.core)
        return status;
    name_item(self, item, id);
    return natsMsgHeader_Set(to, "Nats-Msg-Id", id);
}

static weir_poll publish(struct to_nats *self, weir_cx *cx, const void *item)
{
    const weir_message *message = weir_broker_message(&self->sink, item);
    const weir_line *value = item;
    const char *subject = self->subject ? self->subject : message->topic;
    char reply[WEIR_NATS_SUBJECT_BYTES];
    natsMsg *made = NULL;
    if (!subject)
        return fail(self, cx, WEIR_E_ARGUMENT, "%s has no topic to be published to; subject %s",
                    "a message");
    if (value->size > INT32_MAX)
        return fail(self, cx, WEIR_E_LIMIT, "%s is too large for subject '%s'", "a message");
    weir_nats_outbox_reply(self->link, reply, sizeof reply);
    natsStatus status = natsMsg_Create(&made, subject, self->into.core ? NULL : reply, value->data,
                                       (int)value->size);
    if (status == NATS_OK)
        status = add_headers(self, item, made);
    if (status == NATS_OK && self->into.core) {
        if (self->flushed == self->sink.count)
            self->life = weir_nats_lives(self->link);
        status = natsConnection_PublishMsg(self->link->connection, made);
        natsMsg_Destroy(made);
    } else if (status == NATS_OK) {
        status = weir_nats_outbox_put(self->link, made, cx->now_ns);
        status = status == NATS_MAX_PAYLOAD ? status : NATS_OK; /* the rest is tried again */
    } else {
        natsMsg_Destroy(made);
    }
    if (status == NATS_OK)
        return (weir_poll){1, WEIR_READY};
    return fail(self, cx, WEIR_E_SYSTEM, "cannot publish: %s; subject '%s'",
                natsStatus_GetText(status));
}

static bool has_room(const struct to_nats *self)
{
    const struct weir_nats_outbox *outbox = self->outbox;
    return outbox->next - outbox->first < outbox->room && outbox->bytes < self->into.open_bytes_max;
}

/* READY: all that was taken is out. PENDING: there is no room, or nobody. */
static weir_poll publish_all(struct to_nats *self, weir_cx *cx, bool up)
{
    for (void *item; (item = weir_broker_first(&self->sink));) {
        if (!up || !has_room(self))
            return (weir_poll){0, WEIR_PENDING};
        weir_poll got = publish(self, cx, item);
        if (got.state == WEIR_ERROR)
            return got;
        weir_broker_out(&self->sink);
    }
    return (weir_poll){0, WEIR_READY};
}

/* ---- what is said without a stream is safe when the server has read it ---- */

static weir_poll flush(struct to_nats *self, weir_cx *cx)
{
    unsigned char unit;
    if (!self->flush) {
        self->flush = weir_nats_flush(self->link);
        self->flushing = self->sink.count;
    }
    weir_poll got = weir_poll_inner(&self->sink.stream, self->flush, cx, &unit, 1);
    bool late = got.state == WEIR_ERROR && cx->error.code == WEIR_E_CLOSED;
    if (!late && (got.state == WEIR_PENDING || got.state == WEIR_ERROR || !got.n))
        return got;
    weir_drop(self->flush);
    self->flush = NULL;
    if (late)
        return is_same_connection(self) ? (weir_poll){0, WEIR_READY} : fail_unread(self, cx);
    if (weir_nats_lives(self->link) != self->life)
        return fail_unread(self, cx);
    self->flushed = self->flushing;
    return (weir_poll){0, WEIR_READY};
}

static bool is_safe(const struct to_nats *self)
{
    return self->into.core ? self->flushed == self->sink.count
                           : self->outbox->first == self->outbox->next;
}

/* READY: some of it is safe, or all. PENDING: it is waited for. */
static weir_poll make_safe(struct to_nats *self, weir_cx *cx)
{
    if (is_safe(self))
        return (weir_poll){0, WEIR_READY};
    return self->into.core ? flush(self, cx) : (weir_poll){0, WEIR_PENDING};
}

/* ---- polling ---- */

/* Without a stream, what there is is made safe at a mark, and where nothing more comes now. */
static weir_poll move(struct to_nats *self, weir_cx *cx)
{
    bool ends = weir_broker_ends(&self->sink);
    bool more = self->into.core ? !self->sink.held_n : weir_broker_has_room(&self->sink);
    weir_poll taken = {0, WEIR_READY};
    if (!ends && more) {
        taken = weir_broker_take(&self->sink, cx);
        if (taken.state != WEIR_PENDING || !self->into.core)
            return taken;
    }
    weir_poll got = make_safe(self, cx);
    if (got.state != WEIR_READY)
        return got;
    settle(self);
    if (!is_safe(self)) /* more was published while the server read */
        return got;
    return ends ? weir_broker_end(&self->sink, cx) : taken;
}

/* READY: go on. */
static weir_poll step(struct to_nats *self, weir_cx *cx)
{
    bool up;
    unsigned what = what_happened(self, cx, &up);
    if (is_unread(self, what))
        return fail_unread(self, cx);
    weir_poll got = self->found ? (weir_poll){0, WEIR_READY} : look(self, cx);
    if (got.state == WEIR_READY && is_lost_too_long(self, cx))
        return fail(self, cx, WEIR_E_CLOSED, "%s was away for too long; subject '%s'",
                    "the server");
    if (got.state != WEIR_READY || !self->found)
        return got.state == WEIR_ERROR ? got : (weir_poll){0, WEIR_PENDING};
    got = reap(self, cx, up && what & WEIR_NATS_BACK); /* what is open is published again */
    if (got.state == WEIR_READY)
        got = publish_all(self, cx, up);
    if (got.state != WEIR_READY)
        return got;
    return move(self, cx);
}

/* READY: it is time already. */
static weir_poll set_timer(struct to_nats *self, weir_cx *cx)
{
    uint64_t due_ns = weir_nats_outbox_again_ns(self->link);
    if (!self->found && !self->look)
        due_ns = weir_broker_earliest(due_ns, self->retry_ns);
    if (self->lost_ns != UINT64_MAX)
        due_ns = weir_broker_earliest(due_ns, weir_after_ns(self->lost_ns, self->into.lost_max_ns));
    return weir_broker_wait_until(&self->timer, cx, due_ns);
}

/* Registered first, looked again then. READY: there is news. */
static weir_poll wait(struct to_nats *self, weir_cx *cx)
{
    if (set_timer(self, cx).state != WEIR_PENDING)
        return weir_wait_turn(cx);
    weir_poll got = weir_wait_cell(cx, &self->link->waiter, WEIR_WAIT_PEER);
    pthread_mutex_lock(&self->link->lock);
    bool news = self->link->happened || weir_nats_outbox_has_news(self->outbox);
    pthread_mutex_unlock(&self->link->lock);
    return news ? (weir_poll){0, WEIR_READY} : got;
}

static weir_poll to_nats_step(struct weir_broker_sink *sink, weir_cx *cx)
{
    struct to_nats *self = to_nats_of(&sink->stream);
    if (!weir_clock_is_there(cx, "to_nats"))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = step(self, cx);
    return got.state == WEIR_PENDING ? wait(self, cx) : got;
}

/* ---- making and dropping ---- */

static void to_nats_fini(weir_stream *stream)
{
    struct to_nats *self = to_nats_of(stream);
    weir_broker_sink_fini(&self->sink);
    weir_timer_stop(&self->timer);
    if (self->look)
        weir_drop(self->look);
    if (self->flush)
        weir_drop(self->flush);
    if (!self->link)
        return;
    weir_waker_cell_clear(&self->link->waiter);
    weir_nats_link_leave(self->link);
}

static size_t to_nats_memory_max(const weir_stream *stream)
{
    const struct to_nats *self = to_nats_of(stream);
    return self->link->bytes + weir_broker_sink_memory_max(&self->sink) +
           sizeof(struct weir_nats_outbox) + self->into.open_max * sizeof(struct weir_nats_sent) +
           self->into.open_bytes_max;
}

static const weir_stream_ops to_nats_ops = {.size = sizeof to_nats_ops,
                                            .name = "to_nats",
                                            .poll_next = weir_broker_sink_poll,
                                            .fini = to_nats_fini,
                                            .size_hint = weir_size_hint_one,
                                            .memory_max = to_nats_memory_max,
                                            .marks = WEIR_MARKS_SETTLE};

/* As an older program knew it: what that lacks is 0. */
static weir_nats_into whole(const weir_nats_into *into)
{
    weir_nats_into all = {0};
    memcpy(&all, into, into->size && into->size < sizeof all ? into->size : sizeof all);
    all.open_max = all.open_max ? all.open_max : 256;
    all.open_bytes_max = all.open_bytes_max ? all.open_bytes_max : (size_t)8 << 20;
    all.lost_max_ns = all.lost_max_ns ? all.lost_max_ns : LOST_MAX_NS;
    return all;
}

static bool begin(struct to_nats *self, const weir_nats_into *into)
{
    weir_nats_from from = {
        .at = into->at, .credentials = into->credentials, .stream = into->subject};
    self->sink.step = to_nats_step;
    self->into = *into;
    self->lost_ns = UINT64_MAX;
    self->link = weir_nats_link_new(&from, weir_nats_on_stored);
    if (!self->link)
        return false;
    self->subject = self->link->stream;
    self->outbox = weir_nats_outbox_new(self->link, into->open_max, into->lost_max_ns);
    return self->outbox != NULL;
}

weir_stream *weir_to_nats(weir_stream *items, const weir_nats_into *into)
{
    weir_nats_into all = whole(into);
    const struct weir_broker_place place = {all.subject, "to_nats: '%s' says no subject",
                                            "name one as .subject"};
    weir_stream *stream = weir_broker_sink_new(items, sizeof(struct to_nats), &to_nats_ops, &place);
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (!begin(to_nats_of(stream), &all))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for '%s'",
                                  to_nats_ops.name, NULL, 0);
    return stream;
}
