/* Newlines in bytes: each function once, over a mask of 64 bytes that each level of processor
 * makes in its own way. */

#include "codec/newline.h"

#include "codec/mask.h"
#include "weir/fn.h"

WEIR_ALWAYS_INLINE size_t last_by(weir_mask mask, const unsigned char *bytes, size_t n)
{
    size_t at = n & ~(size_t)63;
    for (;;) {
        uint64_t hits = at < n ? weir_mask_at(mask, bytes, n, at, '\n') : 0;
        if (hits)
            return at + 64 - (size_t)__builtin_clzll(hits);
        if (!at)
            return 0;
        at -= 64;
    }
}

WEIR_ALWAYS_INLINE size_t count_by(weir_mask mask, size_t (*bits)(uint64_t),
                                   const unsigned char *bytes, size_t n)
{
    size_t count = 0;
    for (size_t at = 0; at < n; at += 64)
        count += bits(weir_mask_at(mask, bytes, n, at, '\n'));
    return count;
}

WEIR_ALWAYS_INLINE size_t ends_by(weir_mask mask, const unsigned char *bytes, size_t n,
                                  size_t *ends, size_t ends_max)
{
    size_t count = 0;
    for (size_t at = 0; at < n; at += 64) {
        uint64_t hits = weir_mask_at(mask, bytes, n, at, '\n');
        for (; hits; hits &= hits - 1) {
            if (count == ends_max)
                return count;
            ends[count++] = at + (size_t)__builtin_ctzll(hits);
        }
    }
    return count;
}

/* The same four functions compiled for one level. */
#define WEIR_NEWLINE_LEVEL_(level, target_)                                                        \
    target_ static size_t find_##level(const unsigned char *bytes, size_t n)                       \
    {                                                                                              \
        return weir_mask_find(weir_mask_##level, weir_any_##level, bytes, n, '\n');                \
    }                                                                                              \
    target_ static size_t last_##level(const unsigned char *bytes, size_t n)                       \
    {                                                                                              \
        return last_by(weir_mask_##level, bytes, n);                                               \
    }                                                                                              \
    target_ static size_t count_##level(const unsigned char *bytes, size_t n)                      \
    {                                                                                              \
        return count_by(weir_mask_##level, weir_bits_##level, bytes, n);                           \
    }                                                                                              \
    target_ static size_t ends_##level(const unsigned char *bytes, size_t n, size_t *ends,         \
                                       size_t ends_max)                                            \
    {                                                                                              \
        return ends_by(weir_mask_##level, bytes, n, ends, ends_max);                               \
    }

#define WEIR_NEWLINE_OPS_(level)                                                                   \
    {                                                                                              \
        find_##level, last_##level, count_##level, ends_##level                                    \
    }

#if WEIR_MASK_LEVELS
WEIR_NEWLINE_LEVEL_(base, )
WEIR_NEWLINE_LEVEL_(avx2, WEIR_TARGET_AVX2)
WEIR_NEWLINE_LEVEL_(avx512, WEIR_TARGET_AVX512)

static const weir_newline_ops newline_levels[WEIR_CPU_LEVELS] = {
    WEIR_NEWLINE_OPS_(base), WEIR_NEWLINE_OPS_(avx2), WEIR_NEWLINE_OPS_(avx512)};
#else
WEIR_NEWLINE_LEVEL_(base, )

static const weir_newline_ops newline_levels[WEIR_CPU_LEVELS] = {
    WEIR_NEWLINE_OPS_(base), WEIR_NEWLINE_OPS_(base), WEIR_NEWLINE_OPS_(base)};
#endif

const weir_newline_ops *weir_newline_at(int cpu_level)
{
    return &newline_levels[cpu_level];
}
