/* Sets that are pushed to while they run (weir/set.h): of streams, whose items come in turn, or of
 * futures, whose results come as they complete or in order. */
#ifndef WEIR_STREAM_SET_H
#define WEIR_STREAM_SET_H

#include "stream/merging.h"
#include "stream/running.h"
#include "weir/set.h"

struct weir_set {
    weir_stream stream;
    size_t limit;
    bool futures;
    union {
        struct weir_merging merging; /* streams */
        struct weir_running running; /* futures */
    };
};

/* What their ops are made of. */
weir_poll weir_set_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
void weir_set_fini(weir_stream *stream);
weir_hint weir_set_size_hint(const weir_stream *stream);
weir_stage *weir_set_input(const weir_stream *stream, size_t i);
size_t weir_set_memory_max(const weir_stream *stream);

enum weir_set_kind { WEIR_SET_STREAMS, WEIR_SET_FUTURES, WEIR_SET_FUTURES_IN_ORDER };

/* A set of `size` bytes, which begins with struct weir_set; it may have failed. */
weir_stream *weir_set_new(size_t size, const weir_stream_ops *ops, const weir_type *type,
                          size_t limit, enum weir_set_kind kind);

/* True: there is room for one more, and memory to add it. */
bool weir_set_reserve(weir_set *set) WEIR_MUST_USE;

/* The stream, or the refusal in its place, of one that does not fit. `type` is what it must
 * yield. */
weir_stream *weir_set_expect(const weir_set *set, weir_stream *stream WEIR_TAKES,
                             const weir_type *type);

/* Adds a stream after weir_set_reserve(); whoever waits for the set is woken. */
void weir_set_add(weir_set *set, weir_stream *stream WEIR_TAKES, bool front);

/* The child's stream, which is the caller's. */
weir_stream *weir_set_give_up(weir_set *set, struct weir_stream_child *child);

static inline struct weir_children *weir_set_children(weir_set *set)
{
    return set->futures ? &set->running.set : &set->merging.set;
}

#endif
