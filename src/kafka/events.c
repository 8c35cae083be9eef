/* What comes out of librdkafka's queue: messages, and what happens to the group. */

#include "kafka/link.h"

/* ---- errors ---- */

/* What it is about, as far as it says: topic NULL, partition and offset -1. */
struct fault {
    rd_kafka_resp_err_t code;
    const char *topic, *says;
    int32_t partition;
    int64_t offset;
};

static void note_no_position(struct weir_kafka_link *link, const char *topic)
{
    if (weir_kafka_note(&link->client, WEIR_E_ARGUMENT, true,
                        "group '%s' has no position in '%s', or what stood there is gone",
                        link->group, topic))
        link->client.news.cure = "say .start: WEIR_KAFKA_START_FIRST or WEIR_KAFKA_START_NEW";
}

static void note_missing(struct weir_kafka_link *link, const char *topic)
{
    weir_kafka_note(&link->client, WEIR_E_ARGUMENT, true, "topic '%s': there is none", topic);
}

static void note_thrown_out(struct weir_kafka_link *link)
{
    if (weir_kafka_note(&link->client, WEIR_E_TIMEOUT, true,
                        "thrown out of group '%s': its thread had no turn for longer than "
                        "max.poll.interval.ms",
                        link->group))
        link->client.news.cure = "do what blocks elsewhere (weir/blocking.h)";
}

static void note_broken(struct weir_kafka_link *link, const struct fault *fault)
{
    if (weir_kafka_note(&link->client, WEIR_E_CORRUPT, false, "a message of '%s', partition %d: %s",
                        fault->topic, (int)fault->partition, fault->says))
        link->client.news.record = fault->offset >= 0 ? (uint64_t)fault->offset : WEIR_NOWHERE;
}

/* What is not named here librdkafka tries again by itself. */
static void note_fault(struct weir_kafka_link *link, const struct fault *fault)
{
    switch ((int)fault->code) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        note_no_position(link, fault->topic);
        break;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        note_missing(link, fault->topic);
        break;
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
        note_thrown_out(link);
        break;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
        note_broken(link, fault);
        break;
    default:
        weir_kafka_note_error(&link->client, fault->code, fault->says);
    }
}

static void note_error(struct weir_kafka_link *link, rd_kafka_event_t *event)
{
    rd_kafka_topic_partition_t *about = rd_kafka_event_topic_partition(event);
    struct fault fault = {rd_kafka_event_error(event), link->topics,
                          rd_kafka_event_error_string(event), -1, -1};
    if (about) {
        fault.topic = about->topic;
        fault.partition = about->partition;
        fault.offset = about->offset;
    }
    note_fault(link, &fault);
    if (about)
        rd_kafka_topic_partition_destroy(about);
}

/* ---- what happens ---- */

/* A message that did not go to our queue comes again. */
static void note_astray(struct weir_kafka_link *link, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message = rd_kafka_event_message_next(event);
    int at = message && !message->err
                 ? weir_kafka_part_find(link, rd_kafka_topic_name(message->rkt), message->partition)
                 : -1;
    if (at < 0)
        return;
    pthread_mutex_lock(&link->lock);
    struct weir_kafka_part *part = link->parts[at];
    if (part->again < 0 || message->offset < part->again)
        part->again = message->offset;
    link->lost = true;
    pthread_mutex_unlock(&link->lock);
}

static void note(struct weir_kafka_link *link, rd_kafka_event_t *event)
{
    rd_kafka_event_type_t type = rd_kafka_event_type(event);
    if (type == RD_KAFKA_EVENT_REBALANCE) {
        weir_kafka_rebalance(link, event);
        return;
    }
    if (type == RD_KAFKA_EVENT_ERROR)
        note_error(link, event);
    else if (type == RD_KAFKA_EVENT_OFFSET_COMMIT)
        weir_kafka_note_commit(link, event);
    else if (type == RD_KAFKA_EVENT_FETCH && !link->closing)
        note_astray(link, event);
    rd_kafka_event_destroy(event);
}

void weir_kafka_look_at_events(struct weir_kafka_link *link, int wait_ms)
{
    for (rd_kafka_event_t *event; (event = rd_kafka_queue_poll(link->client.queue, wait_ms));) {
        note(link, event);
        wait_ms = 0;
    }
}

/* ---- messages ---- */

/* No more than stand there: for more, librdkafka would ask the system how long it may wait. */
void weir_kafka_take(struct weir_kafka_link *link)
{
    size_t n = rd_kafka_queue_length(link->messages);
    weir_kafka_note_room(link, n);
    n = n < WEIR_KAFKA_HAND ? n : WEIR_KAFKA_HAND;
    ssize_t taken = n ? rd_kafka_consume_batch_queue(link->messages, 0, link->hand, n) : 0;
    link->n = taken > 0 ? (uint32_t)taken : 0;
    if (link->n && !link->hand[0]->err)
        weir_kafka_note_life(&link->client);
}

/* One that has left is the affair of whoever has it now; without a number it is all of the topic.
 */
static bool concerns_us(struct weir_kafka_link *link, const rd_kafka_message_t *message)
{
    return message->partition < 0 || weir_kafka_part_of(link, message) >= 0;
}

void weir_kafka_note_first(struct weir_kafka_link *link)
{
    rd_kafka_message_t *first = link->hand[link->at];
    if (!concerns_us(link, first))
        return;
    const struct fault fault = {first->err, rd_kafka_topic_name(first->rkt),
                                rd_kafka_message_errstr(first), first->partition, first->offset};
    note_fault(link, &fault);
}

bool weir_kafka_has_more(struct weir_kafka_link *link, bool messages)
{
    return rd_kafka_queue_length(link->client.queue) ||
           (messages && rd_kafka_queue_length(link->messages));
}

static void destroy(rd_kafka_message_t *const *from, rd_kafka_message_t *const *to)
{
    for (; from < to; from++)
        rd_kafka_message_destroy(*from);
}

void weir_kafka_let_go(struct weir_kafka_link *link)
{
    destroy(link->hand + link->lent, link->hand + link->at);
    link->lent = link->at;
    if (link->at == link->n)
        link->lent = link->at = link->n = 0;
}

void weir_kafka_empty_hand(struct weir_kafka_link *link)
{
    destroy(link->hand + link->lent, link->hand + link->n);
    link->lent = link->at = link->n = 0;
}
