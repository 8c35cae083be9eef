/* What a sink has published and nobody has acknowledged yet. The worker publishes; cnats' thread
 * notes what the stream answers. */
#ifndef WEIR_NATS_OUTBOX_H
#define WEIR_NATS_OUTBOX_H

#include "nats/link.h"

enum weir_nats_answer {
    WEIR_NATS_NONE,
    WEIR_NATS_STORED,
    WEIR_NATS_NOBODY, /* stores it, as the server says, or the stream: it is full */
    WEIR_NATS_SILENT, /* who takes it says nothing: no stream, or one that acknowledges nothing */
    WEIR_NATS_WRONG
};

struct weir_nats_sent {
    natsMsg *message;
    uint64_t again_ns;            /* then it is published again */
    uint64_t nobody_ns;           /* since when nobody stores it; 0: somebody may */
    uint64_t since_ns;            /* published on this connection */
    enum weir_nats_answer answer; /* under the link's lock, as `wrong` below */
};

struct weir_nats_outbox {
    uint32_t room;
    uint64_t nobody_max_ns; /* how long nobody may store it */
    uint64_t silent_max_ns; /* ... and somebody say nothing of it */
    uint64_t first, next;   /* numbers of what is open */
    size_t bytes;           /* of it */
    char wrong[120];        /* what the stream says against one; "": nothing yet */
    struct weir_nats_sent sent[];
};

/* NULL: no memory. Of a link without a consumer, which owns it. */
struct weir_nats_outbox *weir_nats_outbox_new(struct weir_nats_link *link, uint32_t room,
                                              uint64_t silent_max_ns);
void weir_nats_on_stored(natsConnection *connection, natsSubscription *subscription,
                         natsMsg *message, void *ask);

/* The reply subject of the next one. */
void weir_nats_outbox_reply(const struct weir_nats_link *link, char *out, size_t size);

/* Publishes it, and keeps it until it is acknowledged. */
natsStatus weir_nats_outbox_put(struct weir_nats_link *link, natsMsg *message, uint64_t now_ns);

/* Lets go of what is stored, from the first on; what was not answered in time, or by nobody, or all
 * of it, is published again. WRONG: what the stream says stands in `wrong`. NOBODY,
 * SILENT: for longer than may be, as it is looked at. */
enum weir_nats_answer weir_nats_outbox_look(struct weir_nats_link *link, uint64_t now_ns, bool all);

/* Something was answered that nobody looked at. Under the link's lock. */
bool weir_nats_outbox_has_news(struct weir_nats_outbox *outbox);

/* When something is to be published again; UINT64_MAX: never. */
uint64_t weir_nats_outbox_again_ns(const struct weir_nats_link *link);

#endif
