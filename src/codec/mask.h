/* Which of 64 bytes are equal to one: bit i stands for byte i. */
#ifndef WEIR_CODEC_MASK_H
#define WEIR_CODEC_MASK_H

#include <string.h>

#include "weir/base.h"

#define WEIR_ALWAYS_INLINE __attribute__((always_inline)) static inline

typedef uint64_t (*weir_mask)(const unsigned char *bytes, unsigned char byte);

/* How many bits are set. Where there is no instruction for it the compiler would call a function of
 * its own library; in pairs, fours, eights, and all of these added up in the highest byte. */
WEIR_ALWAYS_INLINE size_t weir_bits_base(uint64_t mask)
{
    mask -= mask >> 1 & 0x5555555555555555;
    mask = (mask & 0x3333333333333333) + (mask >> 2 & 0x3333333333333333);
    mask = (mask + (mask >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (size_t)(mask * 0x0101010101010101 >> 56);
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define WEIR_MASK_LEVELS 1
#define WEIR_TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define WEIR_TARGET_AVX512                                                                         \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2,popcnt")))

WEIR_ALWAYS_INLINE uint64_t weir_mask_base(const unsigned char *bytes, unsigned char byte)
{
    const __m128i wanted = _mm_set1_epi8((char)byte);
    uint64_t mask = 0;
    for (unsigned i = 0; i < 4; i++) {
        __m128i four = _mm_loadu_si128((const void *)(bytes + 16 * i));
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(four, wanted)) << 16 * i;
    }
    return mask;
}

WEIR_TARGET_AVX2 WEIR_ALWAYS_INLINE uint64_t weir_mask_avx2(const unsigned char *bytes,
                                                            unsigned char byte)
{
    const __m256i wanted = _mm256_set1_epi8((char)byte);
    __m256i low = _mm256_loadu_si256((const void *)bytes);
    __m256i high = _mm256_loadu_si256((const void *)(bytes + 32));
    uint64_t mask = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return mask << 32 | (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
}

WEIR_TARGET_AVX2 WEIR_ALWAYS_INLINE size_t weir_bits_avx2(uint64_t mask)
{
    return (size_t)__builtin_popcountll(mask);
}

WEIR_TARGET_AVX512 WEIR_ALWAYS_INLINE size_t weir_bits_avx512(uint64_t mask)
{
    return (size_t)__builtin_popcountll(mask);
}

WEIR_TARGET_AVX512 WEIR_ALWAYS_INLINE uint64_t weir_mask_avx512(const unsigned char *bytes,
                                                                unsigned char byte)
{
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(bytes), _mm512_set1_epi8((char)byte));
}
#else
#define WEIR_MASK_LEVELS 0

WEIR_ALWAYS_INLINE uint64_t weir_mask_base(const unsigned char *bytes, unsigned char byte)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < 64; i++)
        mask |= (uint64_t)(bytes[i] == byte) << i;
    return mask;
}
#endif

/* The mask of bytes[at .. at + 64), of which those from n on do not exist: their bits are 0. */
WEIR_ALWAYS_INLINE uint64_t weir_mask_at(weir_mask mask, const unsigned char *bytes, size_t n,
                                         size_t at, unsigned char byte)
{
    if (WEIR_LIKELY(n - at >= 64))
        return mask(bytes + at, byte);
    unsigned char tail[64] = {0};
    memcpy(tail, bytes + at, n - at);
    return mask(tail, byte) & (((uint64_t)1 << (n - at)) - 1);
}

#endif
