/* A consumer as its stage, its open marks and the end of it share it.
 *
 * Everything is the worker's, and behind its end the closing thread's, but for the partitions and
 * the marks: those are under the lock, since marks are settled on any thread. */
#ifndef WEIR_KAFKA_LINK_H
#define WEIR_KAFKA_LINK_H

#include <pthread.h>

#include "kafka/client.h"
#include "weir/kafka.h"

enum {
    WEIR_KAFKA_TOPIC_BYTES_MAX = 249, /* of a name, as brokers take it */
    WEIR_KAFKA_MARK_ITEMS = 128,      /* messages before a mark, at most */
    WEIR_KAFKA_HAND = 64,             /* messages that are taken at once */
    WEIR_KAFKA_MESSAGE_OVERHEAD = 512 /* what librdkafka keeps beside the bytes of a message */
};

/* A partition that is ours. All offsets are those of the next message; -1: not known. */
struct weir_kafka_part {
    size_t bytes;   /* of this block */
    uint64_t epoch; /* what was given under another one does not count */
    uint32_t open;  /* marks not settled with messages of it */
    bool leaving;   /* it goes to another member: nothing is given any more */
    int32_t partition;
    int64_t settled;  /* everything before is safe */
    int64_t accepted; /* ... and the brokers know */
    int64_t again;    /* what was lost: read again from here, and nothing is settled before that */
    char topic[];
};

/* Messages of one partition before a mark. */
struct weir_kafka_span {
    uint32_t part; /* its index */
    uint64_t epoch;
    int64_t first, end;
};

struct weir_kafka_mark {
    weir_mark mark;
    struct weir_kafka_link *link;
    struct weir_kafka_mark *next; /* that was given behind it */
    bool settled, kept;
    uint32_t messages;
    uint32_t n, room; /* of spans[] */
    struct weir_kafka_span spans[];
};

struct weir_kafka_link {
    struct weir_kafka_client client;
    pthread_mutex_t lock;
    unsigned refs;  /* atomic: the stage, then what closes it; open marks, looks */
    unsigned looks; /* atomic: on other threads; the handle outlives them */

    /* Said once. The texts stand behind the struct. */
    size_t bytes;
    const char *topics, *group;
    weir_kafka_start start;
    uint32_t marks_max;
    size_t buffer_bytes_max, message_bytes_max;
    bool no_headers;

    /* Beside the client's queue of what happens. Messages have one of their own, so that nothing
     * waits behind them: what is not taken stands there, and when it is full nothing is fetched. */
    rd_kafka_queue_t *messages;
    bool subscribed, assigned; /* it asked for partitions; it was told of some, or none */
    bool closing;              /* no member any more: what is assigned is given back */
    rd_kafka_event_t *revoke;  /* partitions that leave; NULL: none do */
    rd_kafka_message_t *hand[WEIR_KAFKA_HAND]; /* also errors, in their place */
    size_t crest;         /* the most messages that stood there since it was half empty last */
    uint32_t lent, at, n; /* hand[lent..at) is lent, hand[at..n) was not given yet */
    uint64_t taken;       /* the last epoch when that was taken: nothing of it is of a later one */

    struct weir_kafka_part **parts; /* NULL between: indices stay */
    uint32_t parts_n, parts_room;
    uint32_t latest; /* that a message was of */
    uint64_t epochs; /* the last one */
    struct weir_kafka_mark *oldest, *newest;
    uint32_t marks;   /* of those */
    uint64_t settled; /* there were so many */
    bool unsaid;      /* something was settled and not given to librdkafka */
    bool lost;        /* a part has something to read again */
};

/* NULL: no memory. */
struct weir_kafka_link *weir_kafka_link_new(const weir_kafka_from *from);
void weir_kafka_link_unref(struct weir_kafka_link *link);

/* false: why stands in the client's news. */
bool weir_kafka_link_begin(struct weir_kafka_link *link);

/* Of names with commas between them. */
size_t weir_kafka_longest_topic(const char *topics);

/* As a list without partitions. None of the names is too long. */
rd_kafka_topic_partition_list_t *weir_kafka_topics(const struct weir_kafka_link *link);

/* ---- partitions (partitions.c) ---- */

/* The index, or -1. */
int weir_kafka_part_find(struct weir_kafka_link *link, const char *topic, int32_t partition);
/* Of a message of the hand. -1 also where it comes again: its partition left and came back since it
 * was taken, or is read again. */
int weir_kafka_part_of(struct weir_kafka_link *link, const rd_kafka_message_t *message);
/* false: no memory. */
bool weir_kafka_part_add(struct weir_kafka_link *link, const char *topic, int32_t partition);
void weir_kafka_part_remove(struct weir_kafka_link *link, const char *topic, int32_t partition);
void weir_kafka_parts_drop(struct weir_kafka_link *link);

/* Those for which it is true. */
rd_kafka_topic_partition_list_t *
weir_kafka_parts_list(struct weir_kafka_link *link,
                      bool (*wanted)(const struct weir_kafka_part *part, int64_t *offset));

/* What the brokers have behind what was taken; WEIR_LAG_UNKNOWN: nobody says (lag.c). */
uint64_t weir_kafka_link_lag(struct weir_kafka_link *link);

/* ---- marks (marks.c) ---- */

/* For what is given from now on. NULL: no memory. */
struct weir_kafka_mark *weir_kafka_mark_new(struct weir_kafka_link *link,
                                            const weir_stream *source);
/* The message counts as given before it. False: there is no room. */
bool weir_kafka_mark_add(struct weir_kafka_mark *mark, uint32_t part, int64_t offset);
weir_mark *weir_kafka_mark_open(struct weir_kafka_mark *mark, uint64_t upto);
/* None of it was given. */
void weir_kafka_mark_drop(struct weir_kafka_mark *mark);

/* Open ones, and those behind them; how many were settled ever. */
uint32_t weir_kafka_marks(struct weir_kafka_link *link);
uint64_t weir_kafka_settled(struct weir_kafka_link *link);

/* ---- the group's position (commit.c) ---- */

/* What was settled since goes to librdkafka. */
void weir_kafka_store(struct weir_kafka_link *link);
/* What the brokers say to that. */
void weir_kafka_note_commit(struct weir_kafka_link *link, rd_kafka_event_t *event);
/* All that was settled was accepted. */
bool weir_kafka_is_accepted(struct weir_kafka_link *link);

/* ---- who has which partition (rebalance.c) ---- */

/* Takes the event. */
void weir_kafka_rebalance(struct weir_kafka_link *link, rd_kafka_event_t *event);
/* Nothing of what leaves is open. */
bool weir_kafka_has_left(struct weir_kafka_link *link);
/* They are given up. */
void weir_kafka_leave(struct weir_kafka_link *link);
/* Its messages go to our queue. */
void weir_kafka_route(struct weir_kafka_link *link, const rd_kafka_topic_partition_list_t *list);
/* Reads again from what was lost. */
void weir_kafka_read_again(struct weir_kafka_link *link);

/* ---- what comes (events.c) ---- */

/* What happens: librdkafka tells the brokers that this member is there because somebody looks. It
 * waits for the first, on a thread that may. */
void weir_kafka_look_at_events(struct weir_kafka_link *link, int wait_ms);
/* librdkafka itself looks often whether there is room; else so many messages stand there. */
bool weir_kafka_looks_for_room(void);
void weir_kafka_note_room(struct weir_kafka_link *link, size_t queued);
/* Messages, into the hand, which is empty. */
void weir_kafka_take(struct weir_kafka_link *link);
/* What the first of the hand says that is no message, which goes. */
void weir_kafka_note_first(struct weir_kafka_link *link);
/* Something may have come since; messages, where they are wanted. */
bool weir_kafka_has_more(struct weir_kafka_link *link, bool messages);
/* What was lent goes, and all of the hand. */
void weir_kafka_let_go(struct weir_kafka_link *link);
void weir_kafka_empty_hand(struct weir_kafka_link *link);

/* ---- without a group (plain.c) ---- */

/* A future of the partitions there are and where to begin, an rd_kafka_topic_partition_list_t *:
 * asked on a thread that may block. Errors: not fatal where it may be tried again. */
weir_stream *weir_kafka_look(struct weir_kafka_link *link);

#endif
