/* What chunks, ready_chunks and sliding share: a vec that is filled item by item and given as one.
 */
#ifndef WEIR_STREAM_CHUNK_H
#define WEIR_STREAM_CHUNK_H

#include "stream/ones.h"

enum { WEIR_CHUNK_MARKS_MAX = 64 }; /* that may wait for one chunk */

struct weir_chunk {
    size_t n;             /* items of a whole one */
    weir_vec vec;         /* under construction; no items: none is */
    weir_held_error held; /* it came behind a chunk */
    weir_mark *marks;     /* so did these, before it; the oldest first */
    unsigned marks_n;
};

static inline bool weir_chunk_begin(struct weir_chunk *chunk, const weir_type *of)
{
    size_t bytes;
    if (__builtin_mul_overflow(chunk->n, of->size, &bytes))
        return false;
    void *items = weir_allocate_aligned(bytes, of->align);
    if (items)
        chunk->vec = (weir_vec){.items = items, .room = chunk->n, .of = of};
    return items != NULL;
}

static inline weir_poll weir_chunk_no_memory(const struct weir_chunk *chunk, weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory for a chunk of %zu items", chunk->n);
}

/* What is asked for at once: what the chunk lacks, within reason. */
static inline size_t weir_chunk_demand(const struct weir_chunk *chunk, const weir_cx *cx,
                                       size_t demand)
{
    size_t lacking = chunk->vec.room - chunk->vec.n;
    size_t most = demand > cx->demand_max ? demand : cx->demand_max;
    return lacking < most ? lacking : most;
}

/* Items go straight into the chunk, until it is full or the source does not answer READY; one by
 * one it may stop before that. */
static inline weir_poll weir_chunk_fill(struct weir_chunk *chunk, weir_stream *source, weir_cx *cx,
                                        size_t demand)
{
    weir_vec *vec = &chunk->vec;
    if (demand == 1)
        return weir_ones(source, cx, vec);
    for (;;) {
        char *end = (char *)vec->items + vec->n * vec->of->size;
        weir_poll got = poll_next(source, cx, end, weir_chunk_demand(chunk, cx, demand));
        vec->n += got.n;
        if (got.state != WEIR_READY || vec->n == vec->room || !weir_spend(cx))
            return got;
    }
}

/* After MARK, with items in the chunk: it waits until they are out. False: so many wait already
 * that the chunk must be given as it is. */
static inline bool weir_chunk_keep_mark(struct weir_chunk *chunk, weir_cx *cx)
{
    weir_mark **last = &chunk->marks;
    while (*last)
        last = &(*last)->behind;
    *last = weir_mark_take(cx);
    (*last)->behind = NULL;
    return ++chunk->marks_n < WEIR_CHUNK_MARKS_MAX;
}

/* What came behind the chunk that was given waits to be given too. */
static inline bool weir_chunk_owes(const struct weir_chunk *chunk)
{
    return chunk->held.held || (chunk->marks && !chunk->vec.items);
}

static inline weir_poll weir_chunk_give_owed(struct weir_chunk *chunk, weir_cx *cx)
{
    weir_mark *mark = chunk->marks;
    if (!mark)
        return weir_held_error_give(&chunk->held, cx);
    chunk->marks = mark->behind;
    chunk->marks_n--;
    return weir_mark_give(cx, mark);
}

/* END stays for the next poll where something waits behind the chunk. */
static inline weir_poll weir_chunk_give(struct weir_chunk *chunk, void *out, weir_state state)
{
    *(weir_vec *)out = chunk->vec;
    chunk->vec = (weir_vec){0};
    return (weir_poll){1, weir_chunk_owes(chunk) ? WEIR_READY : state};
}

static inline void weir_chunk_drop(struct weir_chunk *chunk)
{
    weir_vec_drop(&chunk->vec);
    while (chunk->marks) {
        weir_mark *mark = chunk->marks;
        chunk->marks = mark->behind;
        weir_mark_settle(mark, false);
    }
}

/* The chunk that is made; those that were given are somebody else's. */
static inline size_t weir_chunk_memory_max(const struct weir_chunk *chunk, const weir_type *of)
{
    size_t bytes;
    return __builtin_mul_overflow(chunk->n, of->size, &bytes) ? SIZE_MAX : bytes;
}

/* How many chunks come of so many further items, when none is cut short. */
static inline size_t weir_in_chunks(const struct weir_chunk *chunk, size_t items)
{
    size_t all = items + chunk->vec.n < items ? SIZE_MAX : items + chunk->vec.n;
    return all / chunk->n + (all % chunk->n != 0);
}

#endif
