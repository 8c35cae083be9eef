/* Where a byte stands among others. */
#ifndef WEIR_BYTES_FIND_H
#define WEIR_BYTES_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* One of the eight bytes is 0. */
static inline bool weir_has_zero(uint64_t word)
{
    return (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
}

/* n: nowhere. */
static inline size_t weir_find_byte(const unsigned char *bytes, size_t n, unsigned char byte)
{
    const uint64_t wanted = UINT64_C(0x0101010101010101) * byte;
    size_t at = 0;
    for (uint64_t word; n - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        if (weir_has_zero(word ^ wanted))
            break;
    }
    while (at < n && bytes[at] != byte)
        at++;
    return at;
}

#endif
