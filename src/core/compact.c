/* Moving what a filter keeps to the front: the second half of every batch filter. Items of four and
 * eight bytes, the usual sizes, go by whole registers. */

#include <string.h>

#include "weir/fn.h"
#include "weir/implement.h"

/* Items are of any type. */
typedef uint64_t __attribute__((may_alias)) any8;

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx512f,avx512dq"))) static size_t
compact8_avx512(any8 *items, const int64_t *keep, size_t n)
{
    size_t kept = 0, i = 0;
    for (; i + 8 <= n; i += 8) {
        __mmask8 mask = _mm512_movepi64_mask(_mm512_loadu_si512(keep + i));
        __m512i packed = _mm512_maskz_compress_epi64(mask, _mm512_loadu_si512(items + i));
        _mm512_storeu_si512(items + kept, packed); /* kept <= i: never past what was read */
        kept += (size_t)__builtin_popcount(mask);
    }
    for (; i < n; i++) {
        items[kept] = items[i];
        kept += keep[i] != 0;
    }
    return kept;
}

/* For each mask of four lanes: the order of 32-bit halves that brings the kept to the front. */
__attribute__((aligned(32))) static const uint32_t front4[16][8] = {
    {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7}, {2, 3, 0, 1, 4, 5, 6, 7},
    {0, 1, 2, 3, 4, 5, 6, 7}, {4, 5, 0, 1, 2, 3, 6, 7}, {0, 1, 4, 5, 2, 3, 6, 7},
    {2, 3, 4, 5, 0, 1, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7}, {6, 7, 0, 1, 2, 3, 4, 5},
    {0, 1, 6, 7, 2, 3, 4, 5}, {2, 3, 6, 7, 0, 1, 4, 5}, {0, 1, 2, 3, 6, 7, 4, 5},
    {4, 5, 6, 7, 0, 1, 2, 3}, {0, 1, 4, 5, 6, 7, 2, 3}, {2, 3, 4, 5, 6, 7, 0, 1},
    {0, 1, 2, 3, 4, 5, 6, 7}};

__attribute__((target("avx2"))) static size_t compact8_avx2(any8 *items, const int64_t *keep,
                                                            size_t n)
{
    size_t kept = 0, i = 0;
    for (; i + 4 <= n; i += 4) {
        __m256i lanes = _mm256_loadu_si256((const __m256i *)(const void *)(keep + i));
        unsigned mask = (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(lanes));
        __m256i order = _mm256_load_si256((const __m256i *)(const void *)front4[mask]);
        __m256i four = _mm256_loadu_si256((const __m256i *)(const void *)(items + i));
        _mm256_storeu_si256((__m256i *)(void *)(items + kept),
                            _mm256_permutevar8x32_epi32(four, order));
        kept += (size_t)__builtin_popcount(mask);
    }
    for (; i < n; i++) {
        items[kept] = items[i];
        kept += keep[i] != 0;
    }
    return kept;
}

/* For each mask of four lanes of 32 bits: the bytes of those that are kept, in front. */
#define LANE(n) 4 * (n), 4 * (n) + 1, 4 * (n) + 2, 4 * (n) + 3
__attribute__((aligned(16))) static const uint8_t front4x4[16][16] = {
    {LANE(0), LANE(1), LANE(2), LANE(3)}, {LANE(0), LANE(1), LANE(2), LANE(3)},
    {LANE(1), LANE(0), LANE(2), LANE(3)}, {LANE(0), LANE(1), LANE(2), LANE(3)},
    {LANE(2), LANE(0), LANE(1), LANE(3)}, {LANE(0), LANE(2), LANE(1), LANE(3)},
    {LANE(1), LANE(2), LANE(0), LANE(3)}, {LANE(0), LANE(1), LANE(2), LANE(3)},
    {LANE(3), LANE(0), LANE(1), LANE(2)}, {LANE(0), LANE(3), LANE(1), LANE(2)},
    {LANE(1), LANE(3), LANE(0), LANE(2)}, {LANE(0), LANE(1), LANE(3), LANE(2)},
    {LANE(2), LANE(3), LANE(0), LANE(1)}, {LANE(0), LANE(2), LANE(3), LANE(1)},
    {LANE(1), LANE(2), LANE(3), LANE(0)}, {LANE(0), LANE(1), LANE(2), LANE(3)}};

__attribute__((target("avx2"))) static size_t compact4_avx2(char *items, const int64_t *keep,
                                                            size_t n)
{
    size_t kept = 0, i = 0;
    for (; i + 4 <= n; i += 4) {
        __m256i lanes = _mm256_loadu_si256((const __m256i *)(const void *)(keep + i));
        unsigned mask = (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(lanes));
        __m128i order = _mm_load_si128((const __m128i *)(const void *)front4x4[mask]);
        __m128i four = _mm_loadu_si128((const __m128i *)(const void *)(items + 4 * i));
        _mm_storeu_si128((__m128i *)(void *)(items + 4 * kept), _mm_shuffle_epi8(four, order));
        kept += (size_t)__builtin_popcount(mask);
    }
    for (; i < n; i++) {
        memmove(items + 4 * kept, items + 4 * i, 4);
        kept += keep[i] != 0;
    }
    return kept;
}
#endif

static size_t compact8(any8 *items, const int64_t *keep, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        items[kept] = items[i];
        kept += keep[i] != 0;
    }
    return kept;
}

static size_t compact_any(char *items, size_t size, const int64_t *keep, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!keep[i])
            continue;
        if (kept != i)
            memcpy(items + kept * size, items + i * size, size);
        kept++;
    }
    return kept;
}

/* Small items are moved whether they are kept or not: that costs less than a wrong guess. */
static inline __attribute__((always_inline)) size_t compact_whole(char *items, size_t size,
                                                                  const int64_t *keep, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        memmove(items + kept * size, items + i * size, size);
        kept += keep[i] != 0;
    }
    return kept;
}

static size_t compact4(char *items, const int64_t *keep, size_t n)
{
#if defined(__x86_64__)
    if (weir_cpu_level() >= WEIR_CPU_AVX2)
        return compact4_avx2(items, keep, n);
#endif
    return compact_whole(items, 4, keep, n);
}

static size_t compact8_at_level(any8 *items, const int64_t *keep, size_t n)
{
#if defined(__x86_64__)
    int level = weir_cpu_level();
    if (level == WEIR_CPU_AVX512)
        return compact8_avx512(items, keep, n);
    if (level == WEIR_CPU_AVX2)
        return compact8_avx2(items, keep, n);
#endif
    return compact8(items, keep, n);
}

static size_t compact_by_size(char *items, size_t size, const int64_t *keep, size_t n)
{
    switch (size) {
    case 1:
        return compact_whole(items, 1, keep, n);
    case 2:
        return compact_whole(items, 2, keep, n);
    case 4:
        return compact4(items, keep, n);
    case 12:
        return compact_whole(items, 12, keep, n);
    case 16:
        return compact_whole(items, 16, keep, n);
    case 24:
        return compact_whole(items, 24, keep, n);
    case 32:
        return compact_whole(items, 32, keep, n);
    case 48:
        return compact_whole(items, 48, keep, n);
    case 64:
        return compact_whole(items, 64, keep, n);
    default:
        return compact_any(items, size, keep, n);
    }
}

static size_t first_rejected(const int64_t *keep, size_t n)
{
    size_t i = 0;
    while (i < n && keep[i])
        i++;
    return i;
}

/* Where nothing is rejected nothing moves. */
size_t weir_compact(void *items, size_t size, const int64_t *keep, size_t n)
{
    if (size == 8 && (uintptr_t)items % 8 == 0)
        return compact8_at_level(items, keep, n);
    size_t first = first_rejected(keep, n);
    if (first == n)
        return n;
    return first + compact_by_size((char *)items + first * size, size, keep + first, n - first);
}
