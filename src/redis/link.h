/* One connection to the server: what is asked on it, in order, and what is answered. What was asked
 * stands here until it is answered, or let go of, and is asked again on the next connection when
 * this one is lost: so nothing else has to know of that. Belongs to one stage, on its worker. */
#ifndef WEIR_REDIS_LINK_H
#define WEIR_REDIS_LINK_H

#include "redis/resp.h"
#include "weir/cx.h"
#include "weir/duplex.h"
#include "weir/redis.h"

/* Bytes that grow at their end and go at their beginning. */
struct weir_redis_bytes {
    char *at;
    size_t begin, end, room;
};

struct weir_redis_asked {
    uint32_t what; /* the owner's word for it */
    uint32_t bytes;
    uint64_t first, second; /* the owner's too */
};

struct weir_redis_link {
    /* Said once, in one block. */
    char *said;
    size_t said_bytes;
    const char *address, *host;
    weir_tls_context *tls;
    struct weir_redis_bytes greeting;
    uint32_t greetings;   /* commands in it */
    size_t last_greeting; /* where the last of them begins */

    /* What was asked. `answered`: READY: go on. ERROR, which cx describes: fatal, that is all;
     * else the connection is given up for it. */
    struct weir_redis_asked *asked;
    uint32_t head, n, room;
    uint32_t heard;     /* of these, the first ones that were answered, but not let go of */
    size_t heard_bytes; /* ... and theirs */
    bool keeps;         /* they stay until their owner lets go of them */
    struct weir_redis_bytes bytes; /* ... of it, and of the one that is made now */
    size_t made;                   /* where that one begins, behind `begin` */
    bool failed;                   /* it did not fit */
    bool starved;                  /* one of them did not: the connection is given up for it */
    weir_poll (*answered)(struct weir_redis_link *self, weir_cx *cx,
                          const struct weir_redis_asked *asked);

    weir_duplex io;
    bool dialled;
    bool up;           /* it was greeted, and said that it serves */
    bool served;       /* that was so, of this connection or one before */
    size_t sent;       /* of the greeting, then of `bytes` */
    uint32_t welcomed; /* answers to the greeting */
    bool too_large;    /* the answer to that, which is not asked again */
    struct weir_redis_asked large;
    struct weir_resp_reply cut; /* ... as far as it came */
    struct weir_resp resp;
    uint64_t retry_ns, pause_ns, heard_ns;
    uint64_t away_ns; /* not up: since when, by the first that was tried of it; 0: it was not */
};

/* false: no memory. */
bool weir_redis_link_init(struct weir_redis_link *self, const weir_redis_at *at);

/* One more command of the greeting. false: no memory. */
bool weir_redis_greet(struct weir_redis_link *self, uint32_t n, const char *const *words);

/* In the place of the last one, of words that are no longer: from the next connection on. */
void weir_redis_greet_instead(struct weir_redis_link *self, uint32_t n, const char *const *words);

/* The connection goes at once; what is still unsent is tried once. */
void weir_redis_link_end(struct weir_redis_link *self);

/* ---- asking ---- */

/* A command of n words, then each of them; then it is asked. false: no memory, and it is not. */
void weir_redis_ask(struct weir_redis_link *self, uint32_t n);
void weir_redis_word(struct weir_redis_link *self, const void *bytes, size_t n);
void weir_redis_text(struct weir_redis_link *self, const char *text);
void weir_redis_number(struct weir_redis_link *self, uint64_t number);
void weir_redis_id(struct weir_redis_link *self, uint64_t first, uint64_t second);
bool weir_redis_asks(struct weir_redis_link *self, const weir_cx *cx, uint32_t what, uint64_t first,
                     uint64_t second);

/* Not answered yet. */
static inline uint32_t weir_redis_unheard(const struct weir_redis_link *self)
{
    return self->n - self->heard;
}

/* The first of what was asked, and answered, is not asked again. */
void weir_redis_let_go(struct weir_redis_link *self);

/* ---- what comes of it ---- */

/* Connects, sends, hears. PENDING: it will wake, or weir_redis_due_ns() has to be waited for.
 * READY: something was answered. ERROR: fatal, or the connection is lost and will be tried again.
 */
weir_poll weir_redis_link_poll(struct weir_redis_link *self, weir_cx *cx);
uint64_t weir_redis_due_ns(const struct weir_redis_link *self);

/* When it will not have served for max_ns, if it goes on so; UINT64_MAX: it serves. */
static inline uint64_t weir_redis_away_due_ns(const struct weir_redis_link *self, uint64_t max_ns)
{
    return self->up ? UINT64_MAX : weir_after_ns(self->away_ns, max_ns);
}

/* What it says against something, which is no cause to try again. ERROR, fatal. */
weir_poll weir_redis_refused(const struct weir_redis_link *self, weir_cx *cx);

static inline const struct weir_resp_reply *weir_redis_reply(const struct weir_redis_link *self)
{
    return &self->resp.reply;
}

static inline bool weir_redis_is_error(const struct weir_redis_link *self, const char *word)
{
    weir_line text = weir_resp_text(&self->resp.reply, 0);
    size_t n = __builtin_strlen(word);
    return weir_resp_at(&self->resp.reply, 0).kind == WEIR_RESP_ERROR && text.size >= n &&
           !__builtin_memcmp(text.data, word, n);
}

/* What it holds at most, if so many bytes are asked at once. */
size_t weir_redis_link_memory_max(size_t asked_bytes, uint32_t asked_max);

#endif
