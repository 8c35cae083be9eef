/* broker.h: what a broker keeps, as sources and sinks: one row a scheme. */
#ifndef PIPELINE_BROKER_H
#define PIPELINE_BROKER_H

#include "pipeline/pipeline.h"

/* What its library does for it, in a module of its own: broker_NAME.c. */
struct broker_calls {
    const char *version; /* of the weir that it is of: BROKER_VERSION */
    size_t node_bytes;
    /* Optional. What its library has against the options, and a cure. NULL: nothing. */
    const char *(*wrong)(const struct node *node, const char **cure);
    /* The messages of a source. */
    weir_stream *(*from)(const struct node *node);
    /* A future: all items are stored there. */
    weir_stream *(*into)(weir_stream *items WEIR_TAKES, const struct node *node);
    /* Of such messages: how many are to come; WEIR_LAG_UNKNOWN. */
    uint64_t (*lag)(weir_stream *messages);
    /* Optional. How long the end of the program may wait for its library, in ns. */
    uint64_t (*closing_ns)(void);
    /* Looks at what a source names, and says what it found: an exit code. */
    int (*doctor)(const struct node *node);
};

#define BROKER_VERSION .version = WEIR_VERSION, .node_bytes = sizeof(struct node)

enum { BROKER_CURES = 10, BROKER_ADDRESS_BYTES = 1024 };

/* What is known of one without that; what is the same for all is in stage_broker.c. */
struct broker {
    const char *name;     /* of its module: "nats" */
    const char *library;  /* that the module wants, for who has to install it */
    const char *at_env;   /* where the variable says it is, if at= does not */
    const char *at_local; /* ... else there */
    const char *buffers;  /* what it holds besides what is open; NULL: nothing to tell */
    uint32_t open_max;    /* messages that are not acknowledged, where open= says nothing */
    uint32_t mark_items;  /* of open=, so many are one mark, though it may be of a single message */
    bool counts;          /* how often it gave a message */
    size_t key_arg, partition_arg; /* of its sink: the fields that say them; 0: there are none */
    bool (*is_shared)(const struct node *node); /* a source whose messages are acknowledged */
    /* What the library's cures say of C, and what is said here of it. */
    struct broker_cure {
        const char *of_c, *here;
        const char *alone; /* of a source that is not shared; NULL: the same */
    } cures[BROKER_CURES];
    const struct broker_calls **calls; /* set by weir_pl_broker_load() */
};

/* The first arguments of every source; an entry's own stand behind them. */
enum { FROM_AT, FROM_SETTLE, FROM_TRIES, FROM_OPEN, FROM_DEAD, FROM_GONE, FROM_ARGS };
enum { BROKER_OPEN_MAX = 1 << 20 };
#define FROM_ARG_SPECS                                                                             \
    [FROM_AT] = {.name = "at", .kind = ARG_KEY, .type = ARG_TEXT},                                 \
    [FROM_SETTLE] = {.name = "settle",                                                             \
                     .kind = ARG_KEY,                                                              \
                     .type = ARG_CHOICE,                                                           \
                     .choice = "durable|sent|now"},                                                \
    [FROM_TRIES] = {.name = "tries",                                                               \
                    .kind = ARG_KEY,                                                               \
                    .type = ARG_NUMBER,                                                            \
                    .min = 1,                                                                      \
                    .max = 1000000},                                                               \
    [FROM_OPEN] = {.name = "open",                                                                 \
                   .kind = ARG_KEY,                                                                \
                   .type = ARG_NUMBER,                                                             \
                   .min = 1,                                                                       \
                   .max = BROKER_OPEN_MAX},                                                        \
    [FROM_DEAD] = {.name = "dead", .kind = ARG_KEY, .type = ARG_TEXT},                             \
    [FROM_GONE] = {.name = "gone", .kind = ARG_KEY, .type = ARG_TIME}
/* What `weir stages` says of them. */
#define FROM_HELP_SETTLE                                                                           \
    "settle=durable|sent|now  when a message is acknowledged: what was made of it is on disk or\n" \
    "              stored (unsaid), is on its way, or as it arrives\n"
#define FROM_HELP_TRIES(where, spaces)                                                             \
    "open=N        messages that are not acknowledged yet, at most; 65536 without it\n"            \
    "tries=N       what was given so often and never acknowledged is given up\n"                   \
    "dead=" where spaces "... and is put there\n"
#define FROM_HELP_GONE "gone=TIME     how long the server may be away, 60s without it\n"

enum { INTO_AT, INTO_ID, INTO_GONE, INTO_ARGS };
#define INTO_ARG_SPECS                                                                             \
    [INTO_AT] = {.name = "at", .kind = ARG_KEY, .type = ARG_TEXT},                                 \
    [INTO_ID] = {.name = "id", .kind = ARG_KEY, .type = ARG_TEXT},                                 \
    [INTO_GONE] = {.name = "gone", .kind = ARG_KEY, .type = ARG_TIME}

/* Those of each broker, of its source and of its sink. */
enum { NATS_CREATE = FROM_ARGS, NATS_ACK_WAIT, NATS_FROM, NATS_CREDENTIALS };
enum { NATS_CORE = INTO_ARGS, NATS_INTO_CREDENTIALS };

enum { KAFKA_GROUP = FROM_ARGS, KAFKA_FROM, KAFKA_DRAIN, KAFKA_CONFIG };
enum { KAFKA_KEY = INTO_ARGS, KAFKA_PARTITION, KAFKA_INTO_CONFIG };
enum { KAFKA_MARK_ITEMS = 128 }; /* as weir/kafka.h says it */

enum {
    REDIS_GROUP = FROM_ARGS,
    REDIS_NAME,
    REDIS_CREATE,
    REDIS_CLAIM,
    REDIS_FROM,
    REDIS_USER,
    REDIS_PASSWORD,
    REDIS_DB,
    REDIS_TLS,
    REDIS_CA,
    REDIS_CERTIFICATE,
    REDIS_KEY
};
enum {
    REDIS_MAXLEN = INTO_ARGS,
    REDIS_REPLICAS,
    REDIS_INTO_USER,
    REDIS_INTO_PASSWORD,
    REDIS_INTO_DB,
    REDIS_INTO_TLS,
    REDIS_INTO_CA,
    REDIS_INTO_CERTIFICATE,
    REDIS_INTO_KEY
};

/* broker_load.c. Before anything else is asked of its library. false: `why` says what is missing.
 * On any thread. */
bool weir_pl_broker_load(const struct broker *broker, char *why, size_t size);

/* It reads messages, whatever it gives of them: they are what is counted. */
bool weir_pl_broker_reads(const struct node *node);

/* For an entry of a source or a sink. */
void weir_pl_broker_build(struct flow *flow, struct node *node);
weir_stream *weir_pl_broker_consume(struct flow *flow, struct node *node);
unsigned weir_pl_broker_gives(const struct node *node, unsigned taken);
void weir_pl_broker_note(const struct node *node, char *out, size_t size);
bool weir_pl_broker_check(struct node *node, const struct words *words);
void weir_pl_broker_drop(struct node *node);

/* What one side of a module has and the other may lack: it is NULL there. */
#define BROKER_PERHAPS WEIR_API __attribute__((weak))

/* broker_nats.c, broker_redis.c, broker_kafka.c */
extern BROKER_PERHAPS const struct broker_calls broker_nats_calls, broker_redis_calls,
    broker_kafka_calls;

/* What is WEIR_API here is for modules. */

/* NATS: STREAM/CONSUMER; NULL: it names none. */
WEIR_API const char *weir_pl_broker_nats_consumer(const struct node *source);

/* Of a source or a sink, where it is: HOST:PORT, several with commas. */
WEIR_API const char *weir_pl_broker_at(const struct node *node);

/* Messages of a source that are not acknowledged, at most. */
uint64_t weir_pl_broker_open_max(const struct node *source);

/* ... and marks, behind which these stand. */
uint64_t weir_pl_broker_marks_max(const struct node *source);

/* settle=HOW is said at the source. */
bool weir_pl_broker_settles(const struct node *source, const char *how);

/* What a library of a broker gives as a cure, in words of the command. */
WEIR_API const char *weir_pl_broker_cure(const struct node *node, const weir_error *error);

enum { BROKER_MESSAGE_BYTES = 1 << 20 }; /* the largest, where the broker is asked for them */

/* How long a stop may wait, within what the command itself waits. */
#define BROKER_DRAIN_NS UINT64_C(4500000000)

/* An item's name, of id=FIELD: for the sinks that take one. */
WEIR_API void weir_pl_broker_id(const void *item, char *out, size_t size, void *node);

/* Where an item goes, of key=FIELD and partition=FIELD. The key is lent until the next call. */
WEIR_API void weir_pl_broker_place(const void *item, weir_line *key, int32_t *partition,
                                   void *node);

/* As a field says it; -1: it is empty, which says nothing; BROKER_NO_PARTITION: that is no number
 * of one. */
enum { BROKER_NO_PARTITION = -2 };
int32_t weir_pl_broker_partition(const weir_value *value);

/* The field of a record that is what this argument says of its message; NULL: it is not said. */
const char *weir_pl_broker_field(const struct node *sink, size_t arg);

/* How long the server of a source may be away. */
static inline uint64_t weir_pl_broker_gone_ns(const struct node *source)
{
    const struct arg *gone = &source->args[FROM_GONE];
    return gone->given ? gone->number : UINT64_C(60000000000);
}

/* How long the server of a sink may be away; 0: as the library has it. */
static inline uint64_t weir_pl_broker_lost_ns(const struct node *node)
{
    return node->args[INTO_GONE].number;
}

/* broker_plan.c. Once it is known what flows: is the chain acknowledged (chain->marked), and can
 * all of it keep that. false: it complained. */
bool weir_pl_broker_plan(struct chain *chain, const struct words *words);

/* How safe what a sink takes must be. */
weir_strength weir_pl_broker_strength(const struct chain *chain);

/* Half of the messages that may be open are: what settles none before it must go on. */
bool weir_pl_broker_is_half_open(const struct chain *chain);

/* "open 812/65536, oldest 0.4 s, lag 1.2 M, repeats 63", or nothing where no source says. Returns
 * its bytes.
 */
size_t weir_pl_broker_status(const struct chain *chain, char *out, size_t size);

/* broker_doctor.c: `weir doctor ADDRESS`: an exit code. */
int broker_doctor(const char *address);

/* For those of each broker: a line; that the server cannot be asked, and why: an exit code. The
 * cure is where it is, or what is given. The command has them, and asks for a doctor; a module that
 * a program loads does without. */
BROKER_PERHAPS void broker_say(const char *what, const char *format, ...) WEIR_PRINTF(2, 3);
BROKER_PERHAPS int broker_absent(const struct node *node, const char *why);
BROKER_PERHAPS int broker_absent_for(const struct node *node, const char *why, const char *cure);

/* stage_each.c: what a stage makes of the value of each message by itself. */
weir_stream *weir_pl_each_build(weir_stream *messages WEIR_TAKES,
                                weir_stream *(*make)(weir_reader *value WEIR_TAKES,
                                                     struct node *node),
                                struct node *node);
/* The message that the last error was about, until the next poll. NULL: none, or who made items of
 * it is below a stage that rejects items. */
const weir_message *weir_pl_each_rejected(const weir_stream *stream);

/* stage_keyed.c: the records, fields of which are the key and the partition of the message that is
 * made of their line (NULL: none); and those messages, of what encodes the records of `keys`, a
 * line each. */
weir_stream *weir_pl_keys_build(weir_stream *records WEIR_TAKES, const char *key,
                                const char *partition);
weir_stream *weir_pl_keyed_build(weir_stream *lines WEIR_TAKES, weir_stream *keys WEIR_KEEPS);
/* The same messages; an error in the place of each whose field is no number of a partition. */
weir_stream *weir_pl_placed_build(weir_stream *messages WEIR_TAKES, const char *partition);

/* stage_to.c: the error is of what encodes. */
bool weir_pl_to_failed(const weir_error *error);

#endif
