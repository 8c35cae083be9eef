/* The server of these tests. */

#include "broker.h"

#include <sys/stat.h>
#include <sys/wait.h>

struct broker broker;

/* ---- the process ---- */

/* It writes before it answers, so that what it said is there when it was killed. With everysec it
 * puts that off for up to 2 s while the disk is slow. */
static void run_server(void)
{
    char port[16];
    snprintf(port, sizeof port, "%d", broker.port);
    execl(WEIR_REDIS_SERVER, "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir",
          broker.dir, "--save", "", "--appendonly", "yes", "--appendfsync", "no",
          "--repl-diskless-sync-delay", "0", (char *)NULL);
}

static bool is_there(void)
{
    redisReply *reply = NULL;
    if (broker.own)
        redisFree(broker.own);
    broker.own = redisConnectWithTimeout("127.0.0.1", broker.port, (struct timeval){2, 0});
    if (broker.own && !broker.own->err) {
        redisSetTimeout(broker.own, (struct timeval){20, 0});
        reply = redisCommand(broker.own, "PING");
    }
    bool there = reply && reply->type == REDIS_REPLY_STATUS;
    freeReplyObject(reply);
    return there;
}

void broker_start(void)
{
    broker.pid = rig_start(broker.dir, run_server);
    for (unsigned waited = 0; !is_there();)
        if ((waited += wait_ms(10)) > 10000 || waitpid(broker.pid, NULL, WNOHANG))
            fail_msg("redis-server does not start: see %s/log", broker.dir);
}

void broker_kill(void)
{
    rig_kill(broker.pid);
}

static void run_copy(void)
{
    char port[16], own[16];
    snprintf(port, sizeof port, "%d", broker.port);
    snprintf(own, sizeof own, "%d", rig_free_port());
    execl(WEIR_REDIS_SERVER, "redis-server", "--port", own, "--bind", "127.0.0.1", "--save", "",
          "--replicaof", "127.0.0.1", port, (char *)NULL);
}

pid_t broker_copy(void)
{
    return rig_start(broker.dir, run_copy);
}

bool broker_begin(void)
{
    if (!rig_has(WEIR_REDIS_SERVER, "redis-server"))
        return false;
    broker = (struct broker){.dir = "/tmp/weir-redis-XXXXXX", .port = rig_free_port()};
    assert_non_null(mkdtemp(broker.dir));
    snprintf(broker.at, sizeof broker.at, "127.0.0.1:%d", broker.port);
    broker_start();
    return true;
}

void broker_forget(void)
{
    broker_kill();
    rig_remove(broker.dir);
    assert_int_equal(mkdir(broker.dir, 0700), 0);
    broker_start();
}

void broker_end(void)
{
    redisFree(broker.own);
    broker_kill();
    rig_remove(broker.dir);
}

/* ---- what it keeps ---- */

static redisReply *said(redisReply *reply)
{
    if (!reply)
        fail_msg("redis-server: %s", broker.own->errstr);
    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("redis-server: %s", reply->str);
    return reply;
}

long long broker_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = said(redisvCommand(broker.own, format, args));
    va_end(args);
    long long n = reply->type == REDIS_REPLY_ARRAY ? (long long)reply->elements : reply->integer;
    freeReplyObject(reply);
    return n;
}

void broker_make(const char *stream)
{
    broker_say("XGROUP CREATE %s g 0 MKSTREAM", stream);
}

void broker_add(const char *stream, unsigned from, unsigned n, size_t bytes)
{
    char text[32], *body = malloc(bytes + sizeof text);
    redisReply *reply;
    for (unsigned i = from; i < from + n; i++) {
        size_t size = (size_t)snprintf(text, sizeof text, "%u ", i);
        memset(body, ' ', bytes + sizeof text);
        memcpy(body, text, size);
        redisAppendCommand(broker.own, "XADD %s * value %b", stream, body,
                           size > bytes ? size : bytes);
    }
    free(body);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(redisGetReply(broker.own, (void **)&reply), REDIS_OK);
        freeReplyObject(said(reply));
    }
}

long long broker_pending(const char *stream)
{
    redisReply *reply = said(redisCommand(broker.own, "XPENDING %s g", stream));
    long long n = reply->element[0]->integer;
    freeReplyObject(reply);
    return n;
}

bool broker_pending_is(const char *stream, long long wanted)
{
    long long n = -1;
    for (unsigned waited = 0; waited < 5000; waited += wait_ms(20))
        if ((n = broker_pending(stream)) == wanted)
            return true;
    fprintf(stderr, "%s: %lld not acknowledged\n", stream, n);
    return false;
}

static bool is_field(const redisReply *group, const char *name, long long *value)
{
    for (size_t i = 0; i + 1 < group->elements; i += 2)
        if (!strcmp(group->element[i]->str, name)) {
            *value = group->element[i + 1]->integer;
            return group->element[i + 1]->type == REDIS_REPLY_INTEGER;
        }
    return false;
}

static bool is_done(const char *stream)
{
    redisReply *reply = said(redisCommand(broker.own, "XINFO GROUPS %s", stream));
    long long lag = -1, pending = -1;
    bool known = is_field(reply->element[0], "lag", &lag) &&
                 is_field(reply->element[0], "pending", &pending);
    freeReplyObject(reply);
    return known && !lag && !pending;
}

/* ---- as others have it too ---- */

static const char *dir(void)
{
    return broker.dir;
}

static const char *at(void)
{
    return broker.at;
}

static void make(const char *stream, unsigned away_ms)
{
    (void)away_ms;
    broker_make(stream);
}

static weir_stream *read_messages(const char *stream, const struct limits *limits)
{
    return weir_redis(&WEIR_REDIS_FROM(.at.address = broker.at, .stream = stream, .group = "g",
                                       .claim_ns = limits->away_ms * 1000000ull,
                                       .message_bytes_max = limits->message_bytes_max,
                                       .receipts_max = limits->receipts_max,
                                       .fetch_max = limits->fetch_max,
                                       .drain_ns = limits->drain_ns));
}

static uint64_t open_ones(const char *stream)
{
    return (uint64_t)broker_pending(stream);
}

static uint64_t idle_ones(const char *stream)
{
    return (uint64_t)broker_say("XPENDING %s g IDLE 1400 - + 100", stream);
}

const struct engine engine = {.worker = WEIR_REDIS_WORKER,
                              .long_kill = "WEIR_REDIS_KILL",
                              .dir = dir,
                              .at = at,
                              .start = broker_start,
                              .kill = broker_kill,
                              .make = make,
                              .add = broker_add,
                              .read = read_messages,
                              .open = open_ones,
                              .is_done = is_done,
                              .strayed = idle_ones};
