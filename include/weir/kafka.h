/* weir/kafka.h: messages of Kafka, in a library of its own (libweir-kafka, weir-kafka.pc).
 *
 *     weir_kafka_from from = WEIR_KAFKA_FROM(.topics = "orders", .group = "worker");
 *     weir_stream *messages = weir_kafka(&from);
 *
 * The same program started several times, on any machines, shares the work: the brokers deal the
 * partitions out among the members of a group, and give those of a process that died to another.
 *
 * At least once, always: the group's position in a partition moves on when the mark behind its
 * messages was settled (weir/mark.h), which a sink does once all before it is safe. What was handed
 * out before and not settled comes again. The connections are those of librdkafka, whose threads
 * receive; no poll waits for a broker. */
#ifndef WEIR_KAFKA_H
#define WEIR_KAFKA_H

#include "weir/message.h"

WEIR_BEGIN_C

/* Where to begin in a partition that the group has no position in. */
typedef enum weir_kafka_start {
    WEIR_KAFKA_START_UNSAID, /* it is an error that there is none; without a group: FIRST */
    WEIR_KAFKA_START_FIRST,  /* with what is stored already */
    WEIR_KAFKA_START_NEW     /* with what comes from now on */
} weir_kafka_start;

/* What is read from Kafka, and how. All zero is the usual, but for `topics`. */
typedef struct weir_kafka_from {
    uint32_t size;      /* sizeof(weir_kafka_from) */
    const char *at;     /* "HOST:PORT", several with commas; NULL: "127.0.0.1:9092" */
    const char *topics; /* several with commas, each of 249 bytes at most */
    const char *group;  /* which all who share the work name; NULL: all messages, and nothing is
                           acknowledged */
    weir_kafka_start start;
    uint32_t marks_max;       /* not settled; 0: 1024 */
    size_t buffer_bytes_max;  /* received and not given, short messages as 160 bytes each; 0: 4
                                 MiB. Beyond it there may be one answer of each broker */
    size_t message_bytes_max; /* 0: 1 MiB */
    uint64_t drain_ns;        /* how long what was given has to be settled when it must leave: at a
                                 stop, or for another member; 0: 5 s */
    /* More for librdkafka, each "NAME=VALUE", at the end a NULL: security, timeouts. What the
     * promise above stands on is refused, under each of its names. */
    const char *const *options;
    bool no_headers; /* nobody reads them, and they are not looked for: of a message of 100 bytes
                        that is a quarter of the work */
} weir_kafka_from;

/* weir_kafka(&WEIR_KAFKA_FROM(.topics = "orders", .group = "worker")) */
#define WEIR_KAFKA_FROM(...) ((weir_kafka_from){.size = sizeof(weir_kafka_from), __VA_ARGS__})

/* The messages of topics, in order within a partition; marked, where a group reads them. A value of
 * NULL is a tombstone: its key was deleted. Values of headers end at their first NUL. Without a
 * group the partitions are those that there are at the beginning.
 * Shape: buffer_bytes_max stand in it, and of each broker at most one answer more. A mark follows
 * each 128 messages, and whatever was there before none is. At marks_max it waits for a mark to be
 * settled. While that takes long, or its consumer is busy, nothing more is fetched, and the brokers
 * hear each second that the member is there, as long as its task has turns. A partition
 * that goes to another member: a mark comes at once, and has drain_ns to be settled. A mark that
 * was lost: its messages come again, and all behind them.
 * Errors: not fatal, once at each change: CLOSED where no broker is there, and where one is again;
 * LIMIT for a message over message_bytes_max, or with more than 64 headers or 16 KiB of them, and
 * CORRUPT for one that cannot be read, with its offset as record. Fatal: ARGUMENT where a topic is
 * missing, or the group has no position and `start` is not said; CLOSED where the brokers refuse
 * this program; TIMEOUT where its thread was blocked for so long that the group went on without it.
 * Nothing is given up here, so that there is no `dead` as of weir_nats() and weir_redis(): brokers
 * count no tries, and what is told as LIMIT or CORRUPT stays at that offset in its partition. What
 * a program gives up itself it produces to a topic of its own with weir_to_kafka() before it
 * settles the mark behind it; a pipeline of the command's does so with `dead ADDRESS`.
 * Ends when the runtime is told to stop: what was given has drain_ns to be settled, and the end
 * comes when the brokers have accepted the last position, or then.
 * Owns: keeps nothing of `from`. Dropped: what was settled by then is told to the brokers on
 * a thread of its own, which the end of the program waits for up to drain_ns.
 *
 * Example:
 *     const char *mine[] = {"enable.auto.commit=true", NULL};
 *     weir_kafka_from from = WEIR_KAFKA_FROM(.topics = "orders", .group = "w", .options = mine);
 *     p(why(weir_kafka(&from))); // -> option 'enable.auto.commit': it is not to be changed here
 *     from.options = NULL, from.at = nowhere;
 *     const char *none = why(weir_kafka(&from)); // and why: "... Connection refused: ..."
 *     p(yes(strstr(none, "no broker answers") == none)); // -> yes
 */
WEIR_LENDS
WEIR_ITEM(weir_message)
WEIR_NEW weir_stream *weir_kafka(const weir_kafka_from *from);

/* How many messages the brokers have behind those that were taken here, of all partitions that are
 * this member's, as they said when they were asked for messages last. WEIR_LAG_UNKNOWN: they said
 * nothing yet, or `messages` is no stream of weir_kafka(). It asks nobody. On the thread that polls
 * the stream. Source: kafka-consumer-groups --describe, LAG, which counts from the group's
 * position.
 *
 * Example:
 *     weir_stream *messages = weir_kafka(&WEIR_KAFKA_FROM(.topics = "orders", .at = nowhere));
 *     p(yes(weir_kafka_lag(messages) == WEIR_LAG_UNKNOWN)); // -> yes
 *     weir_drop(messages);
 */
WEIR_API uint64_t weir_kafka_lag(const weir_stream *messages);

/* How long the end of the program may wait for librdkafka, in ns; 0: it need not. Behind streams
 * that were dropped it leaves groups, tells the brokers what was settled last, and lets go of its
 * connections: a moment, but up to drain_ns and a second where brokers are away. On any thread.
 *
 * Example:
 *     p(yes(weir_kafka_closing_ns() < UINT64_C(60000000000))); // -> yes
 */
WEIR_API uint64_t weir_kafka_closing_ns(void);

/* ---- produced ---- */

/* What is sent to Kafka, and how. All zero is the usual. */
typedef struct weir_kafka_into {
    uint32_t size;         /* sizeof(weir_kafka_into) */
    const char *at;        /* as in weir_kafka_from */
    const char *topic;     /* of all; NULL: each message's own */
    uint32_t open_max;     /* not acknowledged; 0: 30 000 */
    size_t open_bytes_max; /* ... and their bytes; 0: 8 MiB */
    uint64_t lost_max_ns;  /* how long a message may take, and brokers be away; 0: 60 s */
    /* Where an item goes. There stands already: a message's own key, or none (data NULL), and -1,
     * the partition that its key says. A key that it gives is copied before it is called again, and
     * it may be called more than once for an item. NULL: as that. */
    void (*place)(const void *item, weir_line *key, int32_t *partition, void *arg);
    void *arg;                  /* WEIR_KEEPS */
    const char *const *options; /* as in weir_kafka_from */
} weir_kafka_into;

/* weir_to_kafka(items, &WEIR_KAFKA_INTO(.topic = "big")) */
#define WEIR_KAFKA_INTO(...) ((weir_kafka_into){.size = sizeof(weir_kafka_into), __VA_ARGS__})

/* Produces each item, a weir_line or a weir_message, lent or owned, with its key and headers; a
 * future of how many, once all in-sync replicas have them all. What librdkafka sends again is
 * stored once. Marks are settled when what came before them was.
 * Shape: at most open_max and open_bytes_max are not acknowledged; copies of those stand in it.
 * Errors: its source's, behind what came before it; CLOSED where brokers are away for longer than
 * lost_max_ns; ARGUMENT where the topic is missing; LIMIT for what is larger than brokers take, or
 * than open_bytes_max; what they say against a message else.
 * Owns: drops each item; keeps nothing of `into`. What was produced before an error may be stored,
 * or not.
 *
 * Example:
 *     const char *mock[] = {"test.mock.num.brokers=1", NULL}; // a cluster that pretends
 *     weir_kafka_into into = WEIR_KAFKA_INTO(.topic = "big", .options = mock);
 *     p(weir_to_kafka(lines("a\nb"), &into)); // -> 2
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_to_kafka(weir_stream *items WEIR_TAKES, const weir_kafka_into *into);

WEIR_END_C

#endif
