/* kafka: messages of topics, lent, with a mark behind as many as may be. */

#include <string.h>

#include "broker/due.h"
#include "kafka/link.h"
#include "kafka/message.h"

#define ALIVE_NS 1000000000ull /* the brokers hear of us */
#define RETRY_NS 500000000ull  /* looks for partitions */

enum { HEADERS_ROOM = 4 * WEIR_KAFKA_HEADERS_MAX };

struct messages {
    weir_stream stream;
    weir_in_flight in_flight; /* the group is answered while the sink is busy */
    struct weir_kafka_link *link;
    bool begun, ended;
    struct weir_kafka_mark *current; /* for what was given behind the last mark; NULL: nothing */
    uint64_t given;                  /* as marks count */
    uint64_t settled;                /* marks, when it was polled */
    weir_header *headers;            /* of what is lent; NULL: none had any yet */
    uint32_t headers_n;
    bool large; /* the first of the hand is over a limit, and told next */

    weir_stream *look; /* without a group: under way, or NULL */
    bool found;
    weir_timer timer;
    uint64_t alive_ns; /* when the brokers are to hear of us */
    uint64_t retry_ns;
    uint64_t left_ns,
        drained_ns; /* until then a partition, or all, may wait; UINT64_MAX: none does */
    bool owed;      /* a mark, before a partition leaves */
    bool stopping;
};

static struct messages *messages_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct messages, stream);
}

static weir_poll again(void)
{
    return (weir_poll){0, WEIR_READY};
}

/* ---- given ---- */

static bool has_headers_room(struct messages *self)
{
    if (self->link->no_headers)
        return true;
    if (!self->headers)
        self->headers = weir_allocate(HEADERS_ROOM * sizeof *self->headers);
    return self->headers && HEADERS_ROOM - self->headers_n >= WEIR_KAFKA_HEADERS_MAX;
}

/* Without a group nothing is settled. */
static bool begin_mark(struct messages *self)
{
    if (self->link->group && !self->current)
        self->current = weir_kafka_mark_new(self->link, &self->stream);
    return !self->link->group || self->current;
}

/* NULL: there is none that is ours, and what was not is gone; or an error came first, which is
 * told before what stands behind it. */
static const rd_kafka_message_t *first_of_hand(struct weir_kafka_link *link, int *part)
{
    for (; link->at < link->n && !link->client.news.is; link->at++) {
        const rd_kafka_message_t *message = link->hand[link->at];
        if (message->err) {
            weir_kafka_note_first(link);
            continue;
        }
        *part = weir_kafka_part_of(link, message);
        if (*part >= 0 && !link->parts[*part]->leaving)
            return message;
    }
    return NULL;
}

/* False: it is larger than was allowed, and nobody sees it. */
static bool read_message(struct messages *self, const rd_kafka_message_t *from, weir_message *out)
{
    bool wanted = !self->link->no_headers;
    int n = weir_kafka_message(from, out, wanted ? self->headers + self->headers_n : NULL,
                               wanted ? WEIR_KAFKA_HEADERS_MAX : 0);
    self->headers_n += out->n_headers;
    return n >= 0 && from->len <= self->link->message_bytes_max;
}

static weir_poll no_memory(weir_cx *cx)
{
    weir_fail(cx, WEIR_E_MEMORY, "no memory for a mark of %d messages", WEIR_KAFKA_MARK_ITEMS);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

static bool has_room(struct messages *self)
{
    return self->current || weir_kafka_marks(self->link) < self->link->marks_max;
}

/* READY without items: there is nothing to give, or no room for it. */
static weir_poll give(struct messages *self, weir_cx *cx, weir_message *out, size_t demand)
{
    struct weir_kafka_link *link = self->link;
    const rd_kafka_message_t *message;
    uint32_t n = 0;
    int part;
    while (n < demand && has_room(self) && (message = first_of_hand(link, &part))) {
        if (!begin_mark(self) || !has_headers_room(self))
            return n ? (weir_poll){n, WEIR_READY} : no_memory(cx);
        if (self->current && !weir_kafka_mark_add(self->current, (uint32_t)part, message->offset))
            break;
        self->given++;
        self->large = !read_message(self, message, &out[n]);
        if (self->large)
            break;
        link->at++;
        n++;
    }
    return (weir_poll){n, WEIR_READY};
}

static weir_poll give_mark(struct messages *self, weir_cx *cx)
{
    struct weir_kafka_mark *mark = self->current;
    self->current = NULL;
    self->owed = false;
    return weir_mark_give(cx, weir_kafka_mark_open(mark, self->given));
}

static weir_poll tell_large(struct messages *self, weir_cx *cx)
{
    struct weir_kafka_link *link = self->link;
    const rd_kafka_message_t *message = link->hand[link->at++];
    self->large = false;
    if (weir_kafka_part_of(link, message) < 0) /* it comes again, and is told then */
        return again();
    weir_fail(cx, WEIR_E_LIMIT,
              "message %lld of '%s', partition %d, has %zu bytes, or its headers are over a limit: "
              "%zu are allowed, 64 headers, 16 KiB of them",
              (long long)message->offset, rd_kafka_topic_name(message->rkt),
              (int)message->partition, message->len, link->message_bytes_max);
    cx->error.record = (uint64_t)message->offset;
    weir_format(cx->error.place, sizeof cx->error.place, "%s", link->client.at);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- without a group ---- */

static void read_all(struct weir_kafka_link *link, rd_kafka_topic_partition_list_t *list)
{
    bool added = true;
    for (int i = 0; i < list->cnt; i++)
        added &= weir_kafka_part_add(link, list->elems[i].topic, list->elems[i].partition);
    weir_kafka_route(link, list);
    rd_kafka_resp_err_t error = added ? rd_kafka_assign(link->client.rk, list) : 0;
    if (!added || error)
        weir_kafka_note(&link->client, added ? WEIR_E_CLOSED : WEIR_E_MEMORY, true,
                        "%d partitions cannot be read: %s", list->cnt,
                        added ? rd_kafka_err2str(error) : "no memory");
    rd_kafka_topic_partition_list_destroy(list);
}

/* READY: they are read, or looked for again later. */
static weir_poll look(struct messages *self, weir_cx *cx)
{
    rd_kafka_topic_partition_list_t *list;
    if (self->found || (!self->look && cx->now_ns < self->retry_ns))
        return again();
    if (!self->look)
        self->look = weir_kafka_look(self->link);
    weir_poll got = weir_poll_inner(&self->stream, self->look, cx, &list, 1);
    if (got.state == WEIR_PENDING || (!got.n && got.state == WEIR_READY))
        return got;
    weir_drop(self->look);
    self->look = NULL;
    self->found = got.state != WEIR_ERROR;
    self->retry_ns = weir_after_ns(cx->now_ns, RETRY_NS);
    if (self->found)
        read_all(self->link, list);
    return self->found || !cx->error.fatal ? again() : got;
}

/* ---- time ---- */

/* READY: it is time already. */
static weir_poll set_timer(struct messages *self, weir_cx *cx)
{
    uint64_t due_ns = weir_broker_earliest(self->left_ns, self->drained_ns);
    if (self->link->group)
        due_ns = weir_broker_earliest(due_ns, self->alive_ns);
    else if (!self->found && !self->look)
        due_ns = weir_broker_earliest(due_ns, self->retry_ns);
    return weir_broker_wait_until(&self->timer, cx, due_ns);
}

/* What happened, and what is to be told; not messages. */
static void go_on(struct messages *self, const weir_cx *cx)
{
    struct weir_kafka_link *link = self->link;
    link->client.now_ns = cx->now_ns;
    self->alive_ns = weir_after_ns(cx->now_ns, ALIVE_NS);
    weir_kafka_store(link);
    weir_kafka_look_at_events(link, 0);
}

/* ---- partitions that leave ---- */

/* True: a mark is wanted for what was given of them; who asks may have none to give it to. */
static bool begin_to_leave(struct messages *self, const weir_cx *cx)
{
    if (self->link->revoke && self->left_ns == UINT64_MAX) {
        self->left_ns = weir_after_ns(cx->now_ns, self->link->client.drain_ns);
        self->owed = self->current != NULL;
    }
    return self->owed;
}

/* They go once everything of them is settled, or their time is over. */
static void leave(struct messages *self, const weir_cx *cx)
{
    if (self->link->revoke && cx->now_ns < self->left_ns &&
        (self->owed || !weir_kafka_has_left(self->link)))
        return;
    weir_kafka_leave(self->link);
    self->left_ns = UINT64_MAX;
    self->owed = false;
}

/* ---- waiting ---- */

/* Registered first, looked again then. wanted: for messages too. */
static weir_poll wait(struct messages *self, weir_cx *cx, bool wanted)
{
    if (set_timer(self, cx).state != WEIR_PENDING)
        return again();
    bool full = self->link->group && !self->stopping && !has_room(self);
    weir_poll got =
        weir_wait_cell(cx, &self->link->client.waiter, full ? WEIR_WAIT_MARKS : WEIR_WAIT_PEER);
    bool settled = weir_kafka_settled(self->link) != self->settled;
    return settled || weir_kafka_has_more(self->link, wanted) ? again() : got;
}

/* While its consumer waits for something else. */
static void progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct messages *self = WEIR_CONTAINER(in_flight, struct messages, in_flight);
    if (!self->begun || self->ended || !cx->timers)
        return;
    self->settled = weir_kafka_settled(self->link);
    go_on(self, cx);
    (void)begin_to_leave(self, cx);
    leave(self, cx);
    if (wait(self, cx, false).state == WEIR_READY)
        weir_waker_wake(cx->waker);
}

/* ---- the end ---- */

static void end(struct messages *self)
{
    if (self->ended)
        return;
    self->ended = true;
    weir_kafka_empty_hand(self->link);
    __atomic_fetch_add(&self->link->refs, 1, __ATOMIC_RELAXED); /* of what closes it */
    weir_kafka_end(&self->link->client);
}

/* What was given has its time to be settled, and that to be accepted. */
static weir_poll stop(struct messages *self, weir_cx *cx)
{
    struct weir_kafka_link *link = self->link;
    if (!self->stopping)
        self->drained_ns = weir_after_ns(cx->now_ns, link->client.drain_ns);
    self->stopping = true;
    if (self->current)
        return give_mark(self, cx);
    leave(self, cx);
    bool done = !weir_kafka_marks(link) && weir_kafka_is_accepted(link);
    if (!done && cx->now_ns < self->drained_ns)
        return wait(self, cx, false);
    end(self);
    cx->cut = true;
    return (weir_poll){0, WEIR_END};
}

/* ---- polling ---- */

static weir_poll begin(struct messages *self, weir_cx *cx)
{
    struct weir_kafka_link *link = self->link;
    link->client.now_ns = cx->now_ns;
    self->begun = weir_kafka_link_begin(link);
    return self->begun ? again() : weir_kafka_tell(&link->client, cx);
}

static weir_poll give_more(struct messages *self, weir_cx *cx, void *out, size_t demand)
{
    struct weir_kafka_link *link = self->link;
    if (self->large)
        return tell_large(self, cx);
    if (!link->n) {
        link->taken = link->epochs;
        weir_kafka_take(link);
    }
    if (link->client.news.is) /* messages come after the word that a broker is back */
        return weir_kafka_tell(&link->client, cx);
    weir_poll got = give(self, cx, out, demand);
    if (got.n || got.state == WEIR_ERROR || self->large)
        return got;
    if (link->client.news.is)
        return weir_kafka_tell(&link->client, cx);
    if (self->current && self->current->messages)
        return give_mark(self, cx);
    bool room = has_room(self);
    return link->n && room ? again() : wait(self, cx, room);
}

static weir_poll answer(struct messages *self, weir_cx *cx, void *out, size_t demand)
{
    struct weir_kafka_link *link = self->link;
    if (!weir_clock_is_there(cx, "kafka"))
        return (weir_poll){0, WEIR_ERROR};
    if (!self->begun && weir_broker_is_stopping(cx))
        return (weir_poll){0, WEIR_END};
    weir_poll got = self->begun ? again() : begin(self, cx);
    if (got.state == WEIR_ERROR)
        return got;
    self->settled = weir_kafka_settled(link);
    go_on(self, cx);
    if (weir_broker_is_stopping(cx)) /* a mark would stand for the large one too */
        return self->large ? tell_large(self, cx) : stop(self, cx);
    if (link->client.news.is)
        return weir_kafka_tell(&link->client, cx);
    if (!link->group)
        got = look(self, cx);
    if (got.state == WEIR_ERROR)
        return got;
    if (begin_to_leave(self, cx))
        return give_mark(self, cx);
    leave(self, cx);
    weir_kafka_read_again(link);
    return give_more(self, cx, out, demand);
}

static weir_poll messages_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct messages *self = messages_of(stream);
    weir_kafka_let_go(self->link);
    self->headers_n = 0;
    return weir_in_flight_polled(&self->in_flight, cx, answer(self, cx, out, demand));
}

/* ---- making and dropping ---- */

static void messages_fini(weir_stream *stream)
{
    struct messages *self = messages_of(stream);
    weir_in_flight_leave(&self->in_flight);
    weir_timer_stop(&self->timer);
    if (self->look)
        weir_drop(self->look);
    if (self->current)
        weir_kafka_mark_drop(self->current);
    if (self->headers)
        weir_release(self->headers, HEADERS_ROOM * sizeof *self->headers);
    if (!self->link)
        return;
    end(self);
    weir_kafka_link_unref(self->link);
}

static size_t messages_memory_max(const weir_stream *stream)
{
    const struct weir_kafka_link *link = messages_of(stream)->link;
    size_t mark =
        sizeof(struct weir_kafka_mark) + WEIR_KAFKA_MARK_ITEMS * sizeof(struct weir_kafka_span);
    size_t taken = WEIR_KAFKA_HAND * (link->message_bytes_max + WEIR_KAFKA_MESSAGE_OVERHEAD);
    return link->bytes + link->buffer_bytes_max + taken + (link->marks_max + 1) * mark +
           HEADERS_ROOM * sizeof(weir_header);
}

static const weir_stream_ops messages_ops = {.size = sizeof messages_ops,
                                             .name = "kafka",
                                             .poll_next = messages_poll_next,
                                             .fini = messages_fini,
                                             .memory_max = messages_memory_max};

/* As an older program knew it: what that lacks is 0. */
static weir_kafka_from whole(const weir_kafka_from *from)
{
    weir_kafka_from all = {0};
    memcpy(&all, from, from->size && from->size < sizeof all ? from->size : sizeof all);
    return all;
}

weir_stream *weir_kafka(const weir_kafka_from *from)
{
    weir_kafka_from all = whole(from);
    if (!all.topics || !*all.topics)
        return weir_stream_refused(WEIR_E_ARGUMENT, "say one as .topics", "%s: no topic is named",
                                   messages_ops.name, NULL, 0);
    size_t longest = weir_kafka_longest_topic(all.topics);
    if (longest > WEIR_KAFKA_TOPIC_BYTES_MAX)
        return weir_stream_refused(WEIR_E_ARGUMENT, "several have commas between them",
                                   "%s: a topic's name has %zu bytes, brokers take 249",
                                   messages_ops.name, NULL, longest);
    weir_stream *stream =
        weir_source_new(sizeof(struct messages), &messages_ops, &weir_type_message);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct messages *self = messages_of(stream);
    self->in_flight.progress = progress;
    self->left_ns = self->drained_ns = UINT64_MAX;
    self->link = weir_kafka_link_new(&all);
    if (!self->link)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for '%s'",
                                  messages_ops.name, NULL, 0);
    stream->stage.marked = self->link->group != NULL;
    return stream;
}

uint64_t weir_kafka_lag(const weir_stream *messages)
{
    bool ours = !weir_stage_failed(&messages->stage) && messages->ops == &messages_ops;
    const struct messages *self = ours ? messages_of(messages) : NULL;
    return self && self->begun && !self->ended ? weir_kafka_link_lag(self->link) : WEIR_LAG_UNKNOWN;
}
