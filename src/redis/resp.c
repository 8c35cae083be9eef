/* Replies as parts, through hiredis' reader. */

#include "redis/resp.h"

#include <hiredis/hiredis.h>
#include <string.h>

#include "weir/alloc.h"
#include "weir/redis.h"

#if HIREDIS_MAJOR >= 1
typedef size_t elements;
#else
typedef int elements;
#endif

/* ---- parts ---- */

void weir_resp_reply_drop(struct weir_resp_reply *self)
{
    weir_release(self->parts, self->room * sizeof *self->parts);
    weir_release(self->bytes, self->bytes_room);
    *self = (struct weir_resp_reply){0};
}

struct weir_resp_part weir_resp_at(const struct weir_resp_reply *self, uint32_t at)
{
    return at < self->n ? self->parts[at] : (struct weir_resp_part){.kind = WEIR_RESP_NIL};
}

weir_line weir_resp_text(const struct weir_resp_reply *self, uint32_t at)
{
    struct weir_resp_part part = weir_resp_at(self, at);
    if (part.kind < WEIR_RESP_TEXT)
        return (weir_line){"", 0};
    return (weir_line){self->bytes + part.value, part.n};
}

bool weir_resp_is_whole(const struct weir_resp_reply *self, uint32_t at, uint32_t *behind)
{
    uint64_t left = 1;
    for (; left && at < self->n; at++) {
        left--;
        if (self->parts[at].kind == WEIR_RESP_ARRAY)
            left += self->parts[at].n;
    }
    *behind = at;
    return !left;
}

uint32_t weir_resp_behind(const struct weir_resp_reply *self, uint32_t at)
{
    uint32_t behind;
    (void)weir_resp_is_whole(self, at, &behind);
    return behind;
}

static bool has_part(struct weir_resp_reply *self)
{
    if (self->n < self->room)
        return true;
    uint32_t room = self->room ? self->room * 2 : 64;
    size_t size = sizeof *self->parts;
    void *parts = weir_resize(self->parts, self->room * size, room * size);
    if (!parts)
        return false;
    self->parts = parts;
    self->room = room;
    return true;
}

static bool has_bytes(struct weir_resp_reply *self, size_t n)
{
    if (n <= self->bytes_room - self->used)
        return true;
    size_t room = self->bytes_room ? self->bytes_room * 2 : 4096;
    while (room - self->used < n)
        room *= 2;
    char *bytes = weir_resize(self->bytes, self->bytes_room, room);
    if (!bytes)
        return false;
    self->bytes = bytes;
    self->bytes_room = room;
    return true;
}

/* ---- what hiredis calls; NULL: it stops ---- */

static void *add(struct weir_resp *self, struct weir_resp_part part)
{
    struct weir_resp_reply *reply = &self->reply;
    if (!has_part(reply)) {
        self->wrong = WEIR_E_MEMORY;
        return NULL;
    }
    reply->parts[reply->n++] = part;
    return self;
}

static enum weir_resp_kind kind_of(const redisReadTask *task)
{
    if (task->type == REDIS_REPLY_ERROR)
        return WEIR_RESP_ERROR;
    return task->type == REDIS_REPLY_STATUS ? WEIR_RESP_STATUS : WEIR_RESP_TEXT;
}

static void *add_text(const redisReadTask *task, char *text, size_t n)
{
    struct weir_resp *self = task->privdata;
    struct weir_resp_reply *reply = &self->reply;
    if (!has_bytes(reply, n + 1)) {
        self->wrong = WEIR_E_MEMORY;
        return NULL;
    }
    struct weir_resp_part part = {kind_of(task), (uint32_t)n, (int64_t)reply->used};
    memcpy(reply->bytes + reply->used, text, n);
    reply->bytes[reply->used + n] = '\0';
    reply->used += n + 1;
    return add(self, part);
}

static void *add_array(const redisReadTask *task, elements n)
{
    struct weir_resp *self = task->privdata;
    unsigned depth = 1;
    for (const redisReadTask *outer = task->parent; outer; outer = outer->parent)
        depth++;
    bool fits = (uint64_t)n <= WEIR_REDIS_REPLY_BYTES_MAX / sizeof(struct weir_resp_part);
    if (depth > WEIR_RESP_DEPTH_MAX || !fits) {
        self->wrong = WEIR_E_LIMIT;
        return NULL;
    }
    return add(self, (struct weir_resp_part){WEIR_RESP_ARRAY, (uint32_t)n, 0});
}

static void *add_integer(const redisReadTask *task, long long value)
{
    return add(task->privdata, (struct weir_resp_part){WEIR_RESP_INTEGER, 0, value});
}

static void *add_nil(const redisReadTask *task)
{
    return add(task->privdata, (struct weir_resp_part){.kind = WEIR_RESP_NIL});
}

/* It was never an object of its own. */
static void let_go(void *part)
{
    (void)part;
}

static redisReplyObjectFunctions makers = {.createString = add_text,
                                           .createArray = add_array,
                                           .createInteger = add_integer,
                                           .createNil = add_nil,
                                           .freeObject = let_go};

/* ---- bytes in ---- */

bool weir_resp_begin(struct weir_resp *self)
{
    *self = (struct weir_resp){.reader = redisReaderCreateWithFunctions(&makers)};
    if (self->reader)
        self->reader->privdata = self;
    return self->reader != NULL;
}

void weir_resp_end(struct weir_resp *self)
{
    if (self->reader)
        redisReaderFree(self->reader);
    weir_resp_reply_drop(&self->reply);
    self->reader = NULL;
}

bool weir_resp_feed(struct weir_resp *self, const unsigned char *bytes, size_t n)
{
    self->fed += n;
    return redisReaderFeed(self->reader, (const char *)bytes, n) == REDIS_OK;
}

static weir_code wrong(const struct weir_resp *self)
{
    if (self->wrong)
        return self->wrong;
    return self->reader->err == REDIS_ERR_OOM ? WEIR_E_MEMORY : WEIR_E_CORRUPT;
}

/* hiredis looks for the end of a line from its beginning each time: one without end would take ever
 * longer. Texts have their length on a line of its own. */
static bool is_endless(const redisReader *reader)
{
    size_t left = reader->len - reader->pos;
    return left > WEIR_RESP_LINE_BYTES_MAX &&
           !memchr(reader->buf + reader->pos, '\r', WEIR_RESP_LINE_BYTES_MAX);
}

weir_code weir_resp_next(struct weir_resp *self)
{
    struct weir_resp_reply *reply = &self->reply;
    void *whole = NULL;
    if (self->whole)
        reply->n = 0, reply->used = 0;
    self->whole = false;
    if (redisReaderGetReply(self->reader, &whole) != REDIS_OK)
        return wrong(self);
    self->whole = whole != NULL;
    if (self->whole)
        self->fed = self->reader->len - self->reader->pos;
    if (!self->whole && is_endless(self->reader))
        return WEIR_E_LIMIT;
    size_t cost = self->fed + (size_t)reply->n * sizeof *reply->parts;
    return self->whole || cost <= WEIR_REDIS_REPLY_BYTES_MAX ? WEIR_OK : WEIR_E_LIMIT;
}
