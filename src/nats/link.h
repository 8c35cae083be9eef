/* A connection to NATS as a source has it: what the stage, its open marks and cnats' threads share.
 *
 * cnats calls back on threads of its own: messages go into a ring with room for all that was asked
 * for, what happens to the connection becomes a flag, and the worker is woken. Everything below is
 * under the lock but for what is said once. */
#ifndef WEIR_NATS_LINK_H
#define WEIR_NATS_LINK_H

#include <nats/nats.h>
#include <pthread.h>

#include "weir/cx.h"
#include "weir/job.h"
#include "weir/mark.h"
#include "weir/nats.h"

enum {
    WEIR_NATS_ASKS = 2,              /* requests under way */
    WEIR_NATS_SUBJECT_BYTES = 1024,  /* the longest reply subject that is taken */
    WEIR_NATS_MARK_ITEMS = 128,      /* messages before a mark, at most */
    WEIR_NATS_RECEIPT_BYTES = 80,    /* of one, where names are of the usual length */
    WEIR_NATS_MESSAGE_OVERHEAD = 512 /* what cnats keeps beside the bytes of a message */
};

/* Receipts: the reply subjects of the messages before one mark. */
struct weir_nats_receipts {
    weir_mark mark;
    struct weir_nats_link *link;
    struct weir_nats_receipts *next, **at; /* among the open ones */
    size_t bytes;                          /* of this block */
    uint64_t due;                          /* the tick at which the server hears of them */
    uint32_t n;
    size_t used; /* of subjects[]: each ends with a NUL */
    char subjects[];
};

/* A job that is open: its message, whose reply subject is the receipt. */
struct weir_nats_job {
    struct weir_job_hold hold;
    struct weir_nats_link *link;
    struct weir_nats_job *next, **at; /* among the open ones */
    uint64_t due;                     /* as above */
    natsMsg *message;
    size_t bytes; /* of this block */
    weir_header headers[];
};

/* One that was published where the dead go: it is ended once a stream says that it has it. */
struct weir_nats_buried {
    struct weir_nats_buried *next;
    uint64_t number; /* what the answer ends with */
    size_t bytes;    /* of this block */
    char subject[];  /* its receipt */
};

struct weir_nats_queued {
    natsMsg *message;
    uint64_t due; /* as above */
};

/* A request for messages. Its replies have subjects of their own, so that what is left of one is
 * never taken for the other's. */
struct weir_nats_ask {
    struct weir_nats_link *link;
    natsSubscription *subscription;
    char inbox[64];
    uint64_t number; /* of the latest request, the last part of its reply subject */
    uint32_t wanted; /* messages that it asked for */
    uint32_t left;   /* ... that may still come; 0: it is over */
    size_t bytes_left;
    uint64_t until_ns; /* then it is given up: the server forgot it */
    bool refused;      /* the server said no to it, and sent nothing */
    uint64_t again_ns; /* ... so that nothing is asked before */
};

/* What the consumer's configuration allows; 0: anything. */
struct weir_nats_allowed {
    uint32_t messages, open; /* of a request; not acknowledged, of all who share it */
    size_t bytes;            /* of a request */
    uint64_t wait_ns;        /* ... */
};

/* What the connection did since the worker looked last. */
enum {
    WEIR_NATS_LOST = 1,
    WEIR_NATS_BACK = 2,
    WEIR_NATS_REFUSED = 4, /* nobody answers for the consumer, or says otherwise than it did */
    WEIR_NATS_DELETED = 8, /* the consumer is gone, or gives nothing as it is */
    WEIR_NATS_OVER = 16    /* the connection is given up for good */
};

struct weir_nats_link {
    pthread_mutex_t lock;
    unsigned users; /* atomic: the stage, open marks, looks; with the last the connection goes */
    unsigned refs;  /* atomic: the users as one, each callback that may
                      still come; with the last the memory goes */
    weir_waker_cell waiter;

    /* Said once. The texts stand behind the struct. */
    size_t bytes;
    const char *at, *credentials, *stream, *consumer, *create, *dead;
    uint64_t ack_wait_ns;
    uint32_t fetch_max, marks_max, receipts_max, tries_max;
    bool keeps_dead; /* a stream must store them; not of jobs, which may be for whoever listens */
    bool graves_answer; /* as the last look found it: a stream says that it has them */
    size_t fetch_bytes_max, message_bytes_max;

    natsMsgHandler on_message; /* its closure is an ask */
    void *outbox;              /* of a sink, which releases it */
    void (*release)(struct weir_nats_link *link);

    /* Without a consumer of its own there is one that the server names, and forgets. */
    char plain[64];
    uint64_t last; /* sequence that came, of such a one */
    bool stale;    /* something of it could not be taken: it does not count any more */
    bool new_only;
    struct weir_nats_allowed allowed; /* as the last look found it */

    natsConnection *connection; /* set by a look, before anything else is done with it */
    struct weir_nats_ask asks[WEIR_NATS_ASKS];
    struct weir_nats_ask grave; /* whose answers are about the dead */
    struct weir_nats_buried *buried;
    bool up;           /* requests may be sent */
    bool heard;        /* cnats has told of the connection, and alone says whether it is up */
    bool leaving;      /* what still comes goes back at once */
    unsigned coming;   /* subscriptions for which something may still come */
    bool cut;          /* nothing is waited for: they could not be drained */
    bool gone;         /* no user is left */
    bool closed;       /* somebody closes it */
    unsigned happened; /* bits of the enum above */
    char refusal[96];  /* the server's words for the last bit */

    struct weir_nats_queued *ring; /* 2 * fetch_max of them */
    uint32_t head, tail;           /* run on; tail - head are there */
    size_t queued_bytes;

    struct weir_nats_receipts *open;
    struct weir_nats_job *jobs;
    uint32_t marks;    /* open ones */
    uint32_t receipts; /* of open marks and what was given behind the last; open jobs */
    uint64_t tick;     /* quarters of the ack wait that are over */
};

/* NULL: no memory. One user: who calls. With a fetch_max of 0 there is no ring. */
struct weir_nats_link *weir_nats_link_new(const weir_nats_from *from, natsMsgHandler on_message);
void weir_nats_link_enter(struct weir_nats_link *link);
void weir_nats_link_leave(struct weir_nats_link *link);

void weir_nats_link_unref(struct weir_nats_link *link);

/* Closes the connection where no user is left, and nothing is waited for: it sends what was
 * published. The caller holds a reference. */
void weir_nats_link_close(struct weir_nats_link *link);

/* Blocks: makes what there is not yet of the connection. NATS_OK without one: no server is there.
 * Once made it goes on trying by itself. */
natsStatus weir_nats_connect(struct weir_nats_link *link);

/* A future of how long the server waits for an acknowledgement, uint64_t, in ns. On a thread that
 * may block it makes the connection, where there is none, and looks whether the consumer is there,
 * or makes it; of a sink only the connection is looked at. Errors: not fatal where it may
 * be tried again. */
weir_stream *weir_nats_look(struct weir_nats_link *link);

/* cnats' own, for its subscriptions. */
void weir_nats_on_message(natsConnection *connection, natsSubscription *subscription,
                          natsMsg *message, void *ask);

/* ---- what was asked for ---- */

/* Sends the requests that there is room for. */
void weir_nats_ask_more(struct weir_nats_link *link, uint64_t now_ns);

/* For good: the server is told before anything that is said behind it, so that what goes back is
 * not dealt out to here again. Messages that are on their way go back too. */
void weir_nats_ask_no_more(struct weir_nats_link *link);

/* A future of the server having read all that was published, in a unit. On a thread that may block.
 */
weir_stream *weir_nats_flush(struct weir_nats_link *link);

/* How often the connection was made again: what stood in the one before may be lost. */
uint64_t weir_nats_lives(const struct weir_nats_link *link);

/* When the next request is given up, or may be sent again; UINT64_MAX: none is out. What is over
 * already waits for nothing but the server. */
uint64_t weir_nats_asked_until_ns(struct weir_nats_link *link, uint64_t now_ns);

/* The first of the ring, or NULL. */
natsMsg *weir_nats_take(struct weir_nats_link *link, uint64_t *due);

/* Everything in the ring goes back to the server. */
void weir_nats_give_back(struct weir_nats_link *link);

/* ---- what was given ---- */

/* A block for what comes before the next mark. NULL: no memory. */
struct weir_nats_receipts *weir_nats_receipts_new(struct weir_nats_link *link,
                                                  const weir_stream *source);

/* Room for one more; then the message's reply subject is kept. */
bool weir_nats_receipts_full(const struct weir_nats_receipts *receipts);
void weir_nats_receipts_add(struct weir_nats_receipts *receipts, const char *subject, uint64_t due);

/* It becomes an open mark, whose user the mark is. */
weir_mark *weir_nats_receipts_open(struct weir_nats_receipts *receipts, uint64_t upto);

/* None of it counts: it goes back to the server. */
void weir_nats_receipts_drop(struct weir_nats_receipts *receipts);

/* Another quarter of the ack wait is over: the server is told of what is due, in the ring, in
 * `current` (NULL: nothing) and behind open marks. */
void weir_nats_tick(struct weir_nats_link *link, struct weir_nats_receipts *current);

/* What is open goes back, though it may be settled later. */
void weir_nats_open_give_back(struct weir_nats_link *link);

/* Receipts that may be open: more do not come. */
static inline uint32_t weir_nats_open_max(const struct weir_nats_link *link)
{
    uint32_t allowed = link->allowed.open;
    return allowed && allowed < link->receipts_max ? allowed : link->receipts_max;
}

/* What requests are about. */
static inline const char *weir_nats_consumer(const struct weir_nats_link *link)
{
    return link->consumer ? link->consumer : link->plain;
}

/* cnats' own, for what a stream says of the dead; and that it will say nothing any more. */
void weir_nats_on_buried(natsConnection *connection, natsSubscription *subscription,
                         natsMsg *message, void *ask);
void weir_nats_forget_buried(struct weir_nats_link *link);

/* Nobody is to try it again: it goes to the subject of such, if there is one, and is ended when it
 * is known to be stored there. */
void weir_nats_bury(struct weir_nats_link *link, natsMsg *message, const char *reason);
/* The same of one that is over a limit of ours. */
void weir_nats_bury_large(struct weir_nats_link *link, natsMsg *message);

static inline void weir_nats_say(struct weir_nats_link *link, const char *subject, const char *what)
{
    (void)natsConnection_PublishString(link->connection, subject, what);
}

#endif
