/* Numbers that are drawn (splitmix64): the same seed draws the same on every machine. */
#ifndef PIPELINE_DRAW_H
#define PIPELINE_DRAW_H

#include <stdint.h>

static inline uint64_t weir_pl_draw(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);

    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

#endif
