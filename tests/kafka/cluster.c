/* A cluster of librdkafka's that pretends, in a process of its own: it says where its brokers are,
 * does what each line of its input says, answers "ok", and ends with its input.
 *
 *     cluster BROKERS
 *     topic NAME PARTITIONS     down BROKER     up BROKER     error REQUEST CODE TIMES
 *     missing NAME     publish NAME MESSAGES */

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static void print_nothing(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk, (void)level, (void)facility, (void)text;
}

static void publish(rd_kafka_mock_cluster_t *cluster, const char *topic, int n)
{
    char why[200], text[16];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster), why,
                      sizeof why);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    for (int i = 0; i < n; i++) {
        int size = snprintf(text, sizeof text, "%d", i);
        rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_VALUE(text, (size_t)size),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    }
    rd_kafka_flush(rk, 10000);
    rd_kafka_destroy(rk);
}

static void do_line(rd_kafka_mock_cluster_t *cluster, const char *line)
{
    char name[80];
    int a, b, c;
    if (sscanf(line, "topic %79s %d", name, &a) == 2)
        rd_kafka_mock_topic_create(cluster, name, a, 1);
    else if (sscanf(line, "publish %79s %d", name, &a) == 2)
        publish(cluster, name, a);
    else if (sscanf(line, "down %d", &a) == 1)
        rd_kafka_mock_broker_set_down(cluster, a);
    else if (sscanf(line, "up %d", &a) == 1)
        rd_kafka_mock_broker_set_up(cluster, a);
    else if (sscanf(line, "missing %79s", name) == 1)
        rd_kafka_mock_topic_set_error(cluster, name, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    else if (sscanf(line, "error %d %d %d", &a, &b, &c) == 3)
        while (c-- > 0)
            rd_kafka_mock_push_request_errors(cluster, (int16_t)a, 1, (rd_kafka_resp_err_t)b);
    puts("ok");
}

int main(int argc, char **argv)
{
    char line[200], why[200];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, print_nothing);
    rd_kafka_t *host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    rd_kafka_mock_cluster_t *cluster =
        host ? rd_kafka_mock_cluster_new(host, argc > 1 ? atoi(argv[1]) : 1) : NULL;
    if (!cluster)
        return 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts(rd_kafka_mock_cluster_bootstraps(cluster));
    while (fgets(line, sizeof line, stdin))
        do_line(cluster, line);
    _Exit(0);
}
