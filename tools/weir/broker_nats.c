/* NATS JetStream: what libweir-nats and cnats do for the command. */
#include <nats/nats.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/broker.h"
#include "weir/nats.h"

static weir_stream *nats_from(const struct node *node)
{
    char stream[256];
    const struct arg *args = node->args;

    snprintf(stream, sizeof stream, "%.*s", (int)strcspn(node->address, "/"), node->address);
    weir_nats_from from =
        WEIR_NATS_FROM(.at = weir_pl_broker_at(node), .credentials = args[NATS_CREDENTIALS].text,
                       .stream = stream, .consumer = weir_pl_broker_nats_consumer(node),
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
        WEIR_NATS_INTO(.at = weir_pl_broker_at(node),
                       .credentials = args[NATS_INTO_CREDENTIALS].text, .subject = node->address,
                       .core = args[NATS_CORE].given, .lost_max_ns = weir_pl_broker_lost_ns(node),
                       .id = args[INTO_ID].given ? weir_pl_broker_id : NULL, .arg = (void *)node);
    return weir_to_nats(items, &into);
}

static uint64_t nats_lag(weir_stream *messages)
{
    return weir_nats_lag(messages);
}

/* ---- doctor ---- */

static bool say_stream(jsCtx *js, const char *name)
{
    jsStreamInfo *info = NULL;
    natsStatus status = js_GetStreamInfo(&info, js, name, NULL, NULL);

    if (status != NATS_OK) {
        broker_say("stream", "'%s' %s", name,
                   status == NATS_NOT_FOUND
                       ? "is not there: nats:STREAM/CONSUMER,create=SUBJECT makes it"
                       : natsStatus_GetText(status));
        return false;
    }
    broker_say("stream", "'%s': %llu message%s", name, (unsigned long long)info->State.Msgs,
               info->State.Msgs == 1 ? "" : "s");
    broker_say("replicas", "%lld%s", (long long)info->Config->Replicas,
               info->Config->Replicas < 3 ? ": under 3, a server that is lost takes messages along"
                                          : "");
    broker_say("storage", "%s",
               info->Config->Storage == js_MemoryStorage
                   ? "memory: a server that ends takes all messages along"
                   : "file; synced each 2 minutes unless the server's sync_interval says "
                     "otherwise: a power cut may lose what came since");
    jsStreamInfo_Destroy(info);
    return true;
}

static bool say_consumer(jsCtx *js, const char *stream, const char *name)
{
    jsConsumerInfo *info = NULL;
    natsStatus status = js_GetConsumerInfo(&info, js, stream, name, NULL, NULL);

    if (status != NATS_OK) {
        broker_say("consumer", "'%s' is not there: nats:STREAM/CONSUMER,create=SUBJECT makes it",
                   name);
        return false;
    }
    broker_say("consumer", "'%s': %llu to come, %lld open, %lld repeat%s; waits %lld s", name,
               (unsigned long long)info->NumPending, (long long)info->NumAckPending,
               (long long)info->NumRedelivered, info->NumRedelivered == 1 ? "" : "s",
               (long long)(info->Config->AckWait / 1000000000));
    jsConsumerInfo_Destroy(info);
    return true;
}

static natsStatus connect_to(const struct node *node, natsConnection **out, jsCtx **js)
{
    char url[300];

    snprintf(url, sizeof url, "nats://%s", weir_pl_broker_at(node));
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
    if (good && weir_pl_broker_nats_consumer(node))
        good = say_consumer(js, stream, weir_pl_broker_nats_consumer(node));
    jsCtx_Destroy(js);
    natsConnection_Destroy(connection);
    return status != NATS_OK ? broker_absent(node, natsStatus_GetText(status)) : !good;
}

const struct broker_calls broker_nats_calls = {BROKER_VERSION, .from = nats_from, .into = nats_into,
                                               .lag = nats_lag, .doctor = nats_doctor};
