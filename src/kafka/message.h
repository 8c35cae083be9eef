/* A message of librdkafka's as one of ours. */
#ifndef WEIR_KAFKA_MESSAGE_H
#define WEIR_KAFKA_MESSAGE_H

#include <librdkafka/rdkafka.h>

#include "weir/message.h"

enum { WEIR_KAFKA_HEADERS_MAX = 64, WEIR_KAFKA_HEADERS_BYTES_MAX = 16 << 10 };

/* Lent from the message; `max` 0: without headers. How many headers it has, of which at most `max`
 * are written; -1: more than fit, or more than 16 KiB. */
int weir_kafka_message(const rd_kafka_message_t *from, weir_message *out, weir_header *headers,
                       int max);

#endif
