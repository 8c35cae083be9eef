/* Which of 64 bytes are equal to one, bit i standing for byte i, and what is made of that: a search
 * for one byte. */
#ifndef WEIR_CODEC_MASK_H
#define WEIR_CODEC_MASK_H

#include <string.h>

#include "weir/base.h"

#define WEIR_ALWAYS_INLINE __attribute__((always_inline)) static inline

typedef uint64_t (*weir_mask)(const unsigned char *bytes, unsigned char byte);

/* Whether one of WEIR_WIDE bytes is equal to one: one branch for all of them. */
typedef bool (*weir_mask_any)(const unsigned char *bytes, unsigned char byte);

enum { WEIR_WIDE = 128 };

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

WEIR_ALWAYS_INLINE bool weir_any_base(const unsigned char *bytes, unsigned char byte)
{
    const __m128i wanted = _mm_set1_epi8((char)byte);
    __m128i any = _mm_setzero_si128();
    for (unsigned i = 0; i < WEIR_WIDE; i += 16)
        any = _mm_or_si128(any, _mm_cmpeq_epi8(_mm_loadu_si128((const void *)(bytes + i)), wanted));
    return _mm_movemask_epi8(any);
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

WEIR_TARGET_AVX2 WEIR_ALWAYS_INLINE bool weir_any_avx2(const unsigned char *bytes,
                                                       unsigned char byte)
{
    const __m256i wanted = _mm256_set1_epi8((char)byte);
    __m256i any = _mm256_setzero_si256();
    for (unsigned i = 0; i < WEIR_WIDE; i += 32)
        any = _mm256_or_si256(
            any, _mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(bytes + i)), wanted));
    return _mm256_movemask_epi8(any);
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

WEIR_TARGET_AVX512 WEIR_ALWAYS_INLINE bool weir_any_avx512(const unsigned char *bytes,
                                                           unsigned char byte)
{
    return weir_mask_avx512(bytes, byte) | weir_mask_avx512(bytes + 64, byte);
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

WEIR_ALWAYS_INLINE bool weir_any_base(const unsigned char *bytes, unsigned char byte)
{
    unsigned char any = 0;
    for (unsigned i = 0; i < WEIR_WIDE; i++)
        any |= bytes[i] == byte;
    return any;
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

/* How many of the n bytes can be passed over, in wide steps, since none is equal to this one. */
WEIR_ALWAYS_INLINE size_t weir_pass(weir_mask_any any, const unsigned char *bytes, size_t n,
                                    unsigned char byte)
{
    size_t at = 0;
    while (n - at >= WEIR_WIDE && !any(bytes + at, byte))
        at += WEIR_WIDE;
    return at;
}

/* Where the byte stands first; n: nowhere. What stands near is found without a wide step. */
WEIR_ALWAYS_INLINE size_t weir_mask_find(weir_mask mask, weir_mask_any any,
                                         const unsigned char *bytes, size_t n, unsigned char byte)
{
    enum { NEAR = 512 };
    for (size_t at = 0; at < n; at += 64) {
        if (at == NEAR)
            at += weir_pass(any, bytes + at, n - at, byte);
        uint64_t hits = weir_mask_at(mask, bytes, n, at, byte);
        if (hits)
            return at + (size_t)__builtin_ctzll(hits);
    }
    return n;
}

#endif
