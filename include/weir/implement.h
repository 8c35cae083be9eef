/* weir/implement.h: for those who write stages. The recipe:
 *
 *   1. A state struct whose first member is `weir_stream stream`.
 *   2. An `update` that knows nothing of async: one input in, new state, an item or not.
 *   3. A thin `poll_next` that feeds it.
 *   4. A stored waker (weir_wait) if it waits on something that is no stream.
 *
 * poll_next reads `got = weir_poll_next(...); if (!got.n) return got; ...use n...; return got;`.
 *   - It may answer {0, READY} ("all filtered out"): the wrapper calls it again.
 *   - It never stores a PENDING to answer it later: it polls again.
 *   - With items in hand it polls nothing that may fail, or it has an error slot
 *     (weir_held_error): the items go first, the error on the next call.
 *   - After a child's ERROR it polls nothing more in that call.
 *   - END with items is early news. After END it is never called again.
 *   - It asks its source for no more than it could use.
 */
#ifndef WEIR_IMPLEMENT_H
#define WEIR_IMPLEMENT_H

#include "weir/alloc.h"
#include "weir/cx.h"
#include "weir/type.h"

typedef enum weir_kind { WEIR_KIND_STREAM, WEIR_KIND_READER, WEIR_KIND_WRITER } weir_kind;

/* What stages of every kind share. Read it, never write it: the wrapper does. */
struct weir_stage {
    const char *name;
    void (*fini)(weir_stage *stage); /* by kind: releases what this stage owns */
    const weir_stage *self; /* where it was made; checking builds see that it did not move */
    weir_arena *arena;      /* the chain's; made by its source */
    weir_stage *source;     /* the next one towards the source; NULL at the source */
    uint64_t polls;
    uint64_t n;     /* items, or bytes, that came out (went in, for a writer) */
    uint64_t waits; /* polls that were PENDING */
    weir_kind kind;
    bool done;   /* END was seen: it is never polled again */
    bool ending; /* of a writer: an error passed, it can only be given up */
    bool exact;  /* its items are claims on something outside: demand is 1 */
    bool one;    /* gives one item or one error: a future */
};

typedef struct weir_stream_ops {
    const char *name;
    /* Moves up to demand (>= 1) items into out. See the rules above. */
    weir_poll (*poll_next)(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
    /* Optional. The same, but the items are dropped instead of moved: for stages that can
     * count without making them. */
    weir_poll (*poll_skip)(weir_stream *stream, weir_cx *cx, size_t demand);
    /* Optional. Releases what the stage owns, its further inputs included; not its source. */
    void (*fini)(weir_stream *stream);
    /* Optional. */
    weir_hint (*size_hint)(const weir_stream *stream);
} weir_stream_ops;

struct weir_stream {
    weir_stage stage;
    const weir_stream_ops *ops;
    const weir_type *type;
};

/* The stream that a stage takes. Only for stages that were made by weir_stream_new(). */
static inline weir_stream *weir_source(const weir_stream *stream)
{
    return (weir_stream *)stream->stage.source;
}

/* Every stage is at least this large, so that a stage of any kind can be turned into a failed
 * one of any other. */
enum { WEIR_STAGE_BYTES = 192 };

/* Polls a stream: the one door between stages. Latches END, calls again on {0, READY} within the
 * budget, clamps exact sources, counts, and adds the stage's name to an error's trail. */
WEIR_API weir_poll weir_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand);

/* The same, dropping the items: {n, state} counts them. */
WEIR_API weir_poll weir_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand);

WEIR_API weir_hint weir_size_hint(const weir_stream *stream);

/* A stage of `size` zeroed bytes in the arena of the chain it takes. `type` is what it yields;
 * NULL stands for a composite type that could not be made. Any failure (no memory, a failed
 * source) gives the failed stream instead: compare with weir_stage_failed() before touching it.
 * weir_stream_new: over a stream. weir_stream_over: over a reader. weir_source_new: a source,
 * with a new arena. */
WEIR_API weir_stream *weir_stream_new(weir_stream *source WEIR_TAKES, size_t size,
                                      const weir_stream_ops *ops, const weir_type *type);
WEIR_API weir_stream *weir_stream_over(weir_reader *source WEIR_TAKES, size_t size,
                                       const weir_stream_ops *ops, const weir_type *type);
WEIR_API weir_stream *weir_source_new(size_t size, const weir_stream_ops *ops,
                                      const weir_type *type);

/* Gives up: drops the chain up to `stage` and turns it into a stream (reader, writer) that
 * reports this error once, then ends. Needs no memory. The text is formatted at the first poll,
 * so format and strings must be static or live in the arena; only %s and %zu. */
WEIR_API weir_stream *weir_stream_refuse(weir_stage *stage WEIR_TAKES, weir_code code,
                                         const char *cure, const char *format, const char *a,
                                         const char *b, size_t n);
WEIR_API weir_reader *weir_reader_refuse(weir_stage *stage WEIR_TAKES, weir_code code,
                                         const char *cure, const char *format, const char *a,
                                         const char *b, size_t n);
WEIR_API weir_writer *weir_writer_refuse(weir_stage *stage WEIR_TAKES, weir_code code,
                                         const char *cure, const char *format, const char *a,
                                         const char *b, size_t n);

/* The same with no chain to reuse: the first constructor of a chain failed. */
WEIR_API weir_stream *weir_stream_refused(weir_code code, const char *cure, const char *format,
                                          const char *a, const char *b, size_t n);

/* True for a stream, reader or writer that only has an error to report. */
WEIR_API bool weir_stage_failed(const weir_stage *stage);

/* The checks constructors share. Each returns the source, or the failed stream in its place. */
WEIR_API weir_stream *weir_expect_type(weir_stream *source WEIR_TAKES, const char *stage,
                                       const char *fn, const weir_type *wanted);
WEIR_API weir_stream *weir_expect_owned(weir_stream *source WEIR_TAKES, const char *stage);
WEIR_API weir_stream *weir_expect_limit(weir_stream *source WEIR_TAKES, const char *stage,
                                        const char *limit_name, size_t limit);

/* What a function that takes items of `source` really yields: what it makes of lent items is lent
 * too when it is of their type, since it is a view of the same bytes. */
WEIR_API const weir_type *weir_type_seen_through(const weir_type *source, const weir_type *made);

/* One of two inputs failed, or both: drops the other and returns the failed one; NULL: both are
 * fine. */
WEIR_API weir_stream *weir_expect_both(weir_stream *a WEIR_TAKES, weir_stream *b WEIR_TAKES);

/* Memory with the chain's life. NULL: none left. Zeroed. */
WEIR_API weir_arena *weir_arena_new(void) WEIR_MUST_USE;
WEIR_API void *weir_arena_take(weir_arena *arena, size_t size, size_t align) WEIR_MUST_USE;
WEIR_API void weir_arena_drop(weir_arena *arena);

/* An error that waits until the items in hand are delivered. */
typedef struct weir_held_error {
    bool held;
    weir_error error;
} weir_held_error;
WEIR_API void weir_held_error_keep(weir_held_error *slot, const weir_cx *cx);
WEIR_API weir_poll weir_held_error_give(weir_held_error *slot, weir_cx *cx);

/* What a consumer asks for next: 1, 2, 4 ... cx->demand_max. Start with 0. */
static inline size_t weir_demand_next(const weir_cx *cx, uint32_t *demand)
{
    uint32_t next = *demand > UINT32_MAX / 2 ? UINT32_MAX : *demand ? *demand * 2 : 1;
    *demand = next < cx->demand_max ? next : cx->demand_max;
    return *demand;
}

/* Moves the kept items of out[0..n) to the front, in order; keep[i] is 0 or -1. Returns how many.
 * The others are overwritten: drop them first if they own something. */
WEIR_API size_t weir_compact(void *items, size_t size, const int64_t *keep, size_t n);

/* Runs fini of each stage from this one to its source, then releases the arena. */
WEIR_API void weir_stage_drop(weir_stage *stage WEIR_TAKES);

WEIR_API void weir_stream_drop(weir_stream *stream WEIR_TAKES);
WEIR_API void weir_reader_drop(weir_reader *reader WEIR_TAKES);
WEIR_API void weir_writer_drop(weir_writer *writer WEIR_TAKES);

/* Drops a chain: each stage exactly once, from the consumer to the source. NULL: nothing. */
#define weir_drop(chain)                                                                           \
    _Generic((chain), weir_stream *                                                                \
             : weir_stream_drop, weir_reader *                                                     \
             : weir_reader_drop, weir_writer *                                                     \
             : weir_writer_drop)(chain)

#define WEIR_CONTAINER(pointer, type, member)                                                      \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
