/* A producer: what it is told, and what it tells. */

#include "kafka/producer.h"

#include <string.h>

enum { NUMBER_BYTES = 24 };

static struct weir_kafka_producer *producer_of(struct weir_kafka_client *client)
{
    return WEIR_CONTAINER(client, struct weir_kafka_producer, client);
}

/* ---- made and ended ---- */

/* All replicas that are in sync have it, and what is sent again is stored once. */
static void configure(struct weir_kafka_producer *self, const weir_kafka_into *into)
{
    char messages[NUMBER_BYTES], kilobytes[NUMBER_BYTES], timeout[NUMBER_BYTES];
    size_t least = into->open_bytes_max >> 10;
    weir_format(messages, sizeof messages, "%u", (unsigned)into->open_max);
    weir_format(kilobytes, sizeof kilobytes, "%zu", least ? least : 1);
    weir_format(timeout, sizeof timeout, "%llu",
                (unsigned long long)(into->lost_max_ns / 1000000 + 1));
    const struct weir_kafka_setting ours[] = {
        {"bootstrap.servers", self->client.at},
        {"acks", "all"},
        {"enable.idempotence", "true"},
        {"message.timeout.ms", timeout},
        {"queue.buffering.max.messages", messages},
        {"queue.buffering.max.kbytes", kilobytes},
        {NULL, NULL},
    };
    weir_kafka_configure(&self->client, NULL, ours, into->options);
}

static void close_topic(struct weir_kafka_producer *self)
{
    if (self->rkt)
        rd_kafka_topic_destroy(self->rkt);
    self->rkt = NULL;
}

static bool finish(struct weir_kafka_client *client)
{
    close_topic(producer_of(client));
    rd_kafka_purge(client->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    return true;
}

static void release(struct weir_kafka_client *client)
{
    struct weir_kafka_producer *self = producer_of(client);
    weir_release(self, self->bytes);
}

struct weir_kafka_producer *weir_kafka_producer_new(const weir_kafka_into *into)
{
    const char *at = into->at ? into->at : "127.0.0.1:9092";
    size_t at_bytes = strlen(at) + 1, topic_bytes = into->topic ? strlen(into->topic) + 1 : 0;
    size_t bytes = sizeof(struct weir_kafka_producer) + into->open_max + at_bytes + topic_bytes;
    struct weir_kafka_producer *self = weir_allocate(bytes);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->bytes = bytes;
    self->room = into->open_max;
    self->open_bytes_max = into->open_bytes_max;
    char *text = (char *)(self->stored + self->room);
    self->client.at = memcpy(text, at, at_bytes);
    self->topic = into->topic ? memcpy(text + at_bytes, into->topic, topic_bytes) : NULL;
    self->client.finish = finish;
    self->client.release = release;
    self->client.drain_ns = 1000000000;
    configure(self, into);
    return self;
}

bool weir_kafka_producer_begin(struct weir_kafka_producer *self)
{
    struct weir_kafka_client *client = &self->client;
    if (!client->conf || !weir_kafka_begin(client, RD_KAFKA_PRODUCER))
        return false;
    client->queue = rd_kafka_queue_get_main(client->rk);
    weir_kafka_listen(client, client->queue);
    return true;
}

void weir_kafka_producer_drop(struct weir_kafka_producer *self)
{
    weir_kafka_end(&self->client);
}

/* ---- what is said against a message ---- */

static void note_wrong(struct weir_kafka_producer *self, const char *topic,
                       rd_kafka_resp_err_t code)
{
    struct weir_kafka_client *client = &self->client;
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
        weir_kafka_note(client, WEIR_E_CLOSED, true,
                        "the brokers of '%s' were away for too long%s%s", topic,
                        client->why[0] ? ": " : "", client->why);
        break;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        weir_kafka_note(client, WEIR_E_ARGUMENT, true, "topic '%s': %s", topic,
                        rd_kafka_err2str(code));
        break;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        if (weir_kafka_note(client, WEIR_E_LIMIT, true, "a message is too large for topic '%s'",
                            topic))
            client->news.cure = "raise message.max.bytes, here as an option and there";
        break;
    default:
        weir_kafka_note(client, WEIR_E_USER, true, "the brokers of '%s' refuse a message: %s",
                        topic, rd_kafka_err2str(code));
    }
}

static void read_reports(struct weir_kafka_producer *self, rd_kafka_event_t *event)
{
    bool stored = false;
    for (const rd_kafka_message_t *one; (one = rd_kafka_event_message_next(event));)
        if (one->err)
            note_wrong(self, rd_kafka_topic_name(one->rkt), one->err);
        else
            stored = self->stored[(uintptr_t)one->_private] = true;
    if (stored)
        weir_kafka_note_life(&self->client);
}

/* That no broker is there is said when a message took too long. */
void weir_kafka_producer_look(struct weir_kafka_producer *self)
{
    for (rd_kafka_event_t *event; (event = rd_kafka_queue_poll(self->client.queue, 0));) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR)
            read_reports(self, event);
        else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR)
            weir_kafka_note_error(&self->client, rd_kafka_event_error(event),
                                  rd_kafka_event_error_string(event));
        rd_kafka_event_destroy(event);
    }
    self->client.news.is &= self->client.news.fatal;
    while (self->first < self->next && self->stored[self->first % self->room])
        self->first++;
}

/* ---- produced ---- */

/* NULL: it has none. */
static rd_kafka_headers_t *headers_of(const weir_message *message)
{
    if (!message)
        return NULL;
    rd_kafka_headers_t *headers = rd_kafka_headers_new(message->n_headers);
    for (uint32_t i = 0; i < message->n_headers; i++)
        rd_kafka_header_add(headers, message->headers[i].name, -1, message->headers[i].value, -1);
    return headers;
}

/* Alone it does not fit. */
static void note_large(struct weir_kafka_producer *self, const char *topic, size_t bytes)
{
    if (weir_kafka_note(&self->client, WEIR_E_LIMIT, true,
                        "a message of %zu bytes for topic '%s' is over open_bytes_max, %zu", bytes,
                        topic, self->open_bytes_max))
        self->client.news.cure = "raise .open_bytes_max";
}

/* Topics come in runs. False: why stands in news. */
static bool open_topic(struct weir_kafka_producer *self, const char *topic)
{
    if (self->rkt && !strcmp(rd_kafka_topic_name(self->rkt), topic))
        return true;
    close_topic(self);
    self->rkt = rd_kafka_topic_new(self->client.rk, topic, NULL);
    if (!self->rkt)
        note_wrong(self, topic, rd_kafka_last_error());
    return self->rkt;
}

/* One clock and one lock serve all of them; but it takes no headers, and librdkafka loses what has
 * a partition that is not there. */
static void put_batch(struct weir_kafka_producer *self)
{
    rd_kafka_produce_batch(self->rkt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                           self->batch.messages, (int)self->batch.n);
}

static void put_one(struct weir_kafka_producer *self)
{
    rd_kafka_message_t *one = self->batch.messages;
    rd_kafka_headers_t *headers = headers_of(self->batch.headers);
    one->err = rd_kafka_producev(
        self->client.rk, RD_KAFKA_V_RKT(self->rkt), RD_KAFKA_V_PARTITION(one->partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(one->key, one->key_len),
        RD_KAFKA_V_VALUE(one->payload, one->len), RD_KAFKA_V_OPAQUE(one->_private),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (one->err && headers)
        rd_kafka_headers_destroy(headers);
}

/* How many may be tried; each has its number. */
static uint32_t number_batch(struct weir_kafka_producer *self)
{
    struct weir_kafka_batch *batch = &self->batch;
    uint64_t room = self->room - (self->next - self->first);
    batch->n = batch->n < room ? batch->n : (uint32_t)room;
    for (uint32_t i = 0; i < batch->n; i++) {
        uint32_t slot = (uint32_t)((self->next + i) % self->room);
        batch->messages[i]._private = (void *)(uintptr_t)slot;
        self->stored[slot] = false;
    }
    return batch->n;
}

/* What stands behind one that is wrong was produced too; but it does not count. */
static enum weir_kafka_put judge(struct weir_kafka_producer *self, uint32_t *done)
{
    const struct weir_kafka_batch *batch = &self->batch;
    uint32_t n = 0;
    while (n < batch->n && !batch->messages[n].err)
        n++;
    self->next += n;
    *done = n;
    if (n == batch->n)
        return WEIR_KAFKA_PUT;
    const rd_kafka_message_t *wrong = &batch->messages[n];
    if (wrong->err == RD_KAFKA_RESP_ERR__QUEUE_FULL && self->first < self->next)
        return WEIR_KAFKA_FULL;
    if (wrong->err == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        note_large(self, batch->topic, wrong->key_len + wrong->len);
    else
        note_wrong(self, batch->topic, wrong->err);
    return WEIR_KAFKA_WRONG;
}

enum weir_kafka_put weir_kafka_producer_put(struct weir_kafka_producer *self, uint32_t *done)
{
    struct weir_kafka_batch *batch = &self->batch;
    *done = 0;
    if (!number_batch(self))
        return WEIR_KAFKA_FULL;
    if (!open_topic(self, batch->topic))
        return WEIR_KAFKA_WRONG;
    if (batch->headers || batch->messages[0].partition != RD_KAFKA_PARTITION_UA)
        put_one(self);
    else
        put_batch(self);
    return judge(self, done);
}
