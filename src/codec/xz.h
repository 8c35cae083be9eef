/* liblzma, as both of its sides are called. */
#ifndef WEIR_CODEC_XZ_H
#define WEIR_CODEC_XZ_H

#include <lzma.h>

#include "codec/sized.h"
#include "codec/unpack.h"

static void *weir_xz_take(void *arg, size_t n, size_t size)
{
    size_t bytes;
    (void)arg;
    return __builtin_mul_overflow(n, size, &bytes) ? NULL : weir_sized_take(bytes);
}

static const lzma_allocator weir_xz_memory = {weir_xz_take, weir_sized_give_for, NULL};

static inline lzma_stream weir_xz_stream(void)
{
    lzma_stream made = LZMA_STREAM_INIT;
    made.allocator = &weir_xz_memory;
    return made;
}

static inline lzma_ret weir_xz_code(lzma_stream *library, weir_span *span, lzma_action action)
{
    library->next_in = span->in;
    library->avail_in = span->in_n;
    library->next_out = span->out;
    library->avail_out = span->out_n;
    lzma_ret answer = lzma_code(library, action);
    weir_span_move(span, span->in_n - library->avail_in, span->out_n - library->avail_out);
    return answer;
}

/* The second: there was nothing to do. */
static inline bool weir_xz_goes_on(lzma_ret answer)
{
    return answer == LZMA_OK || answer == LZMA_BUF_ERROR;
}

#endif
