/* Items that were taken from the source and not yet passed on. What stages keep in which one item
 * may become an error: the error stands alone, and what was taken with it comes behind. */
#ifndef WEIR_STREAM_TAKEN_H
#define WEIR_STREAM_TAKEN_H

#include "core/poll.h"

struct weir_taken {
    const weir_type *type;
    char *items;
    size_t room;
    size_t first;
    size_t n;
};

/* false: no memory. */
static inline bool weir_taken_init(struct weir_taken *taken, weir_arena *arena,
                                   const weir_type *type, size_t room)
{
    taken->type = type;
    taken->room = room;
    taken->items = weir_arena_take(arena, room * type->size, type->align);
    return taken->items != NULL;
}

/* Asks the source when nothing is held. n == 0: its answer; else so many are held. */
static inline weir_poll weir_taken_fill(struct weir_taken *taken, weir_stream *source, weir_cx *cx,
                                        size_t demand)
{
    if (taken->n)
        return (weir_poll){(uint32_t)taken->n, WEIR_READY};
    size_t n = demand < taken->room ? demand : taken->room;
    weir_poll got = poll_next(source, cx, taken->items, n);
    taken->first = 0;
    taken->n = got.n;
    return got;
}

static inline void *weir_taken_next(const struct weir_taken *taken)
{
    return taken->items + taken->first * taken->type->size;
}

/* The next n are somebody else's now. */
static inline void weir_taken_pass(struct weir_taken *taken, size_t n)
{
    taken->first += n;
    taken->n -= n;
}

static inline void weir_taken_drop(struct weir_taken *taken)
{
    if (taken->n)
        weir_type_drop_items(taken->type, weir_taken_next(taken), taken->n);
}

/* Of a stage in which any item may become an error. */
static inline weir_hint weir_taken_hint(const struct weir_taken *taken, const weir_stream *source)
{
    size_t upper = weir_size_hint(source).upper;
    bool known = upper < WEIR_HINT_UNKNOWN - taken->n;
    return (weir_hint){0, known ? upper + taken->n : WEIR_HINT_UNKNOWN};
}

#endif
