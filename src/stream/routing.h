/* A hub that gives each item to one of its outputs, the one that is found for it. What others
 * pulled for an output stands in its line; one item may be stuck, that found no room there, and
 * while it is nobody goes on. */
#ifndef WEIR_STREAM_ROUTING_H
#define WEIR_STREAM_ROUTING_H

#include "stream/hub.h"
#include "stream/lane.h"

struct weir_routed;

struct weir_routing {
    struct weir_hub hub;
    const weir_type *type; /* of the items */
    size_t capacity;       /* of each line */
    void *item;
    struct weir_routed *stuck; /* whom the item is for that found no room; NULL: there is none */
    bool closed;               /* nothing is asked for yet */
    /* Whom the item is for; *to stays NULL: it is dropped. */
    weir_poll (*find)(struct weir_routing *self, weir_cx *cx, struct weir_routed **to);
};

struct weir_routed {
    struct weir_output output;
    struct weir_lane lane; /* what others pulled for it */
};

static inline struct weir_routed *weir_routed_of(const struct weir_output *output)
{
    return WEIR_CONTAINER(output, struct weir_routed, output);
}

/* Over *source, `size` zeroed bytes (struct weir_routing first), held by the caller. NULL: *source
 * is the failed stream. */
void *weir_routing_new(weir_stream **source WEIR_TAKES, size_t size, size_t capacity,
                       const char *name);

/* An output of `size` zeroed bytes (struct weir_routed first). */
weir_stream *weir_routed_new(struct weir_routing *routing, size_t size, const weir_stream_ops *ops);

/* The ops of outputs: WEIR_ROUTED_OPS("name", fini). A fini of one's own ends with this one. */
weir_poll weir_routed_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
void weir_routed_fini(weir_stream *stream);
weir_hint weir_routed_size_hint(const weir_stream *stream);
#define WEIR_ROUTED_OPS(name_, fini_)                                                              \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = name_, .poll_next = weir_routed_poll_next,        \
        .fini = fini_, .size_hint = weir_routed_size_hint, .input = weir_output_input,             \
        .memory_max = weir_output_memory_max, .over = weir_output_over, .marks = WEIR_MARKS_LOSE   \
    }

#endif
