/* Names of columns, and tables of them by their hash. */
#ifndef WEIR_FORMAT_CSV_NAME_H
#define WEIR_FORMAT_CSV_NAME_H

#include <string.h>

#include "weir/record.h"

static inline bool weir_csv_is_name(weir_text a, weir_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* FNV-1a. */
static inline size_t weir_csv_hash(weir_text text)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++)
        sum = (sum ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    return (size_t)(sum ^ sum >> 32);
}

/* A power of two, more than twice as many as there are names. */
static inline size_t weir_csv_slots_for(size_t n)
{
    size_t slots = 16;
    while (slots < 2 * n + 1)
        slots *= 2;
    return slots;
}

#endif
