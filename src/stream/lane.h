/* A line of items of bounded length: what waits for one output of a hub. */
#ifndef WEIR_STREAM_LANE_H
#define WEIR_STREAM_LANE_H

#include "core/poll.h"
#include "stream/member.h"

struct weir_lane {
    const weir_type *type;
    char *items;
    size_t capacity;
    size_t first;
    size_t n;
};

/* False: no memory. */
static inline bool weir_lane_init(struct weir_lane *lane, weir_arena *arena, const weir_type *type,
                                  size_t capacity)
{
    size_t bytes;
    *lane = (struct weir_lane){.type = type, .capacity = capacity};
    if (!__builtin_mul_overflow(capacity, type->size, &bytes))
        lane->items = weir_arena_take(arena, bytes, type->align);
    return lane->items != NULL;
}

static inline bool weir_lane_is_full(const struct weir_lane *lane)
{
    return lane->n == lane->capacity;
}

static inline char *weir_lane_at(const struct weir_lane *lane, size_t i)
{
    size_t at = lane->first + i;
    return lane->items + (at < lane->capacity ? at : at - lane->capacity) * lane->type->size;
}

/* There is room. */
static inline void weir_lane_put(struct weir_lane *lane, const void *item WEIR_TAKES)
{
    weir_item_move(weir_lane_at(lane, lane->n++), item, lane->type->size);
}

/* Moves up to demand items to out; returns how many. */
static inline uint32_t weir_lane_give(struct weir_lane *lane, char *out, size_t demand)
{
    uint32_t n = 0;
    for (; n < demand && lane->n; n++, lane->n--) {
        weir_item_move(out + n * lane->type->size, weir_lane_at(lane, 0), lane->type->size);
        lane->first = lane->first + 1 < lane->capacity ? lane->first + 1 : 0;
    }
    return n;
}

static inline void weir_lane_drop(struct weir_lane *lane)
{
    for (size_t i = 0; i < lane->n; i++)
        weir_type_drop_items(lane->type, weir_lane_at(lane, i), 1);
    lane->n = 0;
}

#endif
