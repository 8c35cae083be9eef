/* redis: the messages of a stream of Redis. */
#include <string.h>

#include "pipeline/allow.h"
#include "pipeline/broker.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

static bool redis_is_shared(const struct node *node)
{
    return node->args[REDIS_GROUP].given;
}

static bool refuse(const struct node *node, const struct words *words, const char *hint,
                   const char *message)
{
    weir_pl_note_set(words, (struct span){node->first, node->end}, (struct span){0, 0}, hint,
                     message, node->address);
    return false;
}

/* "a:1+b:1": Redis itself has no such list. */
static bool check_at(const struct node *node, const struct words *words)
{
    const struct arg *at = &node->args[FROM_AT];

    if (!at->given || !strchr(at->text, '+'))
        return true;
    return refuse(node, words, "at=HOST:PORT", "'at=' of redis: is one server, and no list");
}

/* `first` is the first of its credentials. */
static bool check_tls(const struct node *node, const struct words *words, int first)
{
    const struct arg *tls = &node->args[first + REDIS_TLS - REDIS_USER];
    bool certificate = tls[2].given, key = tls[3].given;

    if (!tls->given && (tls[1].given || certificate || key))
        return refuse(node, words, ",tls behind the address",
                      "ca=, certificate= and key= are of tls, and '%s' is asked in the clear");
    if (certificate != key)
        return refuse(node, words, "certificate=FILE,key=FILE",
                      "of certificate= and key= of '%s' one is missing");
    return true;
}

static bool check_source(struct node *node, const struct words *words)
{
    const struct arg *args = node->args;
    bool wants = args[FROM_SETTLE].given || args[FROM_TRIES].given || args[FROM_OPEN].given ||
                 args[REDIS_NAME].given || args[REDIS_CREATE].given || args[REDIS_CLAIM].given;

    if (wants && !redis_is_shared(node))
        return refuse(node, words, "redis:STREAM,group=G",
                      "settle=, tries=, open=, name=, create and claim= are of a group, '%s' names "
                      "none");
    if (redis_is_shared(node) && !args[REDIS_GROUP].text[0])
        return refuse(node, words, "redis:STREAM,group=G", "'group=' of '%s' names none");
    return check_at(node, words) && check_tls(node, words, REDIS_USER) &&
           weir_pl_broker_check(node, words);
}

static bool check_sink(struct node *node, const struct words *words)
{
    if (node->args[INTO_ID].given)
        return refuse(node, words, "leave it out: who reads leaves out what comes twice",
                      "'id=' lets a broker drop what is sent twice, and Redis drops nothing");
    return check_at(node, words) && check_tls(node, words, REDIS_INTO_USER) &&
           weir_pl_broker_check(node, words);
}

static const struct broker_calls *calls;
static const struct broker redis = {
    .name = "redis",
    .library = "libhiredis",
    .at_env = "WEIR_REDIS",
    .at_local = "127.0.0.1:6379",
    .buffers = "; two replies of 16 MiB",
    .open_max = 65536,
    .mark_items = 1,
    .counts = true,
    .is_shared = redis_is_shared,
    .cures = {{".create", "redis:STREAM,group=G,create makes them", NULL},
              {".dead", "dead=STREAM behind the address keeps them", NULL},
              {".at", "user=NAME and password=FILE behind the address", NULL},
              {".tls = NULL", "no ,tls behind the address, if it speaks in the clear", NULL},
              {"no weir_tls()", "the port that speaks TLS, or no ,tls behind the address", NULL},
              {".ca_file", ",ca=FILE with the certificate of its issuer, or its own", NULL},
              {"weir_tls_how.host", "at=HOST:PORT with a name of the certificate", NULL},
              {".certificate_file", "certificate=FILE,key=FILE behind the address", NULL},
              {".lost_max_ns", "gone=TIME at the source, to wait for longer", NULL}},
    .calls = &calls,
};

/* The first of them and those behind it, as broker.h has them. */
#define CREDENTIALS(at)                                                                            \
    [at] = {.name = "user", .kind = ARG_KEY, .type = ARG_TEXT},                                    \
    [at + 1] = {.name = "password", .kind = ARG_KEY, .type = ARG_TEXT},                            \
    [at + 2] = {.name = "db", .kind = ARG_KEY, .type = ARG_NUMBER, .max = 1 << 20},                \
    [at + 3] = {.name = "tls", .kind = ARG_WORD, .type = ARG_TEXT},                                \
    [at + 4] = {.name = "ca", .kind = ARG_KEY, .type = ARG_TEXT},                                  \
    [at + 5] = {.name = "certificate", .kind = ARG_KEY, .type = ARG_TEXT},                         \
    [at + 6] = {.name = "key", .kind = ARG_KEY, .type = ARG_TEXT}

const struct entry weir_pl_entry_redis_source = {
    .scheme = "redis:",
    .reach = ALLOW_BROKER,
    .usage = "redis:STREAM[,group=G][,tls]",
    .does = "messages of a stream of Redis; as a sink redis:STREAM",
    .help =
        "A message is acknowledged when what was made of it is safe: the same command started any\n"
        "number of times, anywhere, shares the work of a group, and what one that died had comes\n"
        "again. Records have the fields value key topic partition offset time headers, of which\n"
        "headers are what else XADD named; a stage that takes bytes or lines sees the value.\n"
        "Without a group all messages come once, in order, and nothing is acknowledged. Both go\n"
        "on, waiting for new ones, until they are stopped; lines ! take N ends by itself.\n"
        "group=G       who shares the work names the same\n"
        "at=HOST[:PORT]  the server; else $WEIR_REDIS, else 127.0.0.1:6379\n"
        "create        makes stream and group where there are none\n"
        "from=new      begins behind what is stored already: without a group, or one that is made\n"
        "name=W        of this consumer, for whoever looks at the group; weir without it\n"
        "claim=TIME    what another had for so long without a word is taken; 30s without it\n"
        "user=NAME, password=FILE  as whom; the password is the first line of the file, or\n"
        "              $WEIR_REDIS_PASSWORD\n"
        "db=N          the number of a database\n"
        "tls           in private; ca=FILE says whom to trust, if not whom the system trusts\n"
        "certificate=FILE, key=FILE  one's own, where the server asks for them\n" FROM_HELP_SETTLE
            FROM_HELP_TRIES("STREAM", "   ") FROM_HELP_GONE
    "As a sink: a message of each line or message, safe once the server has it; at=, gone=,\n"
    "user=, password=, db=, tls and what is of it are its too.\n"
    "maxlen=N      about so many are kept there, the newest ones\n"
    "replicas=N    that must have a message too, before it counts as safe",
    .example = "weir redis:orders,group=w ! from json ! where total gt 100 ! to ndjson ! redis:big",
    .gives = FLOW_MESSAGES,
    .args = {FROM_ARG_SPECS, [REDIS_GROUP] = {.name = "group", .kind = ARG_KEY, .type = ARG_TEXT},
             [REDIS_NAME] = {.name = "name", .kind = ARG_KEY, .type = ARG_TEXT},
             [REDIS_CREATE] = {.name = "create", .kind = ARG_WORD, .type = ARG_TEXT},
             [REDIS_CLAIM] = {.name = "claim", .kind = ARG_KEY, .type = ARG_TIME},
             [REDIS_FROM] =
                 {.name = "from", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "first|new"},
             CREDENTIALS(REDIS_USER)},
    .copies = true,
    .build = weir_pl_broker_build,
    .check = check_source,
    .gives_of = weir_pl_broker_gives,
    .drop = weir_pl_broker_drop,
    .put_note = weir_pl_broker_note,
    .broker = &redis,
};

const struct entry weir_pl_entry_redis_sink = {
    .scheme = "redis:",
    .reach = ALLOW_BROKER,
    .usage = "redis:STREAM[,maxlen=N][,replicas=N][,at=HOST:PORT][,tls][,gone=TIME]",
    .takes = FLOW_ITEMS | FLOW_RECORDS | FLOW_MESSAGES,
    .args = {INTO_ARG_SPECS,
             [REDIS_MAXLEN] = {.name = "maxlen",
                               .kind = ARG_KEY,
                               .type = ARG_NUMBER,
                               .min = 1,
                               .max = INT64_MAX},
             [REDIS_REPLICAS] =
                 {.name = "replicas", .kind = ARG_KEY, .type = ARG_NUMBER, .min = 1, .max = 1000},
             CREDENTIALS(REDIS_INTO_USER)},
    .consume = weir_pl_broker_consume,
    .check = check_sink,
    .put_note = weir_pl_broker_note,
    .broker = &redis,
};
