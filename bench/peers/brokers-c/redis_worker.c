/* A consumer of a group of Redis as one writes it by hand: reads, appends the first words to a
 * file, syncs it, acknowledges.
 *
 *   redis_worker HOST:PORT STREAM FILE N PAGE
 */

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE_MAX = 512, LINE_BYTES = 32 };

static redisReply *answered(redisContext *redis, redisReply *reply)
{
    if (!reply || reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "redis_worker: %s\n", reply ? reply->str : redis->errstr);
        exit(1);
    }
    return reply;
}

static redisContext *connect_to(const char *at)
{
    char host[80];
    const char *colon = strrchr(at, ':');
    snprintf(host, sizeof host, "%.*s", (int)(colon - at), at);
    redisContext *redis = redisConnect(host, atoi(colon + 1));
    if (!redis || redis->err) {
        fprintf(stderr, "redis_worker: %s\n", redis ? redis->errstr : "no memory");
        exit(1);
    }
    return redis;
}

/* An entry is its id, and a list of its fields: `value` and what it is. */
static size_t put_words(const redisReply *entries, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < entries->elements; i++) {
        const redisReply *value = entries->element[i]->element[1]->element[1];
        const char *end = memchr(value->str, ' ', value->len);
        size_t n = end ? (size_t)(end - value->str) : 0;
        memcpy(out + used, value->str, n < LINE_BYTES ? n : LINE_BYTES);
        used += n;
    }
    return used;
}

static void keep(int fd, const char *bytes, size_t n)
{
    if (write(fd, bytes, n) != (ssize_t)n || fdatasync(fd) != 0) {
        perror("redis_worker");
        exit(1);
    }
}

static void acknowledge(redisContext *redis, const char *stream, const redisReply *entries)
{
    const char *words[3 + PAGE_MAX] = {"XACK", stream, "hand"};
    for (size_t i = 0; i < entries->elements; i++)
        words[3 + i] = entries->element[i]->element[0]->str;
    freeReplyObject(
        answered(redis, redisCommandArgv(redis, (int)(3 + entries->elements), words, NULL)));
}

int main(int argc, char **argv)
{
    static char bytes[PAGE_MAX * LINE_BYTES];
    if (argc != 6 || atoi(argv[5]) > PAGE_MAX)
        return 2;
    redisContext *redis = connect_to(argv[1]);
    int fd = open(argv[3], O_WRONLY | O_CREAT | O_APPEND, 0644);
    freeReplyObject(answered(redis, redisCommand(redis, "XGROUP CREATE %s hand 0", argv[2])));
    for (long left = atol(argv[4]); left > 0;) {
        redisReply *reply = answered(
            redis, redisCommand(redis, "XREADGROUP GROUP hand w COUNT %s BLOCK 5000 STREAMS %s >",
                                argv[5], argv[2]));
        if (reply->type != REDIS_REPLY_ARRAY)
            return fprintf(stderr, "redis_worker: nothing comes\n"), 1;
        const redisReply *entries = reply->element[0]->element[1];
        keep(fd, bytes, put_words(entries, bytes));
        acknowledge(redis, argv[2], entries);
        left -= (long)entries->elements;
        freeReplyObject(reply);
    }
    redisFree(redis);
    return 0;
}
