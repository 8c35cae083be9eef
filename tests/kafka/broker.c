/* The cluster of these tests. */

#include "broker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct broker broker;

enum { WAIT_MS = 10000 };

/* ---- the process ---- */

static void run_cluster(const int in[2], const int out[2], int brokers)
{
    char number[16];
    dup2(in[0], 0);
    dup2(out[1], 1);
    close(in[1]);
    close(out[0]);
    snprintf(number, sizeof number, "%d", brokers);
    execl(WEIR_KAFKA_CLUSTER, "cluster", number, (char *)NULL);
    _exit(127);
}

static void start_cluster(int brokers)
{
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    broker.pid = fork();
    if (!broker.pid)
        run_cluster(in, out, brokers);
    close(in[0]);
    close(out[1]);
    broker.to = fdopen(in[1], "w");
    broker.from = fdopen(out[0], "r");
    assert_non_null(fgets(broker.at, sizeof broker.at, broker.from));
    broker.at[strcspn(broker.at, "\n")] = '\0';
}

void broker_do(const char *format, ...)
{
    char answer[16];
    va_list args;
    va_start(args, format);
    vfprintf(broker.to, format, args);
    va_end(args);
    fputc('\n', broker.to);
    fflush(broker.to);
    assert_non_null(fgets(answer, sizeof answer, broker.from));
}

static void print_nothing(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk, (void)level, (void)facility, (void)text;
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *group)
{
    char why[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, print_nothing);
    rd_kafka_conf_set(conf, "bootstrap.servers", broker.at, why, sizeof why);
    rd_kafka_conf_set(conf, "linger.ms", "5", why, sizeof why);
    if (group)
        rd_kafka_conf_set(conf, "group.id", group, why, sizeof why);
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (!rk)
        fail_msg("%s", why);
    return rk;
}

bool broker_begin(int brokers)
{
    if (!rig_has(NULL, NULL))
        return false;
    const char *real = getenv("WEIR_TEST_KAFKA");
    broker = (struct broker){.dir = "/tmp/weir-kafka-XXXXXX", .real = real != NULL};
    assert_non_null(mkdtemp(broker.dir));
    if (real) {
        snprintf(broker.at, sizeof broker.at, "%s", real);
    } else {
        puts("brokers that pretend; WEIR_TEST_KAFKA=HOST:PORT has these tests at real ones");
        start_cluster(brokers);
    }
    broker.producer = client(RD_KAFKA_PRODUCER, NULL);
    return true;
}

void broker_end(void)
{
    rd_kafka_destroy(broker.producer);
    if (!broker.real) {
        fclose(broker.to);
        waitpid(broker.pid, NULL, 0);
        fclose(broker.from);
    }
    rig_remove(broker.dir);
}

/* ---- what it keeps ---- */

static void expect_made(rd_kafka_event_t *event)
{
    size_t n;
    if (!event)
        fail_msg("%s: nobody makes a topic there", broker.at);
    if (rd_kafka_event_error(event))
        fail_msg("%s: %s", broker.at, rd_kafka_event_error_string(event));
    const rd_kafka_topic_result_t **made =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
    for (size_t i = 0; i < n; i++)
        if (rd_kafka_topic_result_error(made[i]))
            fail_msg("%s: topic '%s': %s", broker.at, rd_kafka_topic_result_name(made[i]),
                     rd_kafka_topic_result_error_string(made[i]));
}

static void make_real(const struct topic *topic)
{
    char why[200];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(broker.producer);
    rd_kafka_NewTopic_t *made =
        rd_kafka_NewTopic_new(topic->name, topic->partitions, 1, why, sizeof why);
    assert_non_null(made);
    rd_kafka_CreateTopics(broker.producer, &made, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, WAIT_MS);
    expect_made(event);
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(made);
    rd_kafka_queue_destroy(queue);
}

struct topic broker_make(const char *name, int partitions)
{
    struct topic topic = {.partitions = partitions};
    if (broker.real) {
        snprintf(topic.name, sizeof topic.name, "weir-%s-%d", name, (int)getpid());
        make_real(&topic);
    } else {
        snprintf(topic.name, sizeof topic.name, "%s", name);
        broker_do("topic %s %d", name, partitions);
    }
    return topic;
}

static void publish_one(const struct topic *topic, int partition, const char *body, size_t n)
{
    rd_kafka_resp_err_t code;
    while ((code = rd_kafka_producev(broker.producer, RD_KAFKA_V_TOPIC(topic->name),
                                     RD_KAFKA_V_PARTITION(partition),
                                     RD_KAFKA_V_VALUE((void *)(uintptr_t)body, n),
                                     RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END)) ==
           RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(broker.producer, 10);
    assert_int_equal(code, 0);
}

void broker_publish(const struct topic *topic, unsigned from, unsigned n, size_t bytes)
{
    char text[32];
    char *body = malloc(bytes + sizeof text);
    for (unsigned i = from; i < from + n; i++) {
        int size = snprintf(text, sizeof text, "%u ", i);
        memset(body, ' ', bytes + sizeof text);
        memcpy(body, text, (size_t)size);
        publish_one(topic, (int)(i % (unsigned)topic->partitions), body,
                    (size_t)size > bytes ? (size_t)size : bytes);
    }
    free(body);
    assert_int_equal(rd_kafka_flush(broker.producer, 2 * WAIT_MS), 0);
}

int64_t broker_settled(const struct topic *topic, const char *group)
{
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, group);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add_range(list, topic->name, 0, topic->partitions - 1);
    int64_t n = 0;
    assert_int_equal(rd_kafka_committed(rk, list, WAIT_MS), 0);
    for (int i = 0; i < list->cnt; i++)
        n += list->elems[i].offset > 0 ? list->elems[i].offset : 0;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
    return n;
}

int64_t broker_wait_settled(const struct topic *topic, const char *group, int64_t n)
{
    int64_t now = broker_settled(topic, group);
    for (unsigned waited = 0; waited < 5000 && now < n; waited += wait_ms(100))
        now = broker_settled(topic, group);
    return now;
}

/* The cluster that pretends waits 3 s for more members, in which they must not be missed; a real
 * one takes no session of less than 6 s. */
static const char *const *quick_options(void)
{
    static const char *const pretended[] = {"session.timeout.ms=4000", "heartbeat.interval.ms=200",
                                            "max.poll.interval.ms=4000", "fetch.wait.max.ms=20",
                                            NULL};
    static const char *const real[] = {"session.timeout.ms=6000", "heartbeat.interval.ms=200",
                                       "max.poll.interval.ms=6000", "fetch.wait.max.ms=20", NULL};
    return broker.real ? real : pretended;
}

weir_kafka_from from_of(const struct topic *topic, const char *group)
{
    return WEIR_KAFKA_FROM(.at = broker.at, .topics = topic->name, .group = group,
                           .start = WEIR_KAFKA_START_FIRST, .options = quick_options());
}

/* ---- others of the group ---- */

pid_t broker_work(const struct topic *topic, unsigned file, const char *mode, unsigned work_us)
{
    char path[140], work[16];
    snprintf(path, sizeof path, "%s/%s.%u", broker.dir, topic->name, file);
    snprintf(work, sizeof work, "%u", work_us);
    pid_t pid = append_fork();
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(WEIR_KAFKA_WORKER, "worker", broker.at, topic->name, path, mode, work, (char *)NULL);
    _exit(127);
}

int broker_end_work(pid_t worker, int how)
{
    int status;
    kill(worker, how);
    waitpid(worker, &status, 0);
    return status;
}

struct appended broker_came(const struct topic *topic, unsigned files, unsigned n)
{
    char path[140];
    snprintf(path, sizeof path, "%s/%s", broker.dir, topic->name);
    return append_count(path, files, n);
}
