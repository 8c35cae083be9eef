/* Redis: what libweir-redis and hiredis do for the command. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "broker.h"
#include "weir/redis.h"

enum { PASSWORD_BYTES = 512 };

/* The first line of the file. false: it has none. */
static bool read_line(const char *path, char text[PASSWORD_BYTES])
{
    FILE *from = fopen(path, "re");
    bool has = from && fgets(text, PASSWORD_BYTES, from);

    if (from)
        fclose(from);
    text[has ? strcspn(text, "\r\n") : 0] = 0;
    return has;
}

/* What is the same of a source and a sink. */
static weir_redis_at redis_at(const struct node *node, char text[PASSWORD_BYTES])
{
    bool source = node->entry->takes == FLOW_NOTHING;
    const struct arg *user = &node->args[source ? (int)REDIS_USER : (int)REDIS_INTO_USER];
    const struct arg *password = user + 1, *database = user + 2;

    return (weir_redis_at){
        .address = broker_at(node),
        .user = user->text,
        .password = !password->given                  ? getenv("WEIR_REDIS_PASSWORD")
                    : read_line(password->text, text) ? text
                                                      : NULL,
        .database = (uint32_t)database->number,
    };
}

static const char *redis_wrong(const struct node *node, const char **cure)
{
    static char wrong[300];
    char text[PASSWORD_BYTES];
    bool source = node->entry->takes == FLOW_NOTHING;
    const struct arg *file = &node->args[source ? (int)REDIS_PASSWORD : (int)REDIS_INTO_PASSWORD];

    *cure = "password=FILE, whose first line it is";
    snprintf(wrong, sizeof wrong, "'%s' cannot be read", file->given ? file->text : "");
    return file->given && !read_line(file->text, text) ? wrong : NULL;
}

static weir_stream *redis_from(const struct node *node)
{
    const struct arg *args = node->args;
    char text[PASSWORD_BYTES];
    weir_redis_from from =
        WEIR_REDIS_FROM(.at = redis_at(node, text), .stream = node->address,
                        .group = args[REDIS_GROUP].text, .name = args[REDIS_NAME].text,
                        .create = args[REDIS_CREATE].given,
                        .new_only = args[REDIS_FROM].given && !strcmp(args[REDIS_FROM].text, "new"),
                        .claim_ns = args[REDIS_CLAIM].number,
                        .receipts_max = (uint32_t)args[FROM_OPEN].number,
                        .tries_max = (uint32_t)args[FROM_TRIES].number,
                        .dead = args[FROM_DEAD].text, .drain_ns = BROKER_DRAIN_NS);

    return weir_redis(&from);
}

static weir_stream *redis_into(weir_stream *items, const struct node *node)
{
    const struct arg *args = node->args;
    char text[PASSWORD_BYTES];
    weir_redis_into into = WEIR_REDIS_INTO(.at = redis_at(node, text), .stream = node->address,
                                           .maxlen = args[REDIS_MAXLEN].number,
                                           .replicas = (uint32_t)args[REDIS_REPLICAS].number,
                                           .lost_max_ns = broker_lost_ns(node));

    return weir_to_redis(items, &into);
}

/* ---- doctor ---- */

/* Of what stands in pairs of a name and a value. NULL: it is not there. */
static const redisReply *member(const redisReply *pairs, const char *name)
{
    for (size_t i = 0; pairs->type == REDIS_REPLY_ARRAY && i + 1 < pairs->elements; i += 2)
        if (pairs->element[i]->str && !strcmp(pairs->element[i]->str, name))
            return pairs->element[i + 1];
    return NULL;
}

static long long number_of(const redisReply *pairs, const char *name)
{
    const redisReply *value = member(pairs, name);
    return value && value->type == REDIS_REPLY_INTEGER ? value->integer : -1;
}

static redisReply *connect_as(redisContext *server, const struct node *node)
{
    char text[PASSWORD_BYTES];
    weir_redis_at at = redis_at(node, text);
    redisReply *reply = NULL;

    if (at.password && at.user)
        reply = redisCommand(server, "AUTH %s %s", at.user, at.password);
    else if (at.password)
        reply = redisCommand(server, "AUTH %s", at.password);
    if (reply && reply->type == REDIS_REPLY_ERROR)
        return reply;
    freeReplyObject(reply);
    return redisCommand(server, "SELECT %llu", (unsigned long long)at.database);
}

/* "[::1]:6379" */
static redisContext *connect_to(const char *at)
{
    char host[256];
    const char *colon = strrchr(at, ':');
    bool brackets = at[0] == '[';
    int port = colon ? atoi(colon + 1) : 6379;
    size_t n = colon ? (size_t)(colon - at) : strlen(at);

    snprintf(host, sizeof host, "%.*s", (int)(n - (brackets ? 2 : 0)), at + brackets);
    redisContext *server = redisConnectWithTimeout(host, port, (struct timeval){5, 0});
    if (server && !server->err)
        redisSetTimeout(server, (struct timeval){5, 0});
    return server;
}

/* Into text; "": the server does not say. */
static const char *setting(redisContext *server, const char *name, char *text, size_t size)
{
    redisReply *reply = redisCommand(server, "CONFIG GET %s", name);
    const redisReply *value = reply ? member(reply, name) : NULL;

    snprintf(text, size, "%s", value && value->str ? value->str : "");
    freeReplyObject(reply);
    return text;
}

static void say_storage(redisContext *server)
{
    char appends[16], syncs[16];

    setting(server, "appendonly", appends, sizeof appends);
    setting(server, "appendfsync", syncs, sizeof syncs);
    if (!*appends)
        broker_say("storage", "unknown: the server does not tell its configuration");
    else if (strcmp(appends, "yes") != 0)
        broker_say("storage",
                   "appendonly %s: a server that ends takes along what came since its "
                   "last snapshot; CONFIG SET appendonly yes",
                   appends);
    else
        broker_say("storage", "appendonly yes, appendfsync %s%s", syncs,
                   !strcmp(syncs, "always") ? ""
                   : !strcmp(syncs, "everysec")
                       ? ": a power cut may lose the last second"
                       : ": a power cut may lose what the system has not written yet");
}

static void say_replicas(redisContext *server)
{
    redisReply *reply = redisCommand(server, "INFO replication");
    const char *at = reply && reply->str ? strstr(reply->str, "connected_slaves:") : NULL;
    long n = at ? atol(at + strlen("connected_slaves:")) : 0;

    broker_say("replicas", "%ld%s", n,
               n ? "; replicas=N at a sink waits for them"
                 : ": a server that is lost takes messages along");
    freeReplyObject(reply);
}

static bool say_stream(redisContext *server, const char *name)
{
    redisReply *reply = redisCommand(server, "XINFO STREAM %s", name);
    bool there = reply && reply->type == REDIS_REPLY_ARRAY;

    if (there)
        broker_say("stream", "'%s': %lld messages", name, number_of(reply, "length"));
    else
        broker_say("stream", "'%s' is not there: redis:STREAM,group=G,create makes it", name);
    freeReplyObject(reply);
    return there;
}

/* "3 to come, 0 open, 1 consumers" */
static void say_group_of(const redisReply *group, const char *name)
{
    long long lag = number_of(group, "lag");
    char to_come[32] = "unknown";

    if (lag >= 0)
        snprintf(to_come, sizeof to_come, "%lld", lag);
    broker_say("group", "'%s': %s to come, %lld open, %lld consumers", name, to_come,
               number_of(group, "pending"), number_of(group, "consumers"));
}

static bool say_group(redisContext *server, const char *stream, const char *name)
{
    redisReply *reply = redisCommand(server, "XINFO GROUPS %s", stream);
    bool found = false;

    for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        const redisReply *called = member(reply->element[i], "name");
        if (!called || !called->str || strcmp(called->str, name) != 0)
            continue;
        say_group_of(reply->element[i], name);
        found = true;
    }
    if (!found)
        broker_say("group", "'%s' is not there: redis:STREAM,group=G,create makes it", name);
    freeReplyObject(reply);
    return found;
}

/* What was given longest ago and not acknowledged yet. */
static void say_oldest(redisContext *server, const char *stream, const char *group)
{
    redisReply *reply = redisCommand(server, "XPENDING %s %s - + 1", stream, group);
    const redisReply *first =
        reply && reply->type == REDIS_REPLY_ARRAY && reply->elements ? reply->element[0] : NULL;

    if (first && first->elements == 4 && first->element[0]->str && first->element[1]->str)
        broker_say("oldest open", "%s: with '%s' for %lld ms, given %lld times",
                   first->element[0]->str, first->element[1]->str, first->element[2]->integer,
                   first->element[3]->integer);
    freeReplyObject(reply);
}

static int look(redisContext *server, const struct node *node)
{
    const char *group = node->args[REDIS_GROUP].text;
    redisReply *reply = connect_as(server, node);
    int status = 1;

    if (!reply || reply->type == REDIS_REPLY_ERROR) {
        status = broker_absent(node, reply ? reply->str : server->errstr);
    } else {
        say_storage(server);
        say_replicas(server);
        bool good = say_stream(server, node->address);
        if (good && group && (good = say_group(server, node->address, group)))
            say_oldest(server, node->address, group);
        status = !good;
    }
    freeReplyObject(reply);
    return status;
}

static int redis_doctor(const struct node *node)
{
    redisContext *server = connect_to(broker_at(node));
    int status = server && !server->err
                     ? look(server, node)
                     : broker_absent(node, server ? server->errstr : "no memory");

    if (server)
        redisFree(server);
    return status;
}

const struct broker_calls broker_redis_calls = {BROKER_VERSION,        .wrong = redis_wrong,
                                                .from = redis_from,    .into = redis_into,
                                                .lag = weir_redis_lag, .doctor = redis_doctor};
