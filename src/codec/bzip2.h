/* libbz2, as both of its sides are called. */
#ifndef WEIR_CODEC_BZIP2_H
#define WEIR_CODEC_BZIP2_H

#include <bzlib.h>

#include "codec/sized.h"
#include "codec/unpack.h"

static void *weir_bzip2_take(void *arg, int n, int size)
{
    size_t bytes;
    (void)arg;
    return n < 0 || size < 0 || __builtin_mul_overflow((size_t)n, (size_t)size, &bytes)
               ? NULL
               : weir_sized_take(bytes);
}

static inline bz_stream weir_bzip2_stream(void)
{
    return (bz_stream){.bzalloc = weir_bzip2_take, .bzfree = weir_sized_give_for};
}

static inline void weir_bzip2_offer(bz_stream *library, const weir_span *span)
{
    library->next_in = (char *)(uintptr_t)span->in;
    library->avail_in = span->in_n < UINT32_MAX ? (unsigned)span->in_n : UINT32_MAX;
    library->next_out = (char *)span->out;
    library->avail_out = span->out_n < UINT32_MAX ? (unsigned)span->out_n : UINT32_MAX;
}

static inline void weir_bzip2_take_back(const bz_stream *library, weir_span *span)
{
    size_t used = (size_t)((const unsigned char *)library->next_in - span->in);
    size_t made = (size_t)((unsigned char *)library->next_out - span->out);
    weir_span_move(span, used, made);
}

#endif
