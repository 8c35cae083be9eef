/* The group's position in its partitions: what is settled, as the brokers know it. */

#include "kafka/link.h"

static bool is_settled(const struct weir_kafka_part *part, int64_t *offset)
{
    *offset = part->settled;
    return part->settled > part->accepted;
}

static void set_unsaid(struct weir_kafka_link *link, bool unsaid)
{
    pthread_mutex_lock(&link->lock);
    link->unsaid = unsaid;
    pthread_mutex_unlock(&link->lock);
}

bool weir_kafka_is_unsaid(struct weir_kafka_link *link)
{
    pthread_mutex_lock(&link->lock);
    bool unsaid = link->unsaid;
    pthread_mutex_unlock(&link->lock);
    return unsaid;
}

void weir_kafka_commit(struct weir_kafka_link *link)
{
    if (link->committing)
        return;
    set_unsaid(link, false); /* before it is looked at: what is settled meanwhile is told next */
    rd_kafka_topic_partition_list_t *list = weir_kafka_parts_list(link, is_settled);
    if (list->cnt && rd_kafka_commit_queue(link->client.rk, list, link->replies, NULL, NULL) ==
                         RD_KAFKA_RESP_ERR_NO_ERROR)
        link->committing = true;
    else if (list->cnt)
        set_unsaid(link, true);
    rd_kafka_topic_partition_list_destroy(list);
}

static bool note_accepted(struct weir_kafka_link *link, const rd_kafka_topic_partition_t *about)
{
    if (about->err)
        return false;
    pthread_mutex_lock(&link->lock);
    int i = weir_kafka_part_find(link, about->topic, about->partition);
    if (i >= 0 && about->offset > link->parts[i]->accepted)
        link->parts[i]->accepted = about->offset;
    pthread_mutex_unlock(&link->lock);
    return true;
}

/* What was refused is told again: while the group changes, or its coordinator does, that is what
 * there is to do. What was lost meanwhile is no partition of ours any more. */
static void read_answer(struct weir_kafka_link *link, rd_kafka_event_t *event)
{
    link->committing = false;
    rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    bool whole = !rd_kafka_event_error(event), all = whole && list;
    for (int i = 0; whole && list && i < list->cnt; i++)
        all &= note_accepted(link, &list->elems[i]);
    link->refused = !all;
    if (!all) {
        weir_kafka_note_error(&link->client, event);
        set_unsaid(link, true);
    } else {
        weir_kafka_note_life(&link->client);
    }
}

void weir_kafka_commit_look(struct weir_kafka_link *link, int wait_ms)
{
    for (rd_kafka_event_t *event; (event = rd_kafka_queue_poll(link->replies, wait_ms));) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT)
            read_answer(link, event);
        rd_kafka_event_destroy(event);
        wait_ms = 0;
    }
}

bool weir_kafka_is_accepted(struct weir_kafka_link *link, bool leaving)
{
    bool accepted = true;
    pthread_mutex_lock(&link->lock);
    for (uint32_t i = 0; i < link->parts_n && accepted; i++) {
        const struct weir_kafka_part *part = link->parts[i];
        if (part && (part->leaving || !leaving))
            accepted = part->settled <= part->accepted;
    }
    pthread_mutex_unlock(&link->lock);
    return accepted;
}
