/* Items in a ring, oldest first, and what is done when it is full. It has a place more than it may
 * hold, where an item comes before it is known what goes for it. */
#ifndef WEIR_STREAM_RING_H
#define WEIR_STREAM_RING_H

#include <string.h>

#include "weir/buffer.h"
#include "weir/implement.h"

struct weir_ring {
    const weir_type *type;
    char *items; /* places of them */
    size_t places;
    size_t first, n;
    uint64_t dropped;
};

/* Bytes of a ring that holds so many; false: more than there can be. */
static inline bool weir_ring_bytes(const weir_type *type, size_t holds, size_t *bytes)
{
    return holds < SIZE_MAX && !__builtin_mul_overflow(holds + 1, type->size, bytes);
}

static inline void weir_ring_init(struct weir_ring *ring, const weir_type *type, size_t holds,
                                  void *items)
{
    ring->type = type;
    ring->items = items;
    ring->places = holds + 1;
}

static inline bool weir_ring_is_full(const struct weir_ring *ring)
{
    return ring->n + 1 == ring->places;
}

static inline char *weir_ring_at(const struct weir_ring *ring, size_t nth)
{
    size_t at = ring->first + nth;
    at -= at >= ring->places ? ring->places : 0;
    return ring->items + at * ring->type->size;
}

/* How many items go side by side behind the last one, one at least. */
static inline size_t weir_ring_straight(const struct weir_ring *ring)
{
    size_t end = ring->first + ring->n;
    size_t room = ring->places - 1 - ring->n;
    size_t straight = end < ring->places ? ring->places - end : ring->places;
    straight = straight < room ? straight : room;
    return straight ? straight : 1;
}

static inline void weir_ring_skip(struct weir_ring *ring, size_t n)
{
    ring->first += n;
    ring->first -= ring->first >= ring->places ? ring->places : 0;
    ring->n -= n;
}

/* Moves up to `demand` items out. */
static inline uint32_t weir_ring_give(struct weir_ring *ring, char *out, size_t demand)
{
    size_t size = ring->type->size, n = demand < ring->n ? demand : ring->n;
    size_t straight = ring->places - ring->first < n ? ring->places - ring->first : n;
    memcpy(out, weir_ring_at(ring, 0), straight * size);
    memcpy(out + straight * size, ring->items, (n - straight) * size);
    weir_ring_skip(ring, n);
    return (uint32_t)n;
}

static inline void weir_ring_drop(struct weir_ring *ring, size_t n)
{
    for (ring->dropped += n; n; n--) {
        weir_type_drop_items(ring->type, weir_ring_at(ring, 0), 1);
        weir_ring_skip(ring, 1);
    }
}

/* It is full, and one item more stands at its end. False: it has to fail. */
static inline bool weir_ring_overflow(struct weir_ring *ring, weir_overflow overflow)
{
    char *last = weir_ring_at(ring, ring->n - 1), *new = weir_ring_at(ring, ring->n);
    ring->n++;
    if (overflow == WEIR_OVERFLOW_DROP_HEAD) {
        weir_ring_drop(ring, 1);
    } else if (overflow == WEIR_OVERFLOW_DROP_BUFFER) {
        weir_ring_drop(ring, ring->n - 1);
    } else {
        bool tail = overflow == WEIR_OVERFLOW_DROP_TAIL;
        weir_type_drop_items(ring->type, tail ? last : new, 1);
        if (tail)
            memcpy(last, new, ring->type->size);
        ring->n--;
        ring->dropped++;
    }
    return overflow != WEIR_OVERFLOW_FAIL;
}

#endif
