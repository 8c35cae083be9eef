/* Marks among what comes out in any order. */

#include "stream/low_water.h"

struct weir_low_water *weir_low_water_new(weir_arena *arena)
{
    return weir_arena_take(arena, sizeof(struct weir_low_water), _Alignof(struct weir_low_water));
}

/* What is held and was taken since the last mark. */
static size_t held_since(const struct weir_low_water *low, size_t held)
{
    for (uint32_t i = 0; i < low->n; i++)
        held -= low->lines[(low->first + i) % WEIR_LOW_WATER_MARKS_MAX].held;
    return held;
}

bool weir_low_water_keep(struct weir_low_water *low, weir_cx *cx, size_t held)
{
    if (!held && !low->n)
        return false;
    uint32_t at = weir_low_water_epoch(low) % WEIR_LOW_WATER_MARKS_MAX;
    low->lines[at].held = held_since(low, held);
    low->lines[at].mark = weir_mark_take(cx);
    low->n++;
    return true;
}

void weir_low_water_sink(struct weir_low_water *low, uint32_t epoch)
{
    if (epoch - low->first < low->n)
        low->lines[epoch % WEIR_LOW_WATER_MARKS_MAX].held--;
}

weir_poll weir_low_water_give(struct weir_low_water *low, weir_cx *cx)
{
    weir_mark *mark = low->lines[low->first % WEIR_LOW_WATER_MARKS_MAX].mark;
    low->first++;
    low->n--;
    return weir_mark_give(cx, mark);
}

void weir_low_water_fini(struct weir_low_water *low)
{
    for (; low && low->n; low->n--)
        weir_mark_settle(low->lines[low->first++ % WEIR_LOW_WATER_MARKS_MAX].mark, false);
}
