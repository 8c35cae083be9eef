/* A producer, and which of what it produced is stored. It has memory of its own: it ends behind its
 * stage. */
#ifndef WEIR_KAFKA_PRODUCER_H
#define WEIR_KAFKA_PRODUCER_H

#include "broker/sink.h"
#include "kafka/client.h"
#include "weir/kafka.h"
#include "weir/message.h"

enum { WEIR_KAFKA_BATCH = WEIR_BROKER_ITEMS };

/* What is produced by one call: messages of one topic, none of which says its partition or has
 * headers; or one, whatever it has. */
struct weir_kafka_batch {
    const char *topic;
    uint32_t n;
    const weir_message *headers; /* of the one; NULL: it has none */
    rd_kafka_message_t messages[WEIR_KAFKA_BATCH];
};

struct weir_kafka_producer {
    struct weir_kafka_client client;
    size_t bytes;
    const char *topic;     /* NULL: each message's own */
    rd_kafka_topic_t *rkt; /* of what was produced last; NULL: nothing was */
    struct weir_kafka_batch batch;
    uint32_t room;
    size_t open_bytes_max;
    uint64_t first, next; /* numbers of what is not stored; those between may be */
    bool stored[];        /* by number % room */
};

/* NULL: no memory. */
struct weir_kafka_producer *weir_kafka_producer_new(const weir_kafka_into *into);
void weir_kafka_producer_drop(struct weir_kafka_producer *self);

/* false: why stands in the client's news. */
bool weir_kafka_producer_begin(struct weir_kafka_producer *self);

/* What the brokers answered. */
void weir_kafka_producer_look(struct weir_kafka_producer *self);

enum weir_kafka_put { WEIR_KAFKA_PUT, WEIR_KAFKA_FULL, WEIR_KAFKA_WRONG };

/* Copies of the batch go to its topic, `done` of them. FULL: there is no room for more. WRONG: why
 * stands in news. */
enum weir_kafka_put weir_kafka_producer_put(struct weir_kafka_producer *self, uint32_t *done);

static inline bool weir_kafka_producer_has_more(const struct weir_kafka_producer *self)
{
    return rd_kafka_queue_length(self->client.queue) != 0;
}

#endif
