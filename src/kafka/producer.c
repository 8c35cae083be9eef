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

static bool finish(struct weir_kafka_client *client)
{
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
        weir_kafka_note(client, WEIR_E_CLOSED, true, "the brokers of '%s' were away for too long",
                        topic);
        break;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        weir_kafka_note(client, WEIR_E_ARGUMENT, true, "topic '%s': %s", topic,
                        rd_kafka_err2str(code));
        break;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        weir_kafka_note(client, WEIR_E_LIMIT, true, "a message is too large for topic '%s'", topic);
        client->news.cure = "raise message.max.bytes, here as an option and there";
        break;
    default:
        weir_kafka_note(client, WEIR_E_USER, true, "the brokers of '%s' refuse a message: %s",
                        topic, rd_kafka_err2str(code));
    }
}

static void read_reports(struct weir_kafka_producer *self, rd_kafka_event_t *event)
{
    for (const rd_kafka_message_t *one; (one = rd_kafka_event_message_next(event));)
        if (one->err)
            note_wrong(self, rd_kafka_topic_name(one->rkt), one->err);
        else
            self->stored[(uintptr_t)one->_private] = true;
}

/* That no broker is there is said when a message took too long. */
void weir_kafka_producer_look(struct weir_kafka_producer *self)
{
    for (rd_kafka_event_t *event; (event = rd_kafka_queue_poll(self->client.queue, 0));) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR)
            read_reports(self, event);
        else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR)
            weir_kafka_note_error(&self->client, event);
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
    if (!message || !message->n_headers)
        return NULL;
    rd_kafka_headers_t *headers = rd_kafka_headers_new(message->n_headers);
    for (uint32_t i = 0; i < message->n_headers; i++)
        rd_kafka_header_add(headers, message->headers[i].name, -1, message->headers[i].value, -1);
    return headers;
}

static void *untyped(const char *bytes)
{
    return (void *)(uintptr_t)bytes;
}

/* Alone it does not fit. */
static void note_large(struct weir_kafka_producer *self, const char *topic, size_t bytes)
{
    weir_kafka_note(&self->client, WEIR_E_LIMIT, true,
                    "a message of %zu bytes for topic '%s' is over open_bytes_max, %zu", bytes,
                    topic, self->open_bytes_max);
    self->client.news.cure = "raise .open_bytes_max";
}

enum weir_kafka_put weir_kafka_producer_put(struct weir_kafka_producer *self, const char *topic,
                                            int32_t partition, weir_line key, weir_line value,
                                            const weir_message *message)
{
    if (self->next - self->first == self->room)
        return WEIR_KAFKA_FULL;
    uint32_t slot = (uint32_t)(self->next % self->room);
    rd_kafka_headers_t *headers = headers_of(message);
    self->stored[slot] = false;
    rd_kafka_resp_err_t code = rd_kafka_producev(
        self->client.rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(untyped(key.data), key.size),
        RD_KAFKA_V_VALUE(untyped(value.data), value.size),
        RD_KAFKA_V_OPAQUE((void *)(uintptr_t)slot), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (code && headers)
        rd_kafka_headers_destroy(headers);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && self->first < self->next)
        return WEIR_KAFKA_FULL;
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        note_large(self, topic, key.size + value.size);
    else if (code)
        note_wrong(self, topic, code);
    else
        self->next++;
    return code ? WEIR_KAFKA_WRONG : WEIR_KAFKA_PUT;
}
