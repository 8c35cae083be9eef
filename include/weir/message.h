/* weir/message.h: what a broker keeps: a value with its key, its place and its headers, as sources
 * of brokers give it and sinks take it (weir/nats.h). */
#ifndef WEIR_MESSAGE_H
#define WEIR_MESSAGE_H

#include "weir/header.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* A message, lent: valid until the next poll; weir_own() copies it. As a record
 * (weir/record.h) it has the fields value, key, topic, partition, offset, time and headers, which
 * is a record whose fields they are. */
typedef struct weir_message {
    weir_line value;
    weir_line key;       /* data NULL: it has none */
    const char *topic;   /* topic, subject or stream; NULL: where it goes is said elsewhere */
    int32_t partition;   /* -1: none */
    uint32_t tries;      /* deliveries so far, this one among them; 0: the engine does not tell */
    int64_t offset;      /* offset, or sequence in the stream; -1: none yet */
    uint64_t sub_offset; /* Redis: the second half of its id */
    int64_t time_ns;     /* when it was stored, since 1970; 0: nobody says */
    const weir_header *headers;
    uint32_t n_headers;
} weir_message;

/* The same, with bytes of its own in one block. What weir_own() makes of a message. */
typedef struct weir_owned_message {
    weir_message message;
    void *block;
    size_t block_size;
} weir_owned_message;

extern WEIR_API const weir_type weir_type_message;       /* lent */
extern WEIR_API const weir_type weir_type_owned_message; /* owns its block */

/* What is not known of how many messages are still to come: weir_nats_lag() and others. */
#define WEIR_LAG_UNKNOWN UINT64_MAX

/* A copy. false: no memory.
 *
 * Example:
 *     weir_owned_message copy;
 *     weir_message message = {.value = {"hello", 5}, .topic = "greetings", .offset = 7};
 *     p(weir_owned_message_new(&copy, &message)); // -> true
 *     p(copy.message.topic); // -> greetings
 *     weir_owned_message_drop(&copy);
 */
WEIR_API bool weir_owned_message_new(weir_owned_message *out,
                                     const weir_message *message) WEIR_MUST_USE;
WEIR_API void weir_owned_message_drop(weir_owned_message *message);

WEIR_END_C

#endif
