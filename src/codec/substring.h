/* A search for a pattern by two of its bytes: the rarest in text, and the rarest other one. Only
 * where both stand at their distance is the pattern compared. */
#ifndef WEIR_CODEC_SUBSTRING_H
#define WEIR_CODEC_SUBSTRING_H

#include "weir/base.h"

/* The pattern is borrowed. A search takes time in proportion to how far it gets and the pattern's
 * length, whatever the bytes are. */
typedef struct weir_substring weir_substring;
struct weir_substring {
    /* Where the pattern stands first; n: nowhere. Reads nothing past bytes + n. */
    size_t (*find)(const weir_substring *self, const unsigned char *bytes, size_t n);
    const unsigned char *pattern;
    size_t n;      /* at least 1 */
    size_t at[2];  /* of the two bytes, in the pattern; the same for a pattern of one byte */
    size_t split;  /* where the second of the two halves begins in which it is compared */
    size_t period; /* how far the next place is when the second is right and the first is not */
    size_t look;   /* the eight bytes of it that are compared first, if it has so many */
};

void weir_substring_init(weir_substring *self, const void *pattern, size_t n, int cpu_level);

#endif
