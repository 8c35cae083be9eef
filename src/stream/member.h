/* Moving items where their size is known only when it runs: one by one, and to where members of
 * composites (pairs, indexed, results) stand. Items of eight bytes, the usual size, go without a
 * call. */
#ifndef WEIR_STREAM_MEMBER_H
#define WEIR_STREAM_MEMBER_H

#include <string.h>

#include "weir/base.h"

static inline void weir_item_move(char *to, const char *from, size_t size)
{
    if (size == 8)
        memcpy(to, from, 8);
    else
        memcpy(to, from, size);
}

/* in[0..n) to out + offset, out + offset + stride ... */
static inline void weir_member_place(char *out, size_t stride, size_t offset, const char *in,
                                     size_t size, size_t n)
{
    out += offset;
    if (size == 8) {
        for (size_t i = 0; i < n; i++)
            memcpy(out + i * stride, in + i * 8, 8);
        return;
    }
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * stride, in + i * size, size);
}

/* The same where the items stand at the beginning of out: from the last one, so that none is
 * overwritten before it was moved. */
static inline void weir_member_spread(char *out, size_t stride, size_t offset, size_t size,
                                      size_t n)
{
    if (size == 8) {
        for (size_t i = n; i-- > 0;)
            memmove(out + i * stride + offset, out + i * 8, 8);
        return;
    }
    for (size_t i = n; i-- > 0;)
        memmove(out + i * stride + offset, out + i * size, size);
}

#endif
