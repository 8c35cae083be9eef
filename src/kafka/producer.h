/* A producer, and which of what it produced is stored. It has memory of its own: it ends behind its
 * stage. */
#ifndef WEIR_KAFKA_PRODUCER_H
#define WEIR_KAFKA_PRODUCER_H

#include "kafka/client.h"
#include "weir/kafka.h"
#include "weir/message.h"

struct weir_kafka_producer {
    struct weir_kafka_client client;
    size_t bytes;
    const char *topic; /* NULL: each message's own */
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

/* A copy of it goes to its topic. FULL: there is no room. WRONG: why stands in news. headers: of
 * it, or NULL. */
enum weir_kafka_put weir_kafka_producer_put(struct weir_kafka_producer *self, const char *topic,
                                            int32_t partition, weir_line key, weir_line value,
                                            const weir_message *headers);

static inline bool weir_kafka_producer_has_more(const struct weir_kafka_producer *self)
{
    return rd_kafka_queue_length(self->client.queue) != 0;
}

#endif
