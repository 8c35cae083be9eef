/* A consumer: how it is configured, begun and ended, and how long its memory lives. */

#include "kafka/link.h"

#include <string.h>

#define OR(value, usual) ((value) ? (value) : (usual))

enum {
    TICK_MS = 50,
    JOIN_TICKS = 1200,
    NUMBER_BYTES = 24,
    MESSAGE_LEAST = 1000, /* what librdkafka takes as these two */
    FETCH_MOST = 99000000,
    LEAST_COST = 160, /* bytes that a message counts as, since librdkafka has 288 beside each */
    QUEUED_MOST = 10000000
};

/* ---- made ---- */

static size_t text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *keep(char **at, const char *text)
{
    char *copy = text ? memcpy(*at, text, strlen(text) + 1) : NULL;
    *at += text_bytes(text);
    return copy;
}

static void keep_what_is_said(struct weir_kafka_link *self, const weir_kafka_from *from,
                              const char *brokers)
{
    char *at = (char *)(self + 1);
    self->client.at = keep(&at, brokers);
    self->topics = keep(&at, from->topics);
    self->group = keep(&at, from->group);
    self->start = from->start;
    self->marks_max = OR(from->marks_max, 1024);
    self->buffer_bytes_max = OR(from->buffer_bytes_max, (size_t)4 << 20);
    self->message_bytes_max = OR(from->message_bytes_max, (size_t)1 << 20);
    self->no_headers = from->no_headers;
    self->client.drain_ns = OR(from->drain_ns, 5000000000ull);
}

static size_t clamped(size_t n, size_t least, size_t most)
{
    return n < least ? least : n > most ? most : n;
}

/* librdkafka wants a group's name for every consumer; nobody joins this one. */
static void configure(struct weir_kafka_link *self, const char *const *options)
{
    char buffer[NUMBER_BYTES], message[NUMBER_BYTES], fetch[NUMBER_BYTES];
    char queued[NUMBER_BYTES];
    static const char *const resets[] = {"error", "earliest", "latest"};
    /* A broker gives a batch that is larger alone, and whole. */
    size_t answer = clamped(self->buffer_bytes_max / 4, MESSAGE_LEAST, FETCH_MOST);
    size_t largest = clamped(self->message_bytes_max, MESSAGE_LEAST, answer);
    weir_format(buffer, sizeof buffer, "%zu", clamped(self->buffer_bytes_max >> 10, 1, FETCH_MOST));
    weir_format(fetch, sizeof fetch, "%zu", answer);
    weir_format(message, sizeof message, "%zu", largest);
    weir_format(queued, sizeof queued, "%zu",
                clamped(self->buffer_bytes_max / LEAST_COST, 1, QUEUED_MOST));
    const struct weir_kafka_setting usual[] = {
        {"queued.min.messages", queued},
        {weir_kafka_looks_for_room() ? "fetch.queue.backoff.ms" : NULL, "10"},
        {NULL, NULL},
    };
    const struct weir_kafka_setting ours[] = {
        {"bootstrap.servers", self->client.at},
        {"group.id", OR(self->group, "weir")},
        {"enable.auto.commit", self->group ? "true" : "false"},
        {"auto.commit.interval.ms", "200"},
        {"enable.auto.offset.store", "false"},
        {"partition.assignment.strategy", "cooperative-sticky"},
        {"auto.offset.reset", resets[self->group ? self->start : WEIR_KAFKA_START_FIRST]},
        {"queued.max.messages.kbytes", buffer},
        {"fetch.max.bytes", fetch},
        {"fetch.message.max.bytes", message},
        {"message.max.bytes", message},
        {"enable.partition.eof", "false"},
        {NULL, NULL},
    };
    weir_kafka_configure(&self->client, usual, ours, options);
}

static bool finish(struct weir_kafka_client *client);
static void release(struct weir_kafka_client *client);

struct weir_kafka_link *weir_kafka_link_new(const weir_kafka_from *from)
{
    const char *brokers = OR(from->at, "127.0.0.1:9092");
    size_t bytes = sizeof(struct weir_kafka_link) + text_bytes(brokers) + text_bytes(from->topics) +
                   text_bytes(from->group);
    struct weir_kafka_link *self = weir_allocate(bytes);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->bytes = bytes;
    self->refs = 1;
    self->client.finish = finish;
    self->client.release = release;
    pthread_mutex_init(&self->lock, NULL);
    keep_what_is_said(self, from, brokers);
    configure(self, from->options);
    return self;
}

/* ---- begun ---- */

size_t weir_kafka_longest_topic(const char *topics)
{
    size_t longest = 0;
    for (const char *at = topics; *at;) {
        size_t n = strcspn(at, ",");
        longest = n > longest ? n : longest;
        at += n + (at[n] == ',');
    }
    return longest;
}

rd_kafka_topic_partition_list_t *weir_kafka_topics(const struct weir_kafka_link *link)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    char name[WEIR_KAFKA_TOPIC_BYTES_MAX + 1];
    for (const char *at = link->topics; *at;) {
        size_t n = strcspn(at, ",");
        memcpy(name, at, n);
        name[n] = '\0';
        rd_kafka_topic_partition_list_add(list, name, RD_KAFKA_PARTITION_UA);
        at += n + (at[n] == ',');
    }
    return list;
}

static bool subscribe(struct weir_kafka_link *self)
{
    rd_kafka_topic_partition_list_t *topics = weir_kafka_topics(self);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(self->client.rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (error)
        weir_kafka_note(&self->client, WEIR_E_ARGUMENT, true, "cannot subscribe to '%s': %s",
                        self->topics, rd_kafka_err2str(error));
    self->subscribed = !error;
    return !error;
}

/* From here on there are queues that tell. */
bool weir_kafka_link_begin(struct weir_kafka_link *self)
{
    struct weir_kafka_client *client = &self->client;
    if (!client->conf || !weir_kafka_begin(client, RD_KAFKA_CONSUMER))
        return false;
    rd_kafka_poll_set_consumer(client->rk);
    client->queue = rd_kafka_queue_get_consumer(client->rk);
    self->messages = rd_kafka_queue_new(client->rk);
    weir_kafka_listen(client, client->queue);
    weir_kafka_listen(client, self->messages);
    return !self->group || subscribe(self);
}

/* ---- ended ---- */

static bool is_done(struct weir_kafka_link *self)
{
    return !weir_kafka_marks(self) && weir_kafka_is_accepted(self);
}

/* What is open has its time to be settled, what is settled to be accepted. */
static void drain(struct weir_kafka_link *self)
{
    uint64_t ticks = self->client.drain_ns / (TICK_MS * 1000000ull) + 1;
    for (uint64_t i = 0; i < ticks && !is_done(self); i++) {
        weir_kafka_store(self);
        weir_kafka_look_at_events(self, TICK_MS);
    }
}

static bool is_member(rd_kafka_t *rk)
{
    char *id = rd_kafka_memberid(rk);
    bool is = id && *id;
    if (id)
        rd_kafka_mem_free(rk, id);
    return is;
}

/* librdkafka before 2.3 aborts where a member is given up between the answer to its request to join
 * and its partitions. So those are waited for. False: they did not come. */
static bool may_close(struct weir_kafka_link *self)
{
    rd_kafka_t *rk = self->client.rk;
    for (unsigned i = 0; i < JOIN_TICKS; i++) {
        if (!self->subscribed || self->assigned || self->client.lost)
            return true;
        if (self->client.failed && !is_member(rk))
            return true;
        weir_kafka_look_at_events(self, TICK_MS);
    }
    return !is_member(rk);
}

/* On the closing thread. */
static bool finish(struct weir_kafka_client *client)
{
    struct weir_kafka_link *self = WEIR_CONTAINER(client, struct weir_kafka_link, client);
    self->closing = true;
    weir_kafka_leave(self);
    if (self->group)
        drain(self);
    while (__atomic_load_n(&self->looks, __ATOMIC_ACQUIRE))
        weir_kafka_look_at_events(self, TICK_MS);
    if (!may_close(self))
        return false;
    rd_kafka_consumer_close(client->rk);
    rd_kafka_queue_destroy(self->messages);
    return true;
}

static void release(struct weir_kafka_client *client)
{
    weir_kafka_link_unref(WEIR_CONTAINER(client, struct weir_kafka_link, client));
}

/* Marks may be settled later than everything. */
void weir_kafka_link_unref(struct weir_kafka_link *self)
{
    if (__atomic_fetch_sub(&self->refs, 1, __ATOMIC_ACQ_REL) != 1)
        return;
    weir_kafka_parts_drop(self);
    weir_waker_cell_clear(&self->client.waiter);
    pthread_mutex_destroy(&self->lock);
    weir_release(self, self->bytes);
}
