/* to_kafka: items as messages of a topic, whose delivery reports settle marks. */

#include <string.h>

#include "kafka/producer.h"

struct to_kafka {
    struct weir_broker_sink sink;
    weir_kafka_into into;
    struct weir_kafka_producer *producer;
    bool begun;
};

static struct to_kafka *to_kafka_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct to_kafka, sink.stream);
}

static weir_poll again(void)
{
    return (weir_poll){0, WEIR_READY};
}

/* ---- what is stored ---- */

static bool all_stored(const struct to_kafka *self)
{
    return self->producer->first == self->producer->next;
}

/* ---- produced ---- */

static void *untyped(const char *bytes)
{
    return (void *)(uintptr_t)bytes;
}

/* Lines and messages begin with their bytes. */
static void fill(struct to_kafka *self, const void *item, const weir_message *message,
                 rd_kafka_message_t *out)
{
    weir_line value = *(const weir_line *)item;
    weir_line key = message ? message->key : (weir_line){NULL, 0};
    int32_t partition = RD_KAFKA_PARTITION_UA;
    if (!message && !value.data) /* of a message it means that there is none */
        value.data = "";
    if (self->into.place)
        self->into.place(item, &key, &partition, self->into.arg);
    out->payload = untyped(value.data);
    out->len = value.size;
    out->key = untyped(key.data);
    out->key_len = key.size;
    out->partition = partition;
}

static bool is_same_topic(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

/* As many as one call takes; of those that are not out. What places them may give its next key in
 * the same bytes. */
static void gather(struct to_kafka *self)
{
    struct weir_kafka_batch *batch = &self->producer->batch;
    bool alone = false;
    batch->headers = NULL;
    batch->n = 0;
    for (void *item; !alone && (item = weir_broker_nth(&self->sink, batch->n)); batch->n++) {
        const weir_message *message = weir_broker_message(&self->sink, item);
        const char *topic = self->producer->topic ? self->producer->topic : message->topic;
        rd_kafka_message_t *out = &batch->messages[batch->n];
        fill(self, item, message, out);
        alone = self->into.place || (message && message->n_headers);
        if (batch->n && (alone || !is_same_topic(topic, batch->topic)))
            break;
        batch->topic = topic;
        batch->headers = message && message->n_headers ? message : NULL;
    }
}

static enum weir_kafka_put put(struct to_kafka *self)
{
    struct weir_kafka_client *client = &self->producer->client;
    uint32_t done = 0;
    if (!self->producer->batch.topic) {
        if (weir_kafka_note(client, WEIR_E_ARGUMENT, true, "a message has no topic to go to"))
            client->news.cure = "name one as .topic";
        return WEIR_KAFKA_WRONG;
    }
    enum weir_kafka_put got = weir_kafka_producer_put(self->producer, &done);
    while (done--)
        weir_broker_out(&self->sink);
    return got;
}

/* READY: all that was taken is out. PENDING: there is no room. */
static weir_poll put_all(struct to_kafka *self, weir_cx *cx)
{
    for (gather(self); self->producer->batch.n; gather(self)) {
        switch (put(self)) {
        case WEIR_KAFKA_FULL:
            return (weir_poll){0, WEIR_PENDING};
        case WEIR_KAFKA_WRONG:
            return weir_kafka_tell(&self->producer->client, cx);
        default:
            break;
        }
    }
    return again();
}

/* ---- polling ---- */

/* READY: go on. */
static weir_poll step(struct to_kafka *self, weir_cx *cx)
{
    weir_kafka_producer_look(self->producer);
    weir_broker_settle(&self->sink, self->producer->first);
    weir_poll got = weir_kafka_tell(&self->producer->client, cx);
    if (got.state == WEIR_READY)
        got = put_all(self, cx);
    if (got.state != WEIR_READY)
        return got;
    if (weir_broker_ends(&self->sink))
        return all_stored(self) ? weir_broker_end(&self->sink, cx) : (weir_poll){0, WEIR_PENDING};
    return weir_broker_has_room(&self->sink) ? weir_broker_take(&self->sink, cx)
                                             : (weir_poll){0, WEIR_PENDING};
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

static weir_poll to_kafka_step(struct weir_broker_sink *sink, weir_cx *cx)
{
    struct to_kafka *self = to_kafka_of(&sink->stream);
    weir_poll got = self->begun ? again() : begin(self, cx);
    if (got.state == WEIR_READY)
        got = step(self, cx);
    return got.state == WEIR_PENDING ? wait(self, cx) : got;
}

/* ---- making and dropping ---- */

static void to_kafka_fini(weir_stream *stream)
{
    struct to_kafka *self = to_kafka_of(stream);
    weir_broker_sink_fini(&self->sink);
    if (self->producer)
        weir_kafka_producer_drop(self->producer);
}

static size_t to_kafka_memory_max(const weir_stream *stream)
{
    const struct to_kafka *self = to_kafka_of(stream);
    return self->producer->bytes + weir_broker_sink_memory_max(&self->sink) +
           self->into.open_bytes_max;
}

static const weir_stream_ops to_kafka_ops = {.size = sizeof to_kafka_ops,
                                             .name = "to_kafka",
                                             .poll_next = weir_broker_sink_poll,
                                             .fini = to_kafka_fini,
                                             .size_hint = weir_size_hint_one,
                                             .memory_max = to_kafka_memory_max,
                                             .marks = WEIR_MARKS_SETTLE};

/* As an older program knew it: what that lacks is 0. */
static weir_kafka_into whole(const weir_kafka_into *into)
{
    weir_kafka_into all = {0};
    memcpy(&all, into, into->size && into->size < sizeof all ? into->size : sizeof all);
    all.open_max = all.open_max ? all.open_max : 30000;
    all.open_bytes_max = all.open_bytes_max ? all.open_bytes_max : (size_t)8 << 20;
    all.lost_max_ns = all.lost_max_ns ? all.lost_max_ns : 60000000000ull;
    return all;
}

weir_stream *weir_to_kafka(weir_stream *items, const weir_kafka_into *into)
{
    weir_kafka_into all = whole(into);
    const struct weir_broker_place place = {all.topic, "to_kafka: '%s' says no topic",
                                            "name one as .topic"};
    weir_stream *stream =
        weir_broker_sink_new(items, sizeof(struct to_kafka), &to_kafka_ops, &place);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct to_kafka *self = to_kafka_of(stream);
    self->sink.step = to_kafka_step;
    self->into = all;
    self->producer = weir_kafka_producer_new(&all);
    if (!self->producer)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for '%s'",
                                  to_kafka_ops.name, NULL, 0);
    return stream;
}
