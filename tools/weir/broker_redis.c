/* Redis: what libweir-redis and hiredis do for the command. */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/broker.h"
#include "weir/net.h"
#include "weir/read.h"
#include "weir/redis.h"
#include "weir/run.h"
#include "weir/timed.h"
#include "weir/write.h"

enum { PASSWORD_BYTES = 512, WRONG_BYTES = 300 };

/* ---- where it is, and who asks ---- */

/* Of a source or a sink, whose credentials stand one behind the other. */
static const struct arg *credential(const struct node *node, int arg)
{
    bool source = node->entry->takes == FLOW_NOTHING;
    return &node->args[(source ? (int)REDIS_USER : (int)REDIS_INTO_USER) + arg - REDIS_USER];
}

/* As weir/net.h takes it; a port that nobody says is 6379. */
static const char *address_of(const struct node *node)
{
    static _Thread_local char text[BROKER_ADDRESS_BYTES + sizeof ":6379"];
    const char *at = weir_pl_broker_at(node), *colon = strrchr(at, ':'),
               *bracket = strrchr(at, ']');
    bool port = colon && (!bracket || colon > bracket);

    snprintf(text, sizeof text, "%s%s", at, port ? "" : ":6379");
    return text;
}

/* The first line of the file. NULL, or what is wrong with it. */
static const char *read_line(const char *path, char text[PASSWORD_BYTES])
{
    FILE *from = fopen(path, "re");
    bool has = from && fgets(text, PASSWORD_BYTES, from);
    int next = has && !strpbrk(text, "\r\n") ? fgetc(from) : EOF;
    bool cut = next != EOF && next != '\r' && next != '\n';

    if (from)
        fclose(from);
    text[has ? strcspn(text, "\r\n") : 0] = 0;
    return cut ? "has a first line of more than 511 bytes" : has ? NULL : "cannot be read";
}

/* NULL where it is in the clear; one reference is the caller's. */
static weir_tls_context *tls_of(const struct node *node)
{
    if (!credential(node, REDIS_TLS)->given)
        return NULL;
    return weir_tls_client(
        &(weir_tls_options){.size = sizeof(weir_tls_options),
                            .ca_file = credential(node, REDIS_CA)->text,
                            .certificate_file = credential(node, REDIS_CERTIFICATE)->text,
                            .key_file = credential(node, REDIS_KEY)->text});
}

/* What is the same of a source and a sink. The context of TLS is the caller's. */
static weir_redis_at redis_at(const struct node *node, char text[PASSWORD_BYTES])
{
    const struct arg *password = credential(node, REDIS_PASSWORD);

    return (weir_redis_at){
        .address = address_of(node),
        .user = credential(node, REDIS_USER)->text,
        .password = !password->given                   ? getenv("WEIR_REDIS_PASSWORD")
                    : !read_line(password->text, text) ? text
                                                       : NULL,
        .database = (uint32_t)credential(node, REDIS_DB)->number,
        .tls = tls_of(node),
    };
}

static bool tls_is_wrong(const struct node *node, char wrong[WRONG_BYTES], const char **cure)
{
    static _Thread_local char text[WRONG_BYTES];
    weir_tls_context *tls = tls_of(node);
    const weir_error *error =
        credential(node, REDIS_TLS)->given ? weir_tls_context_error(tls) : NULL;

    if (error) {
        snprintf(wrong, WRONG_BYTES, "%s%s%s", error->place, error->place[0] ? ": " : "",
                 error->message);
        snprintf(text, sizeof text, "%s", error->cure ? error->cure : "");
        *cure = text;
    }
    weir_tls_context_unref(tls);
    return error;
}

static const char *redis_wrong(const struct node *node, const char **cure)
{
    static _Thread_local char wrong[WRONG_BYTES];
    char text[PASSWORD_BYTES];
    const struct arg *file = credential(node, REDIS_PASSWORD);
    const char *why = file->given ? read_line(file->text, text) : NULL;

    *cure = "password=FILE, whose first line it is";
    snprintf(wrong, sizeof wrong, "'%s' %s", file->given ? file->text : "", why ? why : "");
    return why || tls_is_wrong(node, wrong, cure) ? wrong : NULL;
}

/* ---- source and sink ---- */

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
                        .dead = args[FROM_DEAD].text, .drain_ns = BROKER_DRAIN_NS,
                        .lost_max_ns = weir_pl_broker_gone_ns(node));

    weir_stream *stream = weir_redis(&from);
    weir_tls_context_unref(from.at.tls);
    return stream;
}

static weir_stream *redis_into(weir_stream *items, const struct node *node)
{
    const struct arg *args = node->args;
    char text[PASSWORD_BYTES];
    weir_redis_into into = WEIR_REDIS_INTO(.at = redis_at(node, text), .stream = node->address,
                                           .maxlen = args[REDIS_MAXLEN].number,
                                           .replicas = (uint32_t)args[REDIS_REPLICAS].number,
                                           .lost_max_ns = weir_pl_broker_lost_ns(node));

    weir_stream *stream = weir_to_redis(items, &into);
    weir_tls_context_unref(into.at.tls);
    return stream;
}

/* ---- doctor: the same connection, asked one thing after the other ---- */

#define ANSWER_NS UINT64_C(5000000000)

struct server {
    weir_rt *rt;
    weir_duplex io;
    redisReader *reader;
    weir_error error; /* why there is no answer */
};

/* false: it took too long, or failed. */
static bool done(struct server *self, weir_stream *future)
{
    uint64_t n;
    return weir_rt_run(self->rt, weir_timeout(future, ANSWER_NS), &n, &self->error) == WEIR_READY;
}

static bool say(struct server *self, const char *text, int n)
{
    return n > 0 && done(self, weir_write_all(self->io.writer, text, (size_t)n, NULL)) &&
           weir_rt_run(self->rt, weir_flush(self->io.writer), NULL, &self->error) == WEIR_READY;
}

/* NULL: no answer. */
static redisReply *hear(struct server *self)
{
    void *reply = NULL;
    char bytes[4096];

    while (redisReaderGetReply(self->reader, &reply) == REDIS_OK && !reply) {
        weir_read_buf buf = weir_read_buf_of(bytes, sizeof bytes);
        if (!done(self, weir_read(self->io.reader, &buf)))
            return NULL;
        if (!buf.filled) {
            weir_error_set(&self->error, WEIR_E_CLOSED, "the server closed the connection");
            self->error.number = ECONNRESET;
            return NULL;
        }
        redisReaderFeed(self->reader, bytes, buf.filled);
    }
    if (!reply)
        weir_error_set(&self->error, WEIR_E_CORRUPT, "what it says is no RESP");
    return reply;
}

static redisReply *ask(struct server *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static redisReply *ask(struct server *self, const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int n = redisvFormatCommand(&text, format, args);
    va_end(args);
    redisReply *reply = say(self, text, n) ? hear(self) : NULL;
    if (n > 0)
        redisFreeCommand(text);
    return reply;
}

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

static redisReply *connect_as(struct server *server, const weir_redis_at *at)
{
    redisReply *reply = NULL;

    if (at->password && at->user)
        reply = ask(server, "AUTH %s %s", at->user, at->password);
    else if (at->password)
        reply = ask(server, "AUTH %s", at->password);
    if (at->password && (!reply || reply->type == REDIS_REPLY_ERROR))
        return reply;
    freeReplyObject(reply);
    return ask(server, "SELECT %llu", (unsigned long long)at->database);
}

/* Into text; "": the server does not say. */
static const char *setting(struct server *server, const char *name, char *text, size_t size)
{
    redisReply *reply = ask(server, "CONFIG GET %s", name);
    const redisReply *value = reply ? member(reply, name) : NULL;

    snprintf(text, size, "%s", value && value->str ? value->str : "");
    freeReplyObject(reply);
    return text;
}

static void say_storage(struct server *server)
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

static void say_replicas(struct server *server)
{
    redisReply *reply = ask(server, "INFO replication");
    const char *at = reply && reply->str ? strstr(reply->str, "connected_slaves:") : NULL;
    long n = at ? atol(at + strlen("connected_slaves:")) : 0;

    broker_say("replicas", "%ld%s", n,
               n ? "; replicas=N at a sink waits for them"
                 : ": a server that is lost takes messages along");
    freeReplyObject(reply);
}

static bool say_stream(struct server *server, const char *name)
{
    redisReply *reply = ask(server, "XINFO STREAM %s", name);
    bool there = reply && reply->type == REDIS_REPLY_ARRAY;
    long long n = there ? number_of(reply, "length") : 0;

    if (there)
        broker_say("stream", "'%s': %lld message%s", name, n, n == 1 ? "" : "s");
    else
        broker_say("stream", "'%s' is not there: redis:STREAM,group=G,create makes it", name);
    freeReplyObject(reply);
    return there;
}

/* "3 to come, 0 open, 1 consumer" */
static void say_group_of(const redisReply *group, const char *name)
{
    long long lag = number_of(group, "lag"), consumers = number_of(group, "consumers");
    char to_come[32] = "unknown";

    if (lag >= 0)
        snprintf(to_come, sizeof to_come, "%lld", lag);
    broker_say("group", "'%s': %s to come, %lld open, %lld consumer%s", name, to_come,
               number_of(group, "pending"), consumers, consumers == 1 ? "" : "s");
}

static bool say_group(struct server *server, const char *stream, const char *name)
{
    redisReply *reply = ask(server, "XINFO GROUPS %s", stream);
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
static void say_oldest(struct server *server, const char *stream, const char *group)
{
    redisReply *reply = ask(server, "XPENDING %s %s - + 1", stream, group);
    const redisReply *first =
        reply && reply->type == REDIS_REPLY_ARRAY && reply->elements ? reply->element[0] : NULL;

    if (first && first->elements == 4 && first->element[0]->str && first->element[1]->str)
        broker_say("oldest open", "%s: with '%s' for %lld ms, given %lld time%s",
                   first->element[0]->str, first->element[1]->str, first->element[2]->integer,
                   first->element[3]->integer, first->element[3]->integer == 1 ? "" : "s");
    freeReplyObject(reply);
}

/* It took the connection, and had nothing to say: the one speaks TLS, and the other does not. */
static const char *tls_cure(const struct node *node, const struct server *server, bool tls)
{
    const weir_error *error = &server->error;
    bool ends = error->number == ECONNRESET || error->number == EPIPE;

    if (tls && error->code == WEIR_E_TIMEOUT)
        return "no ,tls behind the address, if it speaks in the clear";
    if (!tls && ends)
        return ",tls behind the address, if it speaks TLS";
    return error->cure ? weir_pl_broker_cure(node, error) : NULL;
}

static int tell_absent(const struct node *node, const struct server *server, bool tls)
{
    const char *cure = tls_cure(node, server, tls);

    return cure && *cure ? broker_absent_for(node, server->error.message, cure)
                         : broker_absent(node, server->error.message);
}

static int look(struct server *server, const struct node *node, const weir_redis_at *at)
{
    const char *group = node->args[REDIS_GROUP].text;
    redisReply *reply = connect_as(server, at);
    int status = 1;

    if (!reply) {
        status = tell_absent(node, server, at->tls);
    } else if (reply->type == REDIS_REPLY_ERROR) {
        status = broker_absent(node, reply->str);
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

static weir_duplex connect_to(const weir_redis_at *at)
{
    char host[BROKER_ADDRESS_BYTES];
    bool brackets = at->address[0] == '[';
    size_t n = (size_t)(strrchr(at->address, ':') - at->address);
    weir_duplex io = weir_dial(at->address, &WEIR_DIAL_OPTIONS(.timeout_ns = ANSWER_NS));

    snprintf(host, sizeof host, "%.*s", (int)n - 2 * brackets, at->address + brackets);
    return at->tls
               ? weir_tls(io, at->tls, &(weir_tls_how){.size = sizeof(weir_tls_how), .host = host})
               : io;
}

static int redis_doctor(const struct node *node)
{
    char text[PASSWORD_BYTES];
    weir_redis_at at = redis_at(node, text);
    struct server server = {.reader = redisReaderCreate()};
    int status = 1;

    server.rt = weir_rt_new(NULL, &server.error);
    if (server.rt && server.reader) {
        server.io = connect_to(&at);
        status = look(&server, node, &at);
        weir_duplex_drop(server.io);
    } else {
        status = broker_absent(node, server.rt ? "no memory" : server.error.message);
    }
    if (server.reader)
        redisReaderFree(server.reader);
    if (server.rt)
        weir_rt_drop(server.rt);
    weir_tls_context_unref(at.tls);
    return status;
}

const struct broker_calls broker_redis_calls = {BROKER_VERSION,        .wrong = redis_wrong,
                                                .from = redis_from,    .into = redis_into,
                                                .lag = weir_redis_lag, .doctor = redis_doctor};
