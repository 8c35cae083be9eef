/* The group's position in its partitions. What is settled is given to librdkafka, which tells the
 * brokers several times a second, and before a partition goes; not while the group changes, when
 * they would take it for a word of an older member, and give our partitions away. */

#include "kafka/link.h"

static bool is_settled(const struct weir_kafka_part *part, int64_t *offset)
{
    *offset = part->settled;
    return part->settled > part->accepted;
}

static bool is_unsaid(struct weir_kafka_link *link)
{
    pthread_mutex_lock(&link->lock);
    bool unsaid = link->unsaid;
    link->unsaid = false;
    pthread_mutex_unlock(&link->lock);
    return unsaid;
}

void weir_kafka_store(struct weir_kafka_link *link)
{
    if (!is_unsaid(link))
        return;
    rd_kafka_topic_partition_list_t *list = weir_kafka_parts_list(link, is_settled);
    (void)rd_kafka_offsets_store(link->client.rk, list); /* they are ours, or were lost just now */
    rd_kafka_topic_partition_list_destroy(list);
}

static void note_accepted(struct weir_kafka_link *link, const rd_kafka_topic_partition_t *about)
{
    if (about->err)
        return;
    pthread_mutex_lock(&link->lock);
    int i = weir_kafka_part_find(link, about->topic, about->partition);
    if (i >= 0 && about->offset > link->parts[i]->accepted)
        link->parts[i]->accepted = about->offset;
    pthread_mutex_unlock(&link->lock);
}

void weir_kafka_note_commit(struct weir_kafka_link *link, rd_kafka_event_t *event)
{
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__NO_OFFSET)
        return; /* there was nothing to be told */
    if (rd_kafka_event_error(event)) {
        weir_kafka_note_error(&link->client, rd_kafka_event_error(event),
                              rd_kafka_event_error_string(event));
        return;
    }
    for (int i = 0; list && i < list->cnt; i++)
        note_accepted(link, &list->elems[i]);
    weir_kafka_note_life(&link->client);
}

bool weir_kafka_is_accepted(struct weir_kafka_link *link)
{
    bool accepted = true;
    pthread_mutex_lock(&link->lock);
    for (uint32_t i = 0; i < link->parts_n && accepted; i++)
        accepted = !link->parts[i] || link->parts[i]->settled <= link->parts[i]->accepted;
    pthread_mutex_unlock(&link->lock);
    return accepted;
}
