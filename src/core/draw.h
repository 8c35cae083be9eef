/* Numbers that are drawn (splitmix64): any seed is a good one, and the same seed draws the same. */
#ifndef WEIR_CORE_DRAW_H
#define WEIR_CORE_DRAW_H

#include <stdint.h>

static inline uint64_t weir_draw(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

#endif
