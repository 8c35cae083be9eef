/* Who has which partition: the group deals them out, and we answer when we are ready. */

#include "kafka/link.h"

typedef rd_kafka_error_t *(*change_fn)(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list);

/* Fatal where the group would have given us what we do not read. False: why stands in news. */
static bool change(struct weir_kafka_link *link, change_fn how,
                   const rd_kafka_topic_partition_list_t *list, bool fatal)
{
    rd_kafka_error_t *error = how(link->client.rk, list);
    if (!error)
        return true;
    weir_kafka_note(&link->client, WEIR_E_CLOSED, fatal || rd_kafka_error_is_fatal(error),
                    "partitions of group '%s' cannot be changed: %s", link->group,
                    rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return false;
}

/* Without waiting for it. */
static rd_kafka_error_t *seek(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_topic_partition_list_t *own = rd_kafka_topic_partition_list_copy(list);
    rd_kafka_error_t *error = rd_kafka_seek_partitions(rk, own, 0);
    rd_kafka_topic_partition_list_destroy(own);
    return error;
}

/* ---- assigned ---- */

/* Before it is assigned: what is fetched first would stand among what happens else. librdkafka
 * takes it back with the partition. */
void weir_kafka_route(struct weir_kafka_link *link, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(
            link->client.rk, list->elems[i].topic, list->elems[i].partition);
        if (!queue)
            continue;
        rd_kafka_queue_forward(queue, link->messages);
        rd_kafka_queue_destroy(queue);
    }
}

static void assign(struct weir_kafka_link *link, const rd_kafka_topic_partition_list_t *list)
{
    bool added = true;
    for (int i = 0; i < list->cnt; i++)
        added &= weir_kafka_part_add(link, list->elems[i].topic, list->elems[i].partition);
    if (!added)
        weir_kafka_note(&link->client, WEIR_E_MEMORY, true, "no memory for %d partitions",
                        list->cnt);
    weir_kafka_route(link, list);
    change(link, rd_kafka_incremental_assign, list, true);
    weir_kafka_note_life(&link->client);
}

/* ---- revoked ---- */

static void forget(struct weir_kafka_link *link, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++)
        weir_kafka_part_remove(link, list->elems[i].topic, list->elems[i].partition);
    change(link, rd_kafka_incremental_unassign, list, false);
}

static void begin_to_leave(struct weir_kafka_link *link,
                           const rd_kafka_topic_partition_list_t *list)
{
    pthread_mutex_lock(&link->lock);
    for (int i = 0; i < list->cnt; i++) {
        int at = weir_kafka_part_find(link, list->elems[i].topic, list->elems[i].partition);
        if (at >= 0)
            link->parts[at]->leaving = true;
    }
    pthread_mutex_unlock(&link->lock);
}

bool weir_kafka_has_left(struct weir_kafka_link *link)
{
    bool left = true;
    if (rd_kafka_assignment_lost(link->client.rk))
        return true;
    pthread_mutex_lock(&link->lock);
    for (uint32_t i = 0; i < link->parts_n && left; i++)
        left = !link->parts[i] || !link->parts[i]->leaving || !link->parts[i]->open;
    pthread_mutex_unlock(&link->lock);
    return left;
}

void weir_kafka_leave(struct weir_kafka_link *link)
{
    if (!link->revoke)
        return;
    weir_kafka_store(link); /* librdkafka tells the brokers before it answers the group */
    forget(link, rd_kafka_event_topic_partition_list(link->revoke));
    rd_kafka_event_destroy(link->revoke);
    link->revoke = NULL;
}

void weir_kafka_rebalance(struct weir_kafka_link *link, rd_kafka_event_t *event)
{
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    bool assigned = rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    link->assigned |= assigned;
    weir_kafka_leave(link);
    if (!assigned && !link->closing && !rd_kafka_assignment_lost(link->client.rk)) {
        begin_to_leave(link, list);
        link->revoke = event;
        return;
    }
    if (assigned && !link->closing)
        assign(link, list);
    else if (assigned)
        rd_kafka_assign(link->client.rk, NULL);
    else
        forget(link, list);
    rd_kafka_event_destroy(event);
}

/* ---- read again ---- */

static bool is_lost(const struct weir_kafka_part *part, int64_t *offset)
{
    *offset = part->again;
    return part->again >= 0 && !part->leaving;
}

/* What is open, and what was taken, belongs to another epoch. */
static void begin_again(struct weir_kafka_link *link, const rd_kafka_topic_partition_t *about)
{
    pthread_mutex_lock(&link->lock);
    int at = weir_kafka_part_find(link, about->topic, about->partition);
    if (at >= 0) {
        struct weir_kafka_part *part = link->parts[at];
        part->epoch = ++link->epochs;
        part->open = 0;
        part->again = -1;
    }
    pthread_mutex_unlock(&link->lock);
}

void weir_kafka_read_again(struct weir_kafka_link *link)
{
    pthread_mutex_lock(&link->lock);
    bool lost = link->lost;
    link->lost = false;
    pthread_mutex_unlock(&link->lock);
    if (!lost)
        return;
    rd_kafka_topic_partition_list_t *list = weir_kafka_parts_list(link, is_lost);
    weir_kafka_route(link, list);                      /* what went astray would again */
    if (list->cnt && !change(link, seek, list, false)) /* marks behind it would stand for it */
        weir_kafka_note(&link->client, WEIR_E_CLOSED, true,
                        "what was lost of group '%s' cannot be read again", link->group);
    for (int i = 0; i < list->cnt; i++)
        begin_again(link, &list->elems[i]);
    rd_kafka_topic_partition_list_destroy(list);
}
