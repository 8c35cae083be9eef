/* The partitions that are ours. */

#include <string.h>

#include "kafka/link.h"

static bool is(const struct weir_kafka_part *part, const char *topic, int32_t partition)
{
    return part && part->partition == partition && !strcmp(part->topic, topic);
}

/* Messages come in runs. */
int weir_kafka_part_find(struct weir_kafka_link *link, const char *topic, int32_t partition)
{
    if (link->latest < link->parts_n && is(link->parts[link->latest], topic, partition))
        return (int)link->latest;
    for (uint32_t i = 0; i < link->parts_n; i++)
        if (is(link->parts[i], topic, partition)) {
            link->latest = i;
            return (int)i;
        }
    return -1;
}

int weir_kafka_part_of(struct weir_kafka_link *link, const rd_kafka_message_t *message)
{
    int at = weir_kafka_part_find(link, rd_kafka_topic_name(message->rkt), message->partition);
    return at >= 0 && link->parts[at]->epoch <= link->taken ? at : -1;
}

static struct weir_kafka_part *part_new(const char *topic, int32_t partition)
{
    size_t text = strlen(topic) + 1, bytes = sizeof(struct weir_kafka_part) + text;
    struct weir_kafka_part *self = weir_allocate(bytes);
    if (!self)
        return NULL;
    *self = (struct weir_kafka_part){
        .bytes = bytes, .partition = partition, .settled = -1, .accepted = -1, .again = -1};
    memcpy(self->topic, topic, text);
    return self;
}

/* NULL: no memory. */
static struct weir_kafka_part **free_place(struct weir_kafka_link *link)
{
    for (uint32_t i = 0; i < link->parts_n; i++)
        if (!link->parts[i])
            return &link->parts[i];
    if (link->parts_n == link->parts_room) {
        uint32_t room = link->parts_room ? 2 * link->parts_room : 8;
        size_t size = sizeof *link->parts;
        void *more = link->parts ? weir_resize(link->parts, link->parts_room * size, room * size)
                                 : weir_allocate(room * size);
        if (!more)
            return NULL;
        link->parts = more;
        link->parts_room = room;
    }
    link->parts[link->parts_n] = NULL;
    return &link->parts[link->parts_n++];
}

bool weir_kafka_part_add(struct weir_kafka_link *link, const char *topic, int32_t partition)
{
    weir_kafka_part_remove(link, topic, partition);
    struct weir_kafka_part *part = part_new(topic, partition);
    pthread_mutex_lock(&link->lock);
    struct weir_kafka_part **place = part ? free_place(link) : NULL;
    if (place) {
        part->epoch = ++link->epochs;
        *place = part;
    }
    pthread_mutex_unlock(&link->lock);
    if (part && !place)
        weir_release(part, part->bytes);
    return place != NULL;
}

void weir_kafka_part_remove(struct weir_kafka_link *link, const char *topic, int32_t partition)
{
    struct weir_kafka_part *part = NULL;
    pthread_mutex_lock(&link->lock);
    int i = weir_kafka_part_find(link, topic, partition);
    if (i >= 0) {
        part = link->parts[i];
        link->parts[i] = NULL;
    }
    pthread_mutex_unlock(&link->lock);
    if (part)
        weir_release(part, part->bytes);
}

void weir_kafka_parts_drop(struct weir_kafka_link *link)
{
    for (uint32_t i = 0; i < link->parts_n; i++)
        if (link->parts[i])
            weir_release(link->parts[i], link->parts[i]->bytes);
    if (link->parts)
        weir_release(link->parts, link->parts_room * sizeof *link->parts);
}

rd_kafka_topic_partition_list_t *
weir_kafka_parts_list(struct weir_kafka_link *link,
                      bool (*wanted)(const struct weir_kafka_part *part, int64_t *offset))
{
    int64_t offset = RD_KAFKA_OFFSET_INVALID;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
    pthread_mutex_lock(&link->lock);
    for (uint32_t i = 0; i < link->parts_n; i++) {
        const struct weir_kafka_part *part = link->parts[i];
        if (part && wanted(part, &offset))
            rd_kafka_topic_partition_list_add(list, part->topic, part->partition)->offset = offset;
    }
    pthread_mutex_unlock(&link->lock);
    return list;
}
