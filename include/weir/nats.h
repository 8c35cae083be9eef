/* weir/nats.h: messages of NATS JetStream, in a library of its own (libweir-nats, weir-nats.pc).
 *
 *     weir_nats_from from = WEIR_NATS_FROM(.stream = "ORDERS", .consumer = "worker");
 *     weir_stream *messages = weir_nats(&from);
 *
 * What was made of them goes into a file as lines, and each is acknowledged once it is on disk:
 *
 *     static weir_line value_of(weir_message message, void *arg) { return message.value; }
 *     WEIR_MAP_FN(value_fn, value_of, weir_message, weir_line)
 *
 *     weir_stream *lines = weir_to_lines_each(weir_map(messages, &value_fn, NULL), 1 << 20);
 *     weir_forward(lines, weir_file_writer("out.log", &WEIR_FILE_OPTIONS(.append = true)))
 *
 * The same program started any number of times, on any machines, shares the work: the server deals
 * the messages out, and gives those of a process that died to another.
 *
 * At least once, always: a message is acknowledged when the mark behind it was settled
 * (weir/mark.h), which a sink does once all before it is safe. What was handed out before and not
 * settled comes again. The connection is that of cnats, whose threads receive; no poll waits for
 * them. */
#ifndef WEIR_NATS_H
#define WEIR_NATS_H

#include "weir/job.h"

WEIR_BEGIN_C

/* What is read from NATS, and how. All zero is the usual, but for `stream`. */
typedef struct weir_nats_from {
    uint32_t size;           /* sizeof(weir_nats_from) */
    const char *at;          /* "HOST:PORT", several with commas; NULL: "127.0.0.1:4222" */
    const char *credentials; /* the file of a user's credentials; NULL: none */
    const char *stream;      /* of the server's */
    const char *consumer;    /* a durable one, which all who share the work name; NULL: all messages
                                in order, and nothing is acknowledged (not of jobs) */
    const char *create;      /* a subject: stream and consumer are made where there are none. NULL:
                                it is an error that they are missing */
    bool new_only;           /* begins behind what is stored already: without a consumer, or where
                                it is made */
    uint64_t ack_wait_ns;    /* of a consumer that is made: after so long without a word a message
                                goes to another; 0: 10 s */
    uint32_t marks_max;      /* not settled; 0: 1024 */
    uint32_t receipts_max;   /* messages not settled; 0: 65 536 */
    uint32_t fetch_max;      /* messages that one request asks for; two are under way; 0: 512 */
    size_t fetch_bytes_max;  /* ... and their bytes; 0: 8 MiB; at least what the server takes as one
                                message */
    size_t message_bytes_max; /* 0: 1 MiB */
    uint32_t tries_max;       /* what was given so often, and never settled, is given up: it may be
                                 what kills those who get it; 0: it is not */
    const char *dead;         /* the subject where what is given up is published, with its headers,
                                 its subject and the reason, or, where those make it too large for
                                 the server, without; so is what is over a limit of ours. Of
                                 weir_nats() a stream must store it. NULL: none, and each that is
                                 given up is told */
    uint64_t drain_ns;        /* how long a stop waits for what is not settled; 0: 5 s */
} weir_nats_from;

/* weir_nats(&WEIR_NATS_FROM(.stream = "ORDERS", .consumer = "worker")) */
#define WEIR_NATS_FROM(...) ((weir_nats_from){.size = sizeof(weir_nats_from), __VA_ARGS__})

/* The messages of a stream; marked, where they are a consumer's. Without one each comes once and in
 * order, as long as this stream lives.
 * Shape: asks for no more than it has room for: at most 2 * fetch_max messages and twice
 * fetch_bytes_max stand in it. A mark follows each 128 messages, and whatever was there before none
 * is. At marks_max or receipts_max it waits for a mark to be settled. While something waits, here
 * or behind a mark that is open, the server is told at half the ack wait that it is worked at, also
 * when nobody polls, as long as the task has its turns.
 * Errors: not fatal, once at each change: CLOSED where the server is lost, and where it is there
 * again; LIMIT for a message over message_bytes_max, or with more than 64 headers or 16 KiB of
 * them, and for one that is given up without a `dead`, with its sequence as record; what is over a
 * limit is told also where it goes to `dead`. Fatal: ARGUMENT
 * where stream or consumer are missing, or were deleted, and where no stream stores `dead`.
 * Ends when the runtime is told to stop: what was not given yet goes back to the server at once;
 * what was given has drain_ns to be settled, then it goes back too.
 * Owns: keeps nothing of `from`. Dropped: what was not settled goes back.
 *
 * Example:
 *     weir_nats_from from = WEIR_NATS_FROM(.stream = "ORDERS", .consumer = "w", .at = nowhere);
 *     p(why(weir_nats(&from))); // -> no server answers: there is no connection yet
 *     from.stream = NULL;
 *     p(why(weir_nats(&from))); // -> nats: no stream is named
 */
WEIR_LENDS
WEIR_ITEM(weir_message)
WEIR_NEW weir_stream *weir_nats(const weir_nats_from *from);

/* How many messages the server has still to send to the consumer, to whoever of those who share it,
 * as it said with the last one that was given here. WEIR_LAG_UNKNOWN: none was yet, or `messages`
 * is no stream of weir_nats(). It asks nobody, so that it is old where nothing comes. On the thread
 * that polls the stream. Source: `nats consumer info`, unprocessed messages.
 *
 * Example:
 *     weir_stream *messages = weir_nats(&WEIR_NATS_FROM(.stream = "ORDERS", .consumer = "w"));
 *     p(yes(weir_nats_lag(messages) == WEIR_LAG_UNKNOWN)); // -> yes
 *     weir_drop(messages);
 */
WEIR_API uint64_t weir_nats_lag(const weir_stream *messages);

/* The same, each to be settled by itself: uneven work, done in any order, on any thread.
 *
 *     WEIR_PAR_FN(work, weir_job, job, struct app *, app) { ... weir_job_done(&job); }
 *     weir_par_for_each(weir_nats_jobs(&from), &work, app, 16, NULL)
 *
 * Shape: one at a time. fetch_max is 8 where nothing is said: what waits here is nobody else's. At
 * receipts_max open ones it waits. What is open is told of as above, as long as this stream is
 * there; a job may outlive it.
 * Errors, Ends: as weir_nats(). A job's reason is published with its message to `dead`, where one
 * is named, before it ends; where a stream takes it that acknowledges, it ends once it is stored
 * there. What could not be published or stored comes again. Owns: one allocation a job, and what
 * cnats received of it.
 *
 * Example:
 *     weir_nats_from from = WEIR_NATS_FROM(.stream = "ORDERS");
 *     p(why(weir_nats_jobs(&from))); // -> nats_jobs: no consumer is named
 */
WEIR_MUST_PAR_SPAWN("one slow job must not hold up the others")
WEIR_ITEM(weir_job)
WEIR_NEW weir_stream *weir_nats_jobs(const weir_nats_from *from);

/* ---- published ---- */

/* What is sent to NATS, and how. All zero is the usual. */
typedef struct weir_nats_into {
    uint32_t size;           /* sizeof(weir_nats_into) */
    const char *at;          /* as in weir_nats_from */
    const char *credentials; /* ... */
    const char *subject;     /* of all; NULL: each message's own topic */
    bool core;               /* no stream is asked whether it has it: it counts as safe when the
                                server has read it */
    uint32_t open_max;       /* not acknowledged; 0: 256 */
    size_t open_bytes_max;   /* ... and their bytes; 0: 8 MiB */
    uint64_t lost_max_ns;    /* how long a server may be away, or a stream silent; 0: 60 s */
    /* A name of an item, the same whenever it is sent, so that a repeat is dropped by the stream;
     * at most size bytes with a NUL. NULL: a message's topic, partition and offset, both halves;
     * what has none gets a number of this sink, so that only what the sink itself repeats is
     * dropped. From several servers, or where a message becomes several: say one. */
    void (*id)(const void *item, char *out, size_t size, void *arg);
    void *arg; /* WEIR_KEEPS */
} weir_nats_into;

/* weir_to_nats(items, &WEIR_NATS_INTO(.subject = "big.orders")) */
#define WEIR_NATS_INTO(...) ((weir_nats_into){.size = sizeof(weir_nats_into), __VA_ARGS__})

/* Publishes each item, a weir_line or a weir_message, lent or owned; a future of how many, once the
 * stream has acknowledged all. Marks are settled when what came before them was.
 * Shape: at most open_max are not acknowledged; holds a copy of each of those.
 * Errors: its source's, behind what came before it; CLOSED where the server is away for longer than
 * lost_max_ns, where nobody stores the subject, or nobody says so for as long (a stream of no_ack,
 * whoever else listens); with `core` also where it is lost before it has
 * read all that was published; what a stream says against a message.
 * Owns: drops each item; keeps nothing of `into`. What was published before an error may be
 * stored, or not.
 *
 * Example:
 *     weir_nats_into into =
 *         WEIR_NATS_INTO(.subject = "big", .at = nowhere, .lost_max_ns = 10 * MS);
 *     p(weir_to_nats(lines("a\nb"), &into)); // -> !CLOSED
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_to_nats(weir_stream *items WEIR_TAKES, const weir_nats_into *into);

WEIR_END_C

#endif
