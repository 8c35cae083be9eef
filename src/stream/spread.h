/* A hub that gives each item to all of its outputs (branches). What one of them pulled and others
 * have not read yet stands in a ring, once for all; who reads it last gets it, the others copies.
 * Errors that go on and marks have a place in it as items have. */
#ifndef WEIR_STREAM_SPREAD_H
#define WEIR_STREAM_SPREAD_H

#include "stream/hub.h"
#include "weir/outputs.h"

struct weir_spread_place;

struct weir_spread {
    struct weir_hub hub;
    const weir_type *type;
    weir_slow slow;
    size_t capacity;
    size_t replay; /* so many stay for those who come later */
    size_t mask;   /* places are a power of two */
    char *items;
    struct weir_spread_place *places;
    uint64_t kept;     /* number of the oldest that is in its place */
    uint64_t unread;   /* ... of the oldest that a branch has not read; >= kept */
    uint64_t next;     /* ... of what comes next */
    uint64_t error_at; /* whose error is in the hub */
    bool error_held;   /* somebody has to be told of it yet */
};

struct weir_branch {
    struct weir_output output;
    uint64_t at; /* what it reads next */
};

/* NULL: *source is the failed stream. The caller holds the hub. */
struct weir_spread *weir_spread_new(weir_stream **source WEIR_TAKES, size_t capacity,
                                    weir_slow slow, size_t replay, const char *name);

/* A branch that begins with what is kept for replay, else with what comes next. */
weir_stream *weir_branch_new(struct weir_spread *spread, const weir_stream_ops *ops);

/* The ops of branches: WEIR_BRANCH_OPS("name", marks). */
weir_poll weir_branch_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
void weir_branch_fini(weir_stream *stream);
weir_hint weir_branch_size_hint(const weir_stream *stream);
void weir_branch_holding(const weir_stream *stream, weir_holding *out);
#define WEIR_BRANCH_OPS(name_, marks_)                                                             \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = name_, .holding = weir_branch_holding,            \
        .poll_next = weir_branch_poll_next, .fini = weir_branch_fini,                              \
        .size_hint = weir_branch_size_hint, .input = weir_output_input,                            \
        .memory_max = weir_output_memory_max, .over = weir_output_over, .marks = marks_            \
    }

/* Why one that waits for nobody is refused over marks: it cannot say of any that all before it came
 * to all. */
#define WEIR_BRANCH_LOSES "may lose items that were not read in time"

#endif
