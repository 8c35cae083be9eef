/* How far behind the brokers this member is: all of it stands in librdkafka. */

#include "kafka/link.h"

static bool any(const struct weir_kafka_part *part, int64_t *offset)
{
    (void)part;
    (void)offset;
    return true;
}

static uint64_t lag_of(rd_kafka_t *rk, const rd_kafka_topic_partition_t *place)
{
    int64_t low, high;
    if (place->offset < 0 ||
        rd_kafka_get_watermark_offsets(rk, place->topic, place->partition, &low, &high) || high < 0)
        return WEIR_LAG_UNKNOWN;
    return high > place->offset ? (uint64_t)(high - place->offset) : 0;
}

uint64_t weir_kafka_link_lag(struct weir_kafka_link *link)
{
    uint64_t lag = 0;
    bool known = false;
    rd_kafka_topic_partition_list_t *list = weir_kafka_parts_list(link, any);
    if (!rd_kafka_position(link->client.rk, list))
        for (int i = 0; i < list->cnt; i++) {
            uint64_t one = lag_of(link->client.rk, &list->elems[i]);
            known |= one != WEIR_LAG_UNKNOWN;
            lag += one != WEIR_LAG_UNKNOWN ? one : 0;
        }
    rd_kafka_topic_partition_list_destroy(list);
    return known ? lag : WEIR_LAG_UNKNOWN;
}
