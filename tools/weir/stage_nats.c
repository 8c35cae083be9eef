/* nats: the messages of NATS JetStream. */
#include <stdio.h>
#include <string.h>

#include "broker.h"
#include "report.h"
#include "stages.h"

enum { NATS_CREATE = FROM_ARGS, NATS_ACK_WAIT, NATS_FROM, NATS_CREDENTIALS };
enum { NATS_CORE = INTO_ARGS, NATS_INTO_CREDENTIALS };

static const char *consumer_of(const struct node *node)
{
    const char *slash = strchr(node->address, '/');
    return slash ? slash + 1 : NULL;
}

static bool nats_is_shared(const struct node *node)
{
    return consumer_of(node) != NULL;
}

static bool check_nats(struct node *node, const struct words *words)
{
    const char *consumer = consumer_of(node);
    bool named = node->address[0] != '/' && (!consumer || (*consumer && !strchr(consumer, '/')));
    const struct arg *args = node->args;
    bool wants = args[FROM_SETTLE].given || args[FROM_TRIES].given || args[FROM_OPEN].given ||
                 args[NATS_CREATE].given || args[NATS_ACK_WAIT].given;

    if (named && (consumer || !wants))
        return broker_check(node, words);
    report_usage(
        words, (struct span){node->first, node->end}, (struct span){0, 0}, "nats:STREAM/CONSUMER",
        named ? "settle=, tries=, open=, create= and ack_wait= are of a consumer, '%s' names none"
              : "'%s' is no STREAM/CONSUMER",
        node->address);
    return false;
}

#ifdef WEIR_HAVE_NATS
#define NATS_LACKS NULL

#include <nats/nats.h>

#include "weir/nats.h"

static weir_stream *nats_from(const struct node *node)
{
    char stream[256];
    const struct arg *args = node->args;

    snprintf(stream, sizeof stream, "%.*s", (int)strcspn(node->address, "/"), node->address);
    weir_nats_from from =
        WEIR_NATS_FROM(.at = broker_at(node), .credentials = args[NATS_CREDENTIALS].text,
                       .stream = stream, .consumer = consumer_of(node),
                       .create = args[NATS_CREATE].text,
                       .new_only = args[NATS_FROM].given && !strcmp(args[NATS_FROM].text, "new"),
                       .ack_wait_ns = args[NATS_ACK_WAIT].number,
                       .receipts_max = (uint32_t)args[FROM_OPEN].number,
                       .tries_max = (uint32_t)args[FROM_TRIES].number, .dead = args[FROM_DEAD].text,
                       .drain_ns = BROKER_DRAIN_NS);
    return weir_nats(&from);
}

static weir_stream *nats_into(weir_stream *items, const struct node *node)
{
    const struct arg *args = node->args;
    weir_nats_into into =
        WEIR_NATS_INTO(.at = broker_at(node), .credentials = args[NATS_INTO_CREDENTIALS].text,
                       .subject = node->address, .core = args[NATS_CORE].given,
                       .id = args[INTO_ID].given ? broker_id : NULL, .arg = (void *)node);
    return weir_to_nats(items, &into);
}

/* ---- doctor ---- */

static void say(const char *what, const char *text)
{
    printf("%-16s %s\n", what, text);
}

static int fail(const char *at, natsStatus status)
{
    report_plain(",at=HOST:PORT behind the address, or WEIR_NATS, says where it is",
                 "%s: no server answers: %s", at ? at : "127.0.0.1:4222",
                 natsStatus_GetText(status));
    return 1;
}

static bool say_stream(jsCtx *js, const char *name)
{
    jsStreamInfo *info = NULL;
    char text[400];
    natsStatus status = js_GetStreamInfo(&info, js, name, NULL, NULL);

    if (status != NATS_OK) {
        snprintf(text, sizeof text, "'%s' %s", name,
                 status == NATS_NOT_FOUND
                     ? "is not there: nats:STREAM/CONSUMER,create=SUBJECT makes it"
                     : natsStatus_GetText(status));
        say("stream", text);
        return false;
    }
    snprintf(text, sizeof text, "'%s': %llu messages", name, (unsigned long long)info->State.Msgs);
    say("stream", text);
    snprintf(text, sizeof text, "%lld%s", (long long)info->Config->Replicas,
             info->Config->Replicas < 3 ? ": under 3, a server that is lost takes messages along"
                                        : "");
    say("replicas", text);
    say("storage", info->Config->Storage == js_MemoryStorage
                       ? "memory: a server that ends takes all messages along"
                       : "file; synced each 2 minutes unless the server's sync_interval says "
                         "otherwise: a power cut may lose what came since");
    jsStreamInfo_Destroy(info);
    return true;
}

static bool say_consumer(jsCtx *js, const char *stream, const char *name)
{
    jsConsumerInfo *info = NULL;
    char text[400];
    natsStatus status = js_GetConsumerInfo(&info, js, stream, name, NULL, NULL);

    if (status != NATS_OK) {
        snprintf(text, sizeof text,
                 "'%s' is not there: nats:STREAM/CONSUMER,create=SUBJECT makes it", name);
        say("consumer", text);
        return false;
    }
    snprintf(text, sizeof text, "'%s': %llu to come, %lld open, %lld repeats; waits %lld s", name,
             (unsigned long long)info->NumPending, (long long)info->NumAckPending,
             (long long)info->NumRedelivered, (long long)(info->Config->AckWait / 1000000000));
    say("consumer", text);
    jsConsumerInfo_Destroy(info);
    return true;
}

static natsStatus connect_to(const struct node *node, natsConnection **out, jsCtx **js)
{
    char url[300];
    const char *at = broker_at(node);

    snprintf(url, sizeof url, "nats://%s", at ? at : "127.0.0.1:4222");
    natsStatus status = natsConnection_ConnectTo(out, url);
    return status == NATS_OK ? natsConnection_JetStream(js, *out, NULL) : status;
}

static int nats_doctor(const struct node *node)
{
    natsConnection *connection = NULL;
    jsCtx *js = NULL;
    char stream[256];
    natsStatus status = connect_to(node, &connection, &js);

    snprintf(stream, sizeof stream, "%.*s", (int)strcspn(node->address, "/"), node->address);
    bool good = status == NATS_OK && say_stream(js, stream);
    if (good && consumer_of(node))
        good = say_consumer(js, stream, consumer_of(node));
    jsCtx_Destroy(js);
    natsConnection_Destroy(connection);
    return status != NATS_OK ? fail(broker_at(node), status) : !good;
}

static const struct broker nats = {.at_env = "WEIR_NATS",
                                   .from = nats_from,
                                   .is_shared = nats_is_shared,
                                   .into = nats_into,
                                   .doctor = nats_doctor};
#else
#define NATS_LACKS "libnats (Debian: libnats-dev; -Dnats=enabled)"
static const struct broker nats = {.at_env = "WEIR_NATS", .is_shared = nats_is_shared};
#endif

const struct entry entry_nats_source = {
    .scheme = "nats:",
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
        "credentials=FILE  of a user\n" FROM_HELP
        "As a sink: a message of each line or message, safe once its stream has it; at= and\n"
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
    .build = broker_build,
    .check = check_nats,
    .gives_of = broker_gives,
    .drop = broker_drop,
    .note = broker_note,
    .lacks = NATS_LACKS,
    .broker = &nats,
};

const struct entry entry_nats_sink = {
    .scheme = "nats:",
    .usage = "nats:SUBJECT[,id=FIELD][,core][,at=HOST:PORT][,credentials=FILE]",
    .takes = FLOW_ITEMS | FLOW_RECORDS | FLOW_MESSAGES,
    .args = {INTO_ARG_SPECS, [NATS_CORE] = {.name = "core", .kind = ARG_WORD, .type = ARG_TEXT},
             [NATS_INTO_CREDENTIALS] = {.name = "credentials", .kind = ARG_KEY, .type = ARG_TEXT}},
    .consume = broker_consume,
    .check = broker_check,
    .note = broker_note,
    .lacks = NATS_LACKS,
    .broker = &nats,
};
