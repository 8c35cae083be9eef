/* A cluster of the test's own: librdkafka's that pretends, in another process, or with
 * WEIR_TEST_KAFKA=HOST:PORT a real one. */
#ifndef WEIR_TESTS_KAFKA_BROKER_H
#define WEIR_TESTS_KAFKA_BROKER_H

#include <librdkafka/rdkafka.h>

#include "../broker/rig.h"
#include "append.h"
#include "weir/kafka.h"

struct broker {
    char at[200], dir[40];
    bool real;
    pid_t pid;
    FILE *to, *from; /* its input and output */
    rd_kafka_t *producer;
};
extern struct broker broker;

/* Of a group of tests: false in a simulation, which is said. */
bool broker_begin(int brokers);
void broker_end(void);

/* A line to the cluster that pretends. */
void broker_do(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A topic; `out` is its name, which on a real cluster is one of this run's. */
struct topic {
    char name[80];
    int partitions;
};
struct topic broker_make(const char *name, int partitions);

/* "0", "1" ... as messages, padded with spaces to `bytes`; number i into partition i % partitions,
 * so that it stands there at offset i / partitions. */
void broker_publish(const struct topic *topic, unsigned from, unsigned n, size_t bytes);

/* Messages that the group's positions are behind, of all partitions. */
int64_t broker_settled(const struct topic *topic, const char *group);
/* Waits until there are so many, or 5 s are over, and says how many there are. */
int64_t broker_wait_settled(const struct topic *topic, const char *group, int64_t n);

/* A process of the topic's group, which appends what it gets to a file: its number. Ended by a
 * signal; 0: by itself, and well. */
pid_t broker_work(const struct topic *topic, unsigned file, const char *mode, unsigned work_us);
int broker_end_work(pid_t worker, int how);
struct appended broker_came(const struct topic *topic, unsigned files, unsigned n);

/* As wanted here: members are missed soon. */
weir_kafka_from from_of(const struct topic *topic, const char *group);

#endif
