/* A low-water line: marks among what comes out in any order. Each is given when all that was taken
 * before it is out. What is taken is told apart by the number of marks that came before it, its
 * epoch. */
#ifndef WEIR_STREAM_LOW_WATER_H
#define WEIR_STREAM_LOW_WATER_H

#include "core/poll.h"

enum { WEIR_LOW_WATER_MARKS_MAX = 64 };

struct weir_low_water {
    struct {
        weir_mark *mark;
        size_t held; /* taken since the mark before it, and not out yet */
    } lines[WEIR_LOW_WATER_MARKS_MAX];
    uint32_t first; /* epoch of the oldest; a ring */
    uint32_t n;
};

/* For a stage over such a source; NULL: no memory. */
struct weir_low_water *weir_low_water_new(weir_arena *arena);

static inline uint32_t weir_low_water_epoch(const struct weir_low_water *low)
{
    return low->first + low->n;
}

/* All is out before the oldest mark. */
static inline bool weir_low_water_owes(const struct weir_low_water *low)
{
    return low->n && !low->lines[low->first % WEIR_LOW_WATER_MARKS_MAX].held;
}

/* No more is taken: there is no room for a further mark, or one is to be given first. */
static inline bool weir_low_water_stops(const struct weir_low_water *low)
{
    return low->n == WEIR_LOW_WATER_MARKS_MAX || weir_low_water_owes(low);
}

/* After MARK, with so many held in all. False: it is passed on. */
WEIR_COLD bool weir_low_water_keep(struct weir_low_water *low, weir_cx *cx, size_t held);

/* One that was taken in this epoch is out. */
WEIR_ASIDE void weir_low_water_sink(struct weir_low_water *low, uint32_t epoch);

/* The oldest, which is owed. */
WEIR_COLD weir_poll weir_low_water_give(struct weir_low_water *low, weir_cx *cx);

/* NULL: nothing. */
void weir_low_water_fini(struct weir_low_water *low);

#endif
