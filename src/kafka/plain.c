/* Without a group: all partitions of the topics are read. Which those are librdkafka asks a broker
 * and waits; so it is asked on a thread of the pool. */

#include "kafka/link.h"
#include "weir/blocking.h"
#include "weir/type.h"

enum { ANSWER_MS = 2000 };

struct look {
    struct weir_kafka_link *link; /* holds it */
};

static void look_drop(const weir_type *type, void *item)
{
    (void)type;
    struct weir_kafka_link *link = ((struct look *)item)->link;
    __atomic_fetch_sub(&link->looks, 1, __ATOMIC_RELEASE);
    weir_kafka_link_unref(link);
}

static const weir_type look_type = WEIR_TYPE_OWNING(struct look, look_drop);

static bool fail(const struct weir_kafka_link *link, weir_error *error, const char *topic,
                 rd_kafka_resp_err_t code)
{
    bool missing =
        code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    if (missing)
        weir_error_set(error, WEIR_E_ARGUMENT, "topic '%s': there is none", topic);
    else
        weir_error_set(error, WEIR_E_CLOSED, "topic '%s': no broker answers: %s", topic,
                       rd_kafka_err2str(code));
    weir_format(error->place, sizeof error->place, "%s", link->client.at);
    error->fatal = missing;
    return false;
}

static bool add_partitions(struct weir_kafka_link *link, weir_error *error, const char *name,
                           const rd_kafka_metadata_topic_t *about,
                           rd_kafka_topic_partition_list_t *out)
{
    int64_t offset =
        link->start == WEIR_KAFKA_START_NEW ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
    if (about->err)
        return fail(link, error, name, about->err);
    for (int i = 0; i < about->partition_cnt; i++)
        rd_kafka_topic_partition_list_add(out, name, about->partitions[i].id)->offset = offset;
    return true;
}

static bool look_at_topic(struct weir_kafka_link *link, weir_error *error, const char *name,
                          rd_kafka_topic_partition_list_t *out)
{
    const rd_kafka_metadata_t *all = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(link->client.rk, name, NULL);
    if (!topic)
        return fail(link, error, name, rd_kafka_last_error());
    rd_kafka_resp_err_t code = rd_kafka_metadata(link->client.rk, 0, topic, &all, ANSWER_MS);
    rd_kafka_topic_destroy(topic);
    if (code || all->topic_cnt < 1)
        return fail(link, error, name, code ? code : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC);
    bool added = add_partitions(link, error, name, &all->topics[0], out);
    rd_kafka_metadata_destroy(all);
    return added;
}

/* All or none. */
static bool look(struct look *self, rd_kafka_topic_partition_list_t **out, weir_error *error)
{
    bool found = true;
    rd_kafka_topic_partition_list_t *topics = weir_kafka_topics(self->link);
    *out = rd_kafka_topic_partition_list_new(8);
    for (int i = 0; i < topics->cnt && found; i++)
        found = look_at_topic(self->link, error, topics->elems[i].topic, *out);
    rd_kafka_topic_partition_list_destroy(topics);
    if (!found)
        rd_kafka_topic_partition_list_destroy(*out);
    return found;
}

static void list_drop(const weir_type *type, void *item)
{
    (void)type;
    rd_kafka_topic_partition_list_destroy(*(rd_kafka_topic_partition_list_t **)item);
}

static const weir_type list_type = WEIR_TYPE_OWNING(rd_kafka_topic_partition_list_t *, list_drop);

WEIR_BLOCKING_FN(look_fn, look, struct look, rd_kafka_topic_partition_list_t *, .state = &look_type,
                 .of = &list_type, .name = "kafka")

weir_stream *weir_kafka_look(struct weir_kafka_link *link)
{
    struct look self = {link};
    __atomic_fetch_add(&link->refs, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&link->looks, 1, __ATOMIC_RELAXED);
    return weir_spawn_blocking(&look_fn, &self);
}
