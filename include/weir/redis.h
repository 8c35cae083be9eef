/* weir/redis.h: streams of Redis (6.2 and later), in a library of its own (libweir-redis,
 * weir-redis.pc).
 *
 *     weir_redis_from from = WEIR_REDIS_FROM(.stream = "orders", .group = "work");
 *     weir_stream *messages = weir_redis(&from);
 *
 * The same program started any number of times, on any machines, shares the work: the server deals
 * the messages out, and those of a process that died are claimed by another.
 *
 * At least once, always: a message is acknowledged when the mark behind it was settled
 * (weir/mark.h), which a sink does once all before it is safe. What was handed out before and not
 * settled comes again. The connection is weir's own, in the clear, through TLS or simulated; it
 * has no thread. Unless the server has `appendfsync always`, it may lose a second of what it said
 * is stored when its power is cut; with `everysec` up to two also when it is killed while its disk
 * is slow.
 *
 * A message has fields, as XADD writes them: "value" is its value (where none is called so: the
 * first one), "key" its key, the others are its headers, whose text ends at its first NUL. Both
 * halves of its id are offset and sub_offset. */
#ifndef WEIR_REDIS_H
#define WEIR_REDIS_H

#include "weir/job.h"
#include "weir/stream.h"
#include "weir/tls.h"

WEIR_BEGIN_C

/* Where the server is. All zero is the usual; the same for source and sink. */
typedef struct weir_redis_at {
    const char *address;   /* as weir/net.h has them; NULL: "127.0.0.1:6379" */
    const char *user;      /* NULL: the default one */
    const char *password;  /* NULL: none is said */
    uint32_t database;     /* its number */
    weir_tls_context *tls; /* NULL: in the clear */
} weir_redis_at;

/* What is read from Redis, and how. All zero is the usual, but for `stream`. */
typedef struct weir_redis_from {
    uint32_t size;      /* sizeof(weir_redis_from) */
    weir_redis_at at;   /* where the server is */
    const char *stream; /* its key */
    const char *group;  /* which all who share the work name; NULL: all messages in order, and
                           nothing is acknowledged */
    const char *name;   /* of this consumer, for whoever looks at the group; several may share one.
                           NULL: "weir" */
    bool create;        /* stream and group are made where there are none; unsaid, it is an error
                           that they are missing */
    bool new_only;      /* begins behind what is stored already: without a group, or where it is
                           made for the first time */
    uint64_t claim_ns;  /* what a process has had for so long without a word may be claimed by
                           another; 0: 30 s, at least 2 ms */
    uint32_t marks_max; /* not settled; 0: 1024 */
    uint32_t receipts_max;    /* messages not settled; 0: 65 536 */
    uint32_t fetch_max;       /* messages that are asked for at once; 0: 128, at most 4096 */
    size_t message_bytes_max; /* 0: 1 MiB */
    uint32_t tries_max;       /* what was given so often, and never settled, is given up: it may be
                                 what kills those who get it; 0: it is not */
    const char *dead;         /* the key of a stream where what is given up is put, with its
                                 headers, the key and id of its own and the reason; of what is over
                                 a limit only these, without its bytes. NULL: none, and each
                                 that is given up is told */
    uint64_t drain_ns;        /* how long a stop waits for what is not settled; 0: 5 s */
    uint64_t lost_max_ns;     /* how long the server may be away; 0: it is waited for always */
} weir_redis_from;

/* weir_redis(&WEIR_REDIS_FROM(.stream = "orders", .group = "work")) */
#define WEIR_REDIS_FROM(...) ((weir_redis_from){.size = sizeof(weir_redis_from), __VA_ARGS__})

/* The most that one reply of the server may take here, its parts included: against a server that
 * lies about a length. */
enum { WEIR_REDIS_REPLY_BYTES_MAX = 16 << 20 };

/* The messages of a stream; marked, where they are a group's. Without one each comes once and in
 * order, as long as this stream lives.
 * Shape: a page of up to fetch_max messages is given, and a second one asked for meanwhile; a mark
 * follows each page. At marks_max or receipts_max it waits for a mark to be
 * settled. Each eighth time, and at least at half of claim_ns, it asks for a page of what others
 * were given and left instead; `tries` of such messages is the group's count. While something
 * waits, here or behind a mark that is open, the server is told at half of claim_ns that it is
 * worked at, also when nobody polls, as long as the task has its turns. Idle, it asks once in 5 s.
 * Errors: not fatal, once at each change: CLOSED where the server is lost, or loads its data, and
 * where it is there again, before what came with it; it is tried again after 50 ms to 1 s. LIMIT
 * for a message over message_bytes_max, or with more than 64 headers or 16 KiB of them, and for one
 * that is given up without a `dead`: with the first half of its id as record; it counts as given,
 * and what is over a limit is told also where it goes to `dead`. A
 * page over WEIR_REDIS_REPLY_BYTES_MAX is cut there, and a single message over that is over a
 * limit: the connection is made anew, which is told as a loss, and the rest is asked for. Where
 * several share a name they may get some of that rest twice. Fatal:
 * ARGUMENT where stream or group are missing, or were deleted; what else the server says; LIMIT of
 * a reply over that which is no page; CLOSED where the server is away, or silent from the first,
 * for longer than lost_max_ns, or has never served and refuses TLS, our certificate say; CORRUPT
 * where we refuse its: a certificate that is refused would be refused again. Ends when the runtime
 * is told to stop: what was not given yet goes back to the group at once; what was given has
 * drain_ns to be settled, then it goes back too. Owns: keeps nothing of `from`, holds its TLS
 * context. Dropped: what was settled is acknowledged, what was not goes back, without waiting for
 * either.
 *
 * Example:
 *     weir_redis_from from = WEIR_REDIS_FROM(.stream = "orders", .group = "work");
 *     from.at.address = nowhere;
 *     from.lost_max_ns = 10 * MS; // and then it is fatal
 *     p(weir_settle_here(weir_redis(&from))); // -> !CLOSED !CLOSED
 */
WEIR_LENDS
WEIR_ITEM(weir_message)
WEIR_NEW weir_stream *weir_redis(const weir_redis_from *from);

/* How many messages the server has still to give to the group, to whoever is of it. Each call asks
 * for it, once a second at most, and gives what the last answer was: WEIR_LAG_UNKNOWN, where there
 * was none yet, without a group, where the server does not know it (before Redis 7.0; after a
 * message was deleted), or where `messages` is no stream of weir_redis(). On the thread that polls
 * the stream. Source: XINFO GROUPS, lag.
 *
 * Example:
 *     weir_stream *messages = weir_redis(&WEIR_REDIS_FROM(.stream = "orders", .group = "w"));
 *     p(yes(weir_redis_lag(messages) == WEIR_LAG_UNKNOWN)); // -> yes
 *     weir_drop(messages);
 */
WEIR_API uint64_t weir_redis_lag(weir_stream *messages);

/* The same, each to be settled by itself: uneven work, done in any order, on any thread.
 *
 *     WEIR_PAR_FN(work, weir_job, job, struct app *, app) { ... weir_job_done(&job); }
 *     weir_par_for_each(weir_redis_jobs(&from), &work, app, 16, NULL)
 *
 * Shape: one at a time. fetch_max is 8 where nothing is said: what waits here is nobody else's. At
 * receipts_max open ones it waits. What is open is told of as above, as long as this stream is
 * there; so is what is to come again after a while, until then.
 * Errors, Ends: as weir_redis(); what is over a limit is acknowledged: nobody else could take it
 * either. A job that is given up goes to `dead` with its reason, and is acknowledged once it is
 * stored there. Owns: two allocations a job. Dropped: a job that ends later
 * is told to nobody, and comes again.
 *
 * Example:
 *     weir_redis_from from = WEIR_REDIS_FROM(.stream = "orders"); // of which group?
 *     p(why(weir_redis_jobs(&from))); // -> redis_jobs: no group is named
 */
WEIR_MUST_PAR_SPAWN("one slow job must not hold up the others")
WEIR_ITEM(weir_job)
WEIR_NEW weir_stream *weir_redis_jobs(const weir_redis_from *from);

/* ---- stored ---- */

/* What is sent to Redis, and how. All zero is the usual. */
typedef struct weir_redis_into {
    uint32_t size;         /* sizeof(weir_redis_into) */
    weir_redis_at at;      /* as in weir_redis_from */
    const char *stream;    /* the key for all; NULL: each message's own topic */
    uint64_t maxlen;       /* about so many are kept there, the newest ones; 0: all */
    uint32_t replicas;     /* that must have a message before it counts as stored (WAIT); 0: none */
    uint32_t open_max;     /* not answered; 0: 256 */
    size_t open_bytes_max; /* ... and their bytes; 0: 8 MiB */
    uint64_t lost_max_ns;  /* how long a server, or a replica, may be away; 0: 60 s */
} weir_redis_into;

/* weir_to_redis(items, &WEIR_REDIS_INTO(.stream = "big.orders")) */
#define WEIR_REDIS_INTO(...) ((weir_redis_into){.size = sizeof(weir_redis_into), __VA_ARGS__})

/* Appends each item, a weir_line or a weir_message, lent or owned, to a stream; a future of how
 * many, once the server has answered all. Marks are settled when what came before them was.
 * Shape: at most open_max are not answered, or not known of their replicas; holds a copy of each of
 * those, and one item more than open_bytes_max.
 * Errors: its source's, behind what came before it; CLOSED where the server, or a replica, is away
 * for longer than lost_max_ns; CORRUPT as weir_redis(); USER: what the server says against a
 * message.
 * Owns: drops each item; keeps nothing of `into`, holds its TLS context. What was sent before an
 * error may be stored, or not; what was not answered, or is not known of its replicas, when the
 * server was lost is sent again, to whoever serves then, and may be stored twice.
 *
 * Example:
 *     weir_redis_into into =
 *         WEIR_REDIS_INTO(.stream = "big", .at = {.address = nowhere}, .lost_max_ns = 10 * MS);
 *     p(weir_to_redis(lines("a\nb"), &into)); // -> !CLOSED
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_to_redis(weir_stream *items WEIR_TAKES, const weir_redis_into *into);

WEIR_END_C

#endif
