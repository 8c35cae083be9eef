/* nats: the messages of NATS JetStream. */
#include <string.h>

#include "pipeline/allow.h"
#include "pipeline/broker.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

const char *weir_pl_broker_nats_consumer(const struct node *node)
{
    const char *slash = strchr(node->address, '/');
    return slash ? slash + 1 : NULL;
}

static bool nats_is_shared(const struct node *node)
{
    return weir_pl_broker_nats_consumer(node) != NULL;
}

static bool check_nats(struct node *node, const struct words *words)
{
    const char *consumer = weir_pl_broker_nats_consumer(node);
    bool named = node->address[0] != '/' && (!consumer || (*consumer && !strchr(consumer, '/')));
    const struct arg *args = node->args;
    bool wants = args[FROM_SETTLE].given || args[FROM_TRIES].given || args[FROM_OPEN].given ||
                 args[NATS_CREATE].given || args[NATS_ACK_WAIT].given;

    if (named && (consumer || !wants))
        return weir_pl_broker_check(node, words);
    weir_pl_note_set(
        words, (struct span){node->first, node->end}, (struct span){0, 0}, "nats:STREAM/CONSUMER",
        named ? "settle=, tries=, open=, create= and ack_wait= are of a consumer, '%s' names none"
              : "'%s' is no STREAM/CONSUMER",
        node->address);
    return false;
}

static const struct broker_calls *calls;
static const struct broker nats = {
    .name = "nats",
    .library = "libnats",
    .at_env = "WEIR_NATS",
    .at_local = "127.0.0.1:4222",
    .open_max = 65536,
    .mark_items = 1,
    .counts = true,
    .key_arg = INTO_ID,
    .is_shared = nats_is_shared,
    .cures = {{".create", "make it, or say create=SUBJECT behind the address",
               "make it on the server"},
              {"another one as .dead", "a stream of that subject, or another dead=SUBJECT", NULL},
              {".dead", "dead=SUBJECT behind the address keeps them", NULL},
              {".credentials",
               "credentials=FILE behind the address, of a user that the server knows", NULL}},
    .calls = &calls,
};

const struct entry weir_pl_entry_nats_source = {
    .scheme = "nats:",
    .reach = ALLOW_BROKER,
    .usage = "nats:STREAM[/CONSUMER]",
    .does = "messages of NATS JetStream; as a sink nats:SUBJECT",
    .help =
        "A message is acknowledged when what was made of it is safe: the same command started any\n"
        "number of times, anywhere, shares the work, and what one that died had comes again.\n"
        "Records have the fields value key topic partition offset time headers; a stage that\n"
        "takes bytes or lines sees the value. Without a CONSUMER all messages come once, in\n"
        "order, and nothing is acknowledged. Both go on, waiting for new ones, until they are\n"
        "stopped; lines ! take N ends by itself.\n"
        "at=HOST:PORT  the server, several with +; else $WEIR_NATS, else 127.0.0.1:4222\n"
        "create=SUBJECT  makes stream and consumer where there are none; a shell wants "
        "\"orders.>\"\n"
        "              in quotes\n"
        "ack_wait=TIME of a consumer that is made; 10s without it\n"
        "from=new      begins behind what is stored already\n"
        "credentials=FILE  of a user\n" FROM_HELP_SETTLE FROM_HELP_TRIES("SUBJECT", "  ")
            FROM_HELP_GONE
    "As a sink: a message of each line or message, safe once its stream has it; at=, gone= and\n"
    "credentials= are its too.\n"
    "id=FIELD      of messages, and of records behind `to`: its name; what is sent twice "
    "under\n"
    "              one name is stored once\n"
    "core          no stream is asked: sent, and nothing more",
    .example = "weir nats:ORDERS/w ! from json ! where total gt 100 ! to ndjson ! nats:big.orders",
    .gives = FLOW_MESSAGES,
    .args =
        {FROM_ARG_SPECS, [NATS_CREATE] = {.name = "create", .kind = ARG_KEY, .type = ARG_TEXT},
         [NATS_ACK_WAIT] = {.name = "ack_wait", .kind = ARG_KEY, .type = ARG_TIME},
         [NATS_FROM] = {.name = "from", .kind = ARG_KEY, .type = ARG_CHOICE, .choice = "first|new"},
         [NATS_CREDENTIALS] = {.name = "credentials", .kind = ARG_KEY, .type = ARG_TEXT}},
    .copies = true,
    .build = weir_pl_broker_build,
    .check = check_nats,
    .gives_of = weir_pl_broker_gives,
    .drop = weir_pl_broker_drop,
    .put_note = weir_pl_broker_note,
    .broker = &nats,
};

const struct entry weir_pl_entry_nats_sink = {
    .scheme = "nats:",
    .reach = ALLOW_BROKER,
    .usage = "nats:SUBJECT[,id=FIELD][,core][,at=HOST:PORT][,gone=TIME][,credentials=FILE]",
    .takes = FLOW_ITEMS | FLOW_RECORDS | FLOW_MESSAGES,
    .args = {INTO_ARG_SPECS, [NATS_CORE] = {.name = "core", .kind = ARG_WORD, .type = ARG_TEXT},
             [NATS_INTO_CREDENTIALS] = {.name = "credentials", .kind = ARG_KEY, .type = ARG_TEXT}},
    .consume = weir_pl_broker_consume,
    .check = weir_pl_broker_check,
    .put_note = weir_pl_broker_note,
    .broker = &nats,
};
