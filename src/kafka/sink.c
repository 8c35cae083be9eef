/* to_kafka: items as messages of a topic, whose delivery reports settle marks. */

#include <string.h>

#include "kafka/producer.h"

enum { ITEMS = 64, HELD_MAX = 64 };

/* A mark, and what is to be stored before it. */
struct held {
    weir_mark *mark;
    uint64_t upto;
};

struct to_kafka {
    weir_stream stream;
    weir_kafka_into into;
    struct weir_kafka_producer *producer;
    bool begun, closing;
    void *items; /* ITEMS of them */
    uint32_t n, at;
    uint32_t demand;
    struct held held[HELD_MAX];
    uint32_t held_n;
    weir_held_error error; /* of the source, behind what came before it */
};

static struct to_kafka *to_kafka_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct to_kafka, stream);
}

static weir_poll again(void)
{
    return (weir_poll){0, WEIR_READY};
}

/* ---- what is stored ---- */

static void settle(struct to_kafka *self)
{
    uint32_t n = 0;
    while (n < self->held_n && self->held[n].upto <= self->producer->first)
        weir_mark_settle(self->held[n++].mark, true);
    self->held_n -= n;
    memmove(self->held, self->held + n, self->held_n * sizeof *self->held);
}

static bool all_stored(const struct to_kafka *self)
{
    return self->producer->first == self->producer->next;
}

/* ---- produced ---- */

static bool is_message(const weir_type *type)
{
    return weir_type_fits(type, &weir_type_message) ||
           weir_type_fits(type, &weir_type_owned_message);
}

static enum weir_kafka_put put(struct to_kafka *self, const void *item)
{
    const weir_message *message = is_message(weir_source(&self->stream)->type) ? item : NULL;
    const char *topic = self->producer->topic;
    weir_line value = *(const weir_line *)item; /* lines and messages begin with their bytes */
    weir_line key = message ? message->key : (weir_line){NULL, 0};
    int32_t partition = RD_KAFKA_PARTITION_UA;
    if (!topic && !(topic = message->topic)) {
        weir_kafka_note(&self->producer->client, WEIR_E_ARGUMENT, true,
                        "a message has no topic to go to");
        self->producer->client.news.cure = "name one as .topic";
        return WEIR_KAFKA_WRONG;
    }
    if (!message && !value.data) /* of a message it means that there is none */
        value.data = "";
    if (self->into.place)
        self->into.place(item, &key, &partition, self->into.arg);
    return weir_kafka_producer_put(self->producer, topic, partition, key, value, message);
}

/* READY: all that was taken is out. PENDING: there is no room. */
static weir_poll put_all(struct to_kafka *self, weir_cx *cx)
{
    const weir_type *type = weir_source(&self->stream)->type;
    for (; self->at < self->n; self->at++) {
        void *item = (char *)self->items + self->at * type->size;
        switch (put(self, item)) {
        case WEIR_KAFKA_FULL:
            return (weir_poll){0, WEIR_PENDING};
        case WEIR_KAFKA_WRONG:
            return weir_kafka_tell(&self->producer->client, cx);
        default:
            weir_type_drop_items(type, item, 1);
        }
    }
    return again();
}

/* ---- polling ---- */

static weir_poll take_more(struct to_kafka *self, weir_cx *cx)
{
    size_t demand = weir_demand_next(cx, &self->demand);
    weir_stream *source = weir_source(&self->stream);
    weir_poll got = weir_poll_next(source, cx, self->items, demand < ITEMS ? demand : ITEMS);
    self->n = got.n;
    self->at = 0;
    if (got.state == WEIR_MARK)
        self->held[self->held_n++] = (struct held){weir_mark_take(cx), self->producer->next};
    else if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->error, cx);
    else if (got.state == WEIR_END)
        self->closing = true;
    else
        return got;
    return (weir_poll){got.n, WEIR_READY};
}

/* READY: go on. */
static weir_poll step(struct to_kafka *self, weir_cx *cx)
{
    weir_kafka_producer_look(self->producer);
    settle(self);
    weir_poll got = weir_kafka_tell(&self->producer->client, cx);
    if (got.state == WEIR_READY)
        got = put_all(self, cx);
    if (got.state != WEIR_READY)
        return got;
    if (!self->closing && !self->error.held)
        return self->held_n < HELD_MAX ? take_more(self, cx) : (weir_poll){0, WEIR_PENDING};
    if (!all_stored(self))
        return (weir_poll){0, WEIR_PENDING};
    settle(self);
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    return (weir_poll){0, WEIR_END};
}

/* Registered first, looked again then. */
static weir_poll wait(struct to_kafka *self, weir_cx *cx)
{
    weir_poll got = weir_wait_cell(cx, &self->producer->client.waiter, WEIR_WAIT_PEER);
    return weir_kafka_producer_has_more(self->producer) ? again() : got;
}

static weir_poll begin(struct to_kafka *self, weir_cx *cx)
{
    self->begun = weir_kafka_producer_begin(self->producer);
    return self->begun ? again() : weir_kafka_tell(&self->producer->client, cx);
}

static weir_poll to_kafka_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct to_kafka *self = to_kafka_of(stream);
    weir_poll got = self->begun ? again() : begin(self, cx);
    (void)demand;
    for (bool stepped = false; got.state == WEIR_READY; stepped = true) {
        if (!weir_spend(cx) && stepped)
            return weir_wait_turn(cx);
        got = step(self, cx);
        if (got.state == WEIR_PENDING)
            got = wait(self, cx);
    }
    if (got.state != WEIR_END)
        return got;
    *(uint64_t *)out = self->producer->next;
    return (weir_poll){1, WEIR_END};
}

/* ---- making and dropping ---- */

static void to_kafka_fini(weir_stream *stream)
{
    struct to_kafka *self = to_kafka_of(stream);
    const weir_type *type = weir_source(stream)->type;
    if (self->items) {
        char *first = (char *)self->items + self->at * type->size;
        weir_type_drop_items(type, first, self->n - self->at);
        weir_release(self->items, ITEMS * type->size);
    }
    for (uint32_t i = 0; i < self->held_n; i++)
        weir_mark_settle(self->held[i].mark, false);
    if (self->producer)
        weir_kafka_producer_drop(self->producer);
}

static size_t to_kafka_memory_max(const weir_stream *stream)
{
    const struct to_kafka *self = to_kafka_of(stream);
    return self->producer->bytes + ITEMS * weir_source(stream)->type->size +
           self->into.open_bytes_max;
}

static const weir_stream_ops to_kafka_ops = {.size = sizeof to_kafka_ops,
                                             .name = "to_kafka",
                                             .poll_next = to_kafka_poll_next,
                                             .fini = to_kafka_fini,
                                             .size_hint = weir_size_hint_one,
                                             .memory_max = to_kafka_memory_max,
                                             .marks = WEIR_MARKS_SETTLE};

/* As an older program knew it: what that lacks is 0. */
static weir_kafka_into whole(const weir_kafka_into *into)
{
    weir_kafka_into all = {0};
    memcpy(&all, into, into->size && into->size < sizeof all ? into->size : sizeof all);
    all.open_max = all.open_max ? all.open_max : 10000;
    all.open_bytes_max = all.open_bytes_max ? all.open_bytes_max : (size_t)8 << 20;
    all.lost_max_ns = all.lost_max_ns ? all.lost_max_ns : 60000000000ull;
    return all;
}

static weir_stream *expect_bytes(weir_stream *items, const weir_kafka_into *into)
{
    if (weir_stage_failed(&items->stage))
        return items;
    bool lines = !is_message(items->type);
    if (lines && !weir_type_fits(items->type, &weir_type_owned_line))
        items = weir_expect_type(items, "to_kafka", "bytes", &weir_type_line);
    if (lines && !into->topic && !weir_stage_failed(&items->stage))
        return weir_stream_refuse(&items->stage, WEIR_E_ARGUMENT, "name one as .topic",
                                  "to_kafka: '%s' says no topic", items->type->name, NULL, 0);
    return items;
}

weir_stream *weir_to_kafka(weir_stream *items, const weir_kafka_into *into)
{
    weir_kafka_into all = whole(into);
    items = expect_bytes(items, &all);
    weir_stream *stream =
        weir_stream_new(items, sizeof(struct to_kafka), &to_kafka_ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct to_kafka *self = to_kafka_of(stream);
    stream->stage.one = true;
    self->into = all;
    self->producer = weir_kafka_producer_new(&all);
    self->items = weir_allocate(ITEMS * weir_source(stream)->type->size);
    if (!self->producer || !self->items || !weir_held_error_init(&self->error, stream->stage.arena))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for '%s'",
                                  to_kafka_ops.name, NULL, 0);
    return stream;
}
