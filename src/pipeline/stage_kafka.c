/* kafka: the messages of topics of Kafka. */
#include <stdio.h>
#include <string.h>

#include "pipeline/allow.h"
#include "pipeline/broker.h"
#include "pipeline/room.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

static bool kafka_is_shared(const struct node *node)
{
    return node->args[KAFKA_GROUP].given;
}

static bool refuse(const struct node *node, const struct words *words, const char *hint,
                   const char *message, const char *of)
{
    weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0}, hint,
                     message, of);
    return false;
}

/* ---- options of librdkafka ---- */

static size_t commas(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == ',';
    return n;
}

/* KEY.OF.LIBRDKAFKA=VALUE: none of ours has a dot. One of them names code to be loaded, so all of
 * them reach as far as a command does. */
static bool take_option(struct node *node, const struct words *words, const char *text)
{
    size_t name = strcspn(text, "="), n = 0;

    if (!text[name] || !memchr(text, '.', name) ||
        !weir_pl_allow_reach(words, node->first, WEIR_ALLOW_EXEC))
        return false;
    if (!node->more)
        node->more =
            weir_pl_room_zeroed(commas(words->at[node->first].text) + 1, sizeof *node->more);
    if (!node->more)
        return weir_pl_note_no_memory(words);
    while (node->more[n])
        n++;
    node->more[n] = text;
    return true;
}

static bool is_secret(const char *option)
{
    char name[80];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(option, "="), option);
    return strstr(name, "password") || strstr(name, "secret") || strstr(name, "key.pem");
}

/* Every process of this machine can read the line. */
static bool check_secrets(const struct node *node, const struct words *words)
{
    for (const char *const *option = node->more; option && *option; option++)
        if (is_secret(*option))
            return refuse(node, words, "config=FILE, each of whose lines is NAME=VALUE",
                          "a secret does not belong on the line, where others see it", NULL);
    return true;
}

/* ---- what does not go together ---- */

static bool check_group(const struct node *node, const struct words *words)
{
    const struct arg *args = node->args;
    bool wants = args[FROM_SETTLE].given || args[FROM_OPEN].given || args[KAFKA_DRAIN].given;

    if (wants && !kafka_is_shared(node))
        return refuse(node, words, "kafka:TOPIC,group=G",
                      "settle=, open= and drain= are of a group, '%s' names none", node->address);
    if (kafka_is_shared(node) && !args[KAFKA_GROUP].text[0])
        return refuse(node, words, "kafka:TOPIC,group=G", "'group=' of '%s' names none",
                      node->address);
    return true;
}

static bool check_source(struct node *node, const struct words *words)
{
    const struct arg *args = node->args, *open = &args[FROM_OPEN];

    if (args[FROM_TRIES].given || args[FROM_DEAD].given)
        return refuse(
            node, words, "dead FILE behind a stage keeps what that cannot read",
            "'%s=' is of a broker that counts how often it gave a message, and Kafka does "
            "not",
            args[FROM_TRIES].given ? "tries" : "dead");
    if (open->given && open->number < KAFKA_MARK_ITEMS)
        return refuse(node, words, "open=128 at least: so many messages are acknowledged at once",
                      "'open=%s' is too few", open->text);
    return check_group(node, words) && check_secrets(node, words) &&
           weir_pl_broker_check(node, words);
}

static bool check_fields(const struct node *node, const struct words *words)
{
    static const struct {
        size_t arg;
        const char *message;
    } fields[] = {{KAFKA_KEY, "'key=' of '%s' names none"},
                  {KAFKA_PARTITION, "'partition=' of '%s' names none"}};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (node->args[fields[i].arg].given && !*node->args[fields[i].arg].text)
            return refuse(node, words, "leave it out, or name a field", fields[i].message,
                          node->address);
    return true;
}

static bool check_sink(struct node *node, const struct words *words)
{
    if (node->args[INTO_ID].given)
        return refuse(node, words, "key=FIELD, where messages of one name belong together",
                      "'id=' lets a broker drop what is sent twice, and Kafka drops nothing", NULL);
    if (strchr(node->address, '+'))
        return refuse(node, words, "kafka:TOPIC, and tee for another", "'%s' is more than a topic",
                      node->address);
    return check_fields(node, words) && check_secrets(node, words) &&
           weir_pl_broker_check(node, words);
}

static const struct broker_calls *calls;
static const struct broker kafka = {
    .name = "kafka",
    .library = "librdkafka",
    .at_env = "WEIR_KAFKA",
    .at_local = "127.0.0.1:9092",
    .buffers = "; 4 MiB fetched",
    .open_max = 1024 * KAFKA_MARK_ITEMS,
    .mark_items = KAFKA_MARK_ITEMS,
    .key_arg = KAFKA_KEY,
    .partition_arg = KAFKA_PARTITION,
    .is_shared = kafka_is_shared,
    .cures = {{".start", "say from=first or from=new behind the address", NULL},
              {"weir/blocking.h", "max.poll.interval.ms=600000 behind the address, say", NULL},
              {"message.max.bytes", "message.max.bytes=BYTES behind the address, and as much there",
               NULL}},
    .calls = &calls,
};

const struct entry weir_pl_entry_kafka_source = {
    .scheme = "kafka:",
    .reach = ALLOW_BROKER,
    .usage = "kafka:TOPIC[+TOPIC][,group=G]",
    .does = "messages of Kafka; as a sink kafka:TOPIC",
    .help =
        "A message is acknowledged when what was made of it is safe: the same command started any\n"
        "number of times, anywhere, shares the partitions of a group, in which messages keep "
        "their\n"
        "order, and what one that died had comes again. Records have the fields value key topic\n"
        "partition offset time headers; a stage that takes bytes or lines sees the value. Without "
        "a\n"
        "group all messages come once, and nothing is acknowledged. Both go on, waiting for new\n"
        "ones, until they are stopped; lines ! take N ends by itself.\n"
        "group=G       who shares the work names the same\n"
        "at=HOST:PORT  a broker, several with +; else $WEIR_KAFKA, else 127.0.0.1:9092\n"
        "from=first|new  where the group has no position yet: with what is stored already, or "
        "behind\n"
        "              it; it is an error that it has none without it\n"
        "drain=TIME    how long what was given has, before its partition goes to another; 5s\n"
        "NAME.OF.LIBRDKAFKA=VALUE  what its CONFIGURATION.md has: session.timeout.ms=6000\n"
        "config=FILE   ... NAME=VALUE, a line each: passwords belong there\n" FROM_HELP_SETTLE
        "open=N        messages that are not acknowledged yet, at most; 131072 without "
        "it\n" FROM_HELP_GONE
        "As a sink: a message of each line or message, safe once all in-sync replicas have it; "
        "at=,\n"
        "gone=, config= and the options of librdkafka are its too.\n"
        "key=FIELD     of messages, and of records behind `to`: what it says is the key\n"
        "partition=FIELD  ... is the number of the partition, and an error if it is no number;\n"
        "              where it is missing or empty the key says which one",
    .example =
        "weir kafka:orders,group=w,from=first ! from json ! where total gt 100 ! to ndjson ! "
        "kafka:big",
    .gives = FLOW_MESSAGES,
    .args = {FROM_ARG_SPECS, [KAFKA_GROUP] = {.name = "group", .kind = ARG_KEY, .type = ARG_TEXT},
             [KAFKA_FROM] =
                 {.name = "from", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "first|new"},
             [KAFKA_DRAIN] = {.name = "drain", .kind = ARG_KEY, .type = ARG_TIME},
             [KAFKA_CONFIG] =
                 {.name = "config", .kind = ARG_KEY, .type = ARG_TEXT, .reach = WEIR_ALLOW_EXEC}},
    .copies = true,
    .build = weir_pl_broker_build,
    .check = check_source,
    .option = take_option,
    .gives_of = weir_pl_broker_gives,
    .drop = weir_pl_broker_drop,
    .put_note = weir_pl_broker_note,
    .broker = &kafka,
};

const struct entry weir_pl_entry_kafka_sink = {
    .scheme = "kafka:",
    .reach = ALLOW_BROKER,
    .usage = "kafka:TOPIC[,key=FIELD][,partition=FIELD][,at=HOST:PORT][,gone=TIME][,config=FILE]",
    .takes = FLOW_ITEMS | FLOW_RECORDS | FLOW_MESSAGES,
    .args = {INTO_ARG_SPECS, [KAFKA_KEY] = {.name = "key", .kind = ARG_KEY, .type = ARG_TEXT},
             [KAFKA_PARTITION] = {.name = "partition", .kind = ARG_KEY, .type = ARG_TEXT},
             [KAFKA_INTO_CONFIG] =
                 {.name = "config", .kind = ARG_KEY, .type = ARG_TEXT, .reach = WEIR_ALLOW_EXEC}},
    .consume = weir_pl_broker_consume,
    .check = check_sink,
    .option = take_option,
    .put_note = weir_pl_broker_note,
    .broker = &kafka,
};
