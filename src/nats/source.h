/* What sources of a consumer's messages have in common: whether it is there, what happens to the
 * connection, time, and the end. What they differ in is how a message is given. */
#ifndef WEIR_NATS_SOURCE_H
#define WEIR_NATS_SOURCE_H

#include "nats/link.h"
#include "weir/implement.h"

struct weir_nats_source {
    weir_stream stream;
    weir_in_flight in_flight; /* the server is told that it goes on, while the sink is busy */
    struct weir_nats_link *link;
    /* READY without items: there is nothing, or no room for it. */
    weir_poll (*give)(struct weir_nats_source *self, weir_cx *cx, void *out, size_t demand);
    natsMsg *gone;                      /* over a limit, or tried too often, and told next */
    struct weir_nats_receipts *current; /* what was given behind the last mark; NULL: nothing */
    uint64_t given;                     /* as marks count */

    uint64_t drain_ns;
    weir_timer timer;                       /* the earliest of those below, and of requests */
    uint64_t tick_ns, retry_ns, drained_ns; /* UINT64_MAX: never */
    weir_stream *look;                      /* under way; NULL: none is */
    bool found;                             /* the last one found the consumer */
    bool lost;                              /* that the server is away was told */
    uint64_t pause_ns;                      /* before the next look */
    uint64_t lost_at_ns;
    bool stopping;
};

/* A source of `size` bytes, which begins with the above; the failed one instead, where it cannot be
 * made. fetch_max: messages of a request where `from` says nothing. */
weir_stream *weir_nats_source_new(size_t size, const weir_stream_ops *ops, const weir_type *type,
                                  const weir_nats_from *from, uint32_t fetch_max);

weir_poll weir_nats_source_poll(struct weir_nats_source *self, weir_cx *cx, void *out,
                                size_t demand);
void weir_nats_source_fini(struct weir_nats_source *self);

/* As weir_nats_take(), without what was given so often that it is given up. *out: what it says, but
 * for its headers. */
natsMsg *weir_nats_take_next(struct weir_nats_source *self, uint64_t *due, weir_message *out);

static inline bool weir_nats_is_tried_enough(const struct weir_nats_source *self, uint32_t tries)
{
    return self->link->tries_max && tries > self->link->tries_max;
}

/* Of what is under way, in the ring and open, without the messages that were given. */
size_t weir_nats_source_memory_max(const struct weir_nats_source *self);

#endif
