/* Kafka: what libweir-kafka and librdkafka do for the command. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/broker.h"
#include "weir/kafka.h"

/* ---- options: those of the line, and those of a file ---- */

enum { CONFIG_BYTES = 16 << 10, OPTIONS_MAX = 200 };

struct options {
    char file[CONFIG_BYTES];
    const char *at[OPTIONS_MAX + 1];
    size_t n;
    char wrong[300]; /* "": nothing is */
};

static bool add(struct options *self, const char *option)
{
    rd_kafka_conf_t *tried = rd_kafka_conf_new();
    char name[80], why[160] = "it is not of the form NAME=VALUE";
    size_t n = strcspn(option, "=");
    bool right = option[n] && n < sizeof name;

    snprintf(name, sizeof name, "%.*s", (int)n, option);
    right = right &&
            rd_kafka_conf_set(tried, name, option + n + 1, why, sizeof why) == RD_KAFKA_CONF_OK;
    rd_kafka_conf_destroy(tried);
    if (!right || self->n == OPTIONS_MAX) {
        snprintf(self->wrong, sizeof self->wrong, "option '%s' of librdkafka: %s", name,
                 right ? "there are too many" : why);
        return false;
    }
    self->at[self->n++] = option;
    return true;
}

/* Lines that say nothing, or begin with #, are left out. */
static bool add_lines(struct options *self)
{
    for (char *at = self->file; *at;) {
        size_t n = strcspn(at, "\r\n");
        bool last = !at[n];
        at[n] = 0;
        at += strspn(at, " \t");
        if (*at && *at != '#' && !add(self, at))
            return false;
        at += strlen(at) + !last;
    }
    return true;
}

static bool add_file(struct options *self, const char *path)
{
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(self->file, 1, sizeof self->file - 1, file) : 0;
    bool whole = file && !ferror(file) && n < sizeof self->file - 1;

    self->file[n] = 0;
    if (file)
        fclose(file);
    if (whole)
        return add_lines(self);
    snprintf(self->wrong, sizeof self->wrong, "config '%s' %s", path,
             file ? "is larger than 16 KiB" : "cannot be read");
    return false;
}

/* Of a source, or of a sink. */
static const struct arg *config_of(const struct node *node)
{
    bool source = node->entry->takes == FLOW_NOTHING;
    return &node->args[source ? (int)KAFKA_CONFIG : (int)KAFKA_INTO_CONFIG];
}

/* For free(). NULL: there is no memory for them. */
static struct options *options_of(const struct node *node)
{
    struct options *self = calloc(1, sizeof *self);
    const struct arg *config = config_of(node);

    if (self && config->given && !add_file(self, config->text))
        return self;
    for (const char *const *more = node->more; self && more && *more; more++)
        if (!add(self, *more))
            break;
    return self;
}

static const char *kafka_wrong(const struct node *node, const char **cure)
{
    static _Thread_local char wrong[sizeof((struct options *)NULL)->wrong];
    struct options *options = options_of(node);

    *cure = "CONFIGURATION.md of librdkafka has all of them";
    snprintf(wrong, sizeof wrong, "%s", options ? options->wrong : "");
    free(options);
    return *wrong ? wrong : NULL;
}

/* ---- source and sink ---- */

/* "a+b" */
static const char *topics_of(const struct node *node, char *out, size_t size)
{
    snprintf(out, size, "%s", node->address);
    for (char *plus = out; (plus = strchr(plus, '+'));)
        *plus = ',';
    return out;
}

static weir_kafka_start start_of(const struct arg *from)
{
    if (!from->given)
        return WEIR_KAFKA_START_UNSAID;
    return strcmp(from->text, "new") ? WEIR_KAFKA_START_FIRST : WEIR_KAFKA_START_NEW;
}

static weir_stream *kafka_from(const struct node *node)
{
    const struct arg *args = node->args;
    struct options *options = options_of(node);
    char topics[BROKER_ADDRESS_BYTES];

    weir_kafka_from from =
        WEIR_KAFKA_FROM(.at = weir_pl_broker_at(node),
                        .topics = topics_of(node, topics, sizeof topics),
                        .group = args[KAFKA_GROUP].text, .start = start_of(&args[KAFKA_FROM]),
                        .marks_max = (uint32_t)(args[FROM_OPEN].number / KAFKA_MARK_ITEMS),
                        .drain_ns =
                            args[KAFKA_DRAIN].given ? args[KAFKA_DRAIN].number : BROKER_DRAIN_NS,
                        .options = options ? options->at : NULL,
                        .no_headers = node->gives == FLOW_LINES || node->gives == FLOW_BYTES);
    weir_stream *stream = weir_kafka(&from);
    free(options);
    return stream;
}

static weir_stream *kafka_into(weir_stream *items, const struct node *node)
{
    const struct arg *args = node->args;
    struct options *options = options_of(node);
    bool places = args[KAFKA_KEY].given || args[KAFKA_PARTITION].given;

    weir_kafka_into into =
        WEIR_KAFKA_INTO(.at = weir_pl_broker_at(node), .topic = node->address,
                        .lost_max_ns = weir_pl_broker_lost_ns(node),
                        .place = places ? weir_pl_broker_place : NULL, .arg = (void *)node,
                        .options = options ? options->at : NULL);
    weir_stream *stream = weir_to_kafka(items, &into);
    free(options);
    return stream;
}

static uint64_t kafka_lag(weir_stream *messages)
{
    return weir_kafka_lag(messages);
}

/* ---- doctor ---- */

enum {
    WHY_BYTES = 300,
    ANSWER_MS = 5000,
    CONFIGS_MS = 2000
}; /* not each broker answers the latter */

static void print_nothing(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk, (void)level, (void)facility, (void)text;
}

/* What went wrong with a connection says more than that a call took too long. */
static void keep_reason(rd_kafka_t *rk, int error, const char *reason, void *why)
{
    int n = (int)strcspn(reason, "("); /* how long it took, and guesses */
    (void)rk;
    while (n && reason[n - 1] == ' ')
        n--;
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        snprintf(why, WHY_BYTES, "%.*s", n, reason);
}

/* NULL: why says. It is kept, for what goes wrong later. */
static rd_kafka_t *client_of(const struct node *node, char *why)
{
    const size_t size = WHY_BYTES;
    const struct arg *group = &node->args[KAFKA_GROUP];
    struct options *options = options_of(node);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    snprintf(why, size, "%s", options ? options->wrong : "no memory");
    rd_kafka_conf_set_log_cb(conf, print_nothing);
    rd_kafka_conf_set_error_cb(conf, keep_reason);
    rd_kafka_conf_set_opaque(conf, why);
    rd_kafka_conf_set(conf, "bootstrap.servers", weir_pl_broker_at(node), why, size);
    rd_kafka_conf_set(conf, "group.id", group->given ? group->text : "weir-doctor", why, size);
    for (size_t i = 0; options && i < options->n; i++) {
        char name[80];
        size_t n = strcspn(options->at[i], "=");
        snprintf(name, sizeof name, "%.*s", (int)n, options->at[i]);
        rd_kafka_conf_set(conf, name, options->at[i] + n + 1, why, size);
    }
    rd_kafka_t *rk =
        options && !*options->wrong ? rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, size) : NULL;
    if (!rk)
        rd_kafka_conf_destroy(conf);
    free(options);
    return rk;
}

/* What stands in all partitions, and how much of it the group has not had; -1: it has no position
 * in one. */
struct amounts {
    int64_t messages, to_come;
    int unplaced;
};

static void add_partition(rd_kafka_t *rk, const rd_kafka_topic_partition_t *part,
                          struct amounts *sum)
{
    int64_t first = 0, end = 0;

    rd_kafka_query_watermark_offsets(rk, part->topic, part->partition, &first, &end, ANSWER_MS);
    sum->messages += end - first;
    if (part->offset < 0)
        sum->unplaced++;
    sum->to_come += end - (part->offset < first ? first : part->offset);
}

static struct amounts amounts_of(rd_kafka_t *rk, const rd_kafka_metadata_topic_t *topic)
{
    struct amounts sum = {0, 0, 0};
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(topic->partition_cnt);

    for (int i = 0; i < topic->partition_cnt; i++)
        rd_kafka_topic_partition_list_add(list, topic->topic, topic->partitions[i].id);
    rd_kafka_committed(rk, list, ANSWER_MS);
    for (int i = 0; i < list->cnt; i++)
        add_partition(rk, &list->elems[i], &sum);
    rd_kafka_topic_partition_list_destroy(list);
    return sum;
}

/* Of the first partition that has fewest. */
static int replicas_of(const rd_kafka_metadata_topic_t *topic)
{
    int least = topic->partition_cnt ? topic->partitions[0].replica_cnt : 0;

    for (int i = 1; i < topic->partition_cnt; i++)
        if (topic->partitions[i].replica_cnt < least)
            least = topic->partitions[i].replica_cnt;
    return least;
}

static int insync_in(const rd_kafka_ConfigResource_t *resource)
{
    size_t n;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &n);

    for (size_t i = 0; i < n; i++)
        if (!strcmp(rd_kafka_ConfigEntry_name(entries[i]), "min.insync.replicas"))
            return atoi(rd_kafka_ConfigEntry_value(entries[i]));
    return 0;
}

/* min.insync.replicas; 0: nobody says. */
static int insync_of(rd_kafka_t *rk, const char *topic)
{
    rd_kafka_ConfigResource_t *asked = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    size_t n = 0;
    int insync = 0;

    rd_kafka_DescribeConfigs(rk, &asked, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, CONFIGS_MS);
    const rd_kafka_DescribeConfigs_result_t *result =
        event && !rd_kafka_event_error(event) ? rd_kafka_event_DescribeConfigs_result(event) : NULL;
    const rd_kafka_ConfigResource_t **got =
        result ? rd_kafka_DescribeConfigs_result_resources(result, &n) : NULL;
    if (n)
        insync = insync_in(got[0]);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_ConfigResource_destroy(asked);
    return insync;
}

static void say_replicas(rd_kafka_t *rk, const rd_kafka_metadata_topic_t *topic)
{
    int replicas = replicas_of(topic), insync = insync_of(rk, topic->topic);
    char known[40] = "unknown";

    if (insync)
        snprintf(known, sizeof known, "%d", insync);
    broker_say("replicas", "%d, min.insync.replicas %s%s", replicas, known,
               replicas < 2 || insync == 1 ? ": under 2, a broker that is lost takes messages along"
                                           : "");
}

static bool say_topic(rd_kafka_t *rk, const rd_kafka_metadata_topic_t *topic, const char *group)
{
    if (topic->err || !topic->partition_cnt) {
        broker_say("topic", "'%s' is not there: %s", topic->topic, rd_kafka_err2str(topic->err));
        return false;
    }
    struct amounts sum = amounts_of(rk, topic);
    broker_say("topic", "'%s': %d partition%s, %lld message%s", topic->topic, topic->partition_cnt,
               topic->partition_cnt == 1 ? "" : "s", (long long)sum.messages,
               sum.messages == 1 ? "" : "s");
    say_replicas(rk, topic);
    if (group && sum.unplaced == topic->partition_cnt)
        broker_say("group", "'%s' has no position: from=first or from=new says where it begins",
                   group);
    else if (group)
        broker_say("group", "'%s': %lld to come", group, (long long)sum.to_come);
    return true;
}

/* false: it is not there, or *absent. */
static bool look(rd_kafka_t *rk, const struct node *node, const char *name, const char *why,
                 bool *absent)
{
    rd_kafka_topic_t *asked = rd_kafka_topic_new(rk, name, NULL);
    const struct rd_kafka_metadata *about = NULL;
    rd_kafka_resp_err_t error = rd_kafka_metadata(rk, 0, asked, &about, ANSWER_MS);
    bool good = !error && about->topic_cnt == 1 &&
                say_topic(rk, &about->topics[0], node->args[KAFKA_GROUP].text);

    *absent = error;
    if (error) {
        rd_kafka_poll(rk, 0);
        broker_absent(node, *why ? why : rd_kafka_err2str(error));
    }
    if (about)
        rd_kafka_metadata_destroy(about);
    rd_kafka_topic_destroy(asked);
    return good;
}

static int kafka_doctor(const struct node *node)
{
    char why[WHY_BYTES], topics[BROKER_ADDRESS_BYTES];
    rd_kafka_t *rk = client_of(node, why);
    bool good = true, absent = false;
    char *rest = topics;

    if (!rk)
        return broker_absent(node, why);
    topics_of(node, topics, sizeof topics);
    for (char *name; !absent && (name = strsep(&rest, ","));)
        good &= look(rk, node, name, why, &absent);
    rd_kafka_destroy(rk);
    return !good;
}

const struct broker_calls broker_kafka_calls = {
    BROKER_VERSION,        .wrong = kafka_wrong, .from = kafka_from,
    .into = kafka_into,    .lag = kafka_lag,     .closing_ns = weir_kafka_closing_ns,
    .doctor = kafka_doctor};
