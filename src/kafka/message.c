/* A message of librdkafka's as one of ours. */

#include "kafka/message.h"

#include <string.h>

static int64_t time_of(const rd_kafka_message_t *from)
{
    rd_kafka_timestamp_type_t type;
    int64_t ms = rd_kafka_message_timestamp(from, &type);
    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || ms < 0 ? 0 : ms * 1000000;
}

/* librdkafka puts a NUL behind each name and value. */
static int read_headers(const rd_kafka_headers_t *from, weir_header *out, int max)
{
    const char *name;
    const void *value;
    size_t size, bytes = 0;
    int n = 0;
    while (rd_kafka_header_get_all(from, (size_t)n, &name, &value, &size) ==
           RD_KAFKA_RESP_ERR_NO_ERROR) {
        bytes += strlen(name) + size;
        if (n == max || bytes > WEIR_KAFKA_HEADERS_BYTES_MAX)
            return -1;
        out[n++] = (weir_header){name, value ? value : ""};
    }
    return n;
}

int weir_kafka_message(const rd_kafka_message_t *from, weir_message *out, weir_header *headers,
                       int max)
{
    rd_kafka_headers_t *raw = NULL;
    *out = (weir_message){
        .value = {from->payload, from->len},
        .key = {from->key, from->key_len},
        .topic = rd_kafka_topic_name(from->rkt),
        .partition = from->partition,
        .offset = from->offset,
        .time_ns = time_of(from),
    };
    if (!max || rd_kafka_message_headers(from, &raw) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    int n = read_headers(raw, headers, max);
    out->headers = n > 0 ? headers : NULL;
    out->n_headers = n > 0 ? (uint32_t)n : 0;
    return n;
}
