/* The block scanner: masks of 64 bytes, bit i standing for byte i. What is within quotes comes of
 * the parity of the quotes before it; a second look at the same masks says whether the quotes stand
 * where they may, and where they do not it stops. */

#include "format/csv_scan.h"

#include <string.h>

#include "codec/mask.h"
#include "weir/fn.h"

/* For each bit the parity of those up to it. */
typedef uint64_t (*parity_fn)(uint64_t mask);

WEIR_ALWAYS_INLINE uint64_t parity_base(uint64_t mask)
{
    for (unsigned i = 1; i < 64; i *= 2)
        mask ^= mask << i;
    return mask;
}

/* What a step finds. */
struct csv_scan_found {
    uint64_t ends;     /* separators and newlines outside of quotes */
    uint64_t newlines; /* of these */
    uint64_t odd;      /* what may not stand there, or has to be read by itself */
};

/* Each mask moved on by a byte, the first bit from the step before. */
WEIR_ALWAYS_INLINE uint64_t csv_scan_behind(uint64_t mask, uint64_t before)
{
    return mask << 1 | before;
}

/* What a dialect has; known when a loop is compiled. */
struct has {
    bool quotes, comments;
};

/* The masks of `n` (1 to 64) bytes; those behind them are not looked at. */
WEIR_ALWAYS_INLINE struct csv_scan_found csv_scan_step(weir_mask mask, parity_fn parity,
                                                       struct has has, weir_csv_scan *scan,
                                                       const weir_csv_dialect *dialect,
                                                       const unsigned char *bytes, unsigned n)
{
    weir_csv_before before = scan->before;
    uint64_t here = UINT64_MAX >> (64 - n);
    uint64_t quotes = has.quotes ? mask(bytes, dialect->quote) & here : 0;
    uint64_t inside = has.quotes ? parity(quotes) ^ before.inside : 0;
    uint64_t outside = ~inside & here;
    uint64_t lines = mask(bytes, '\n');
    uint64_t newlines = lines & outside;
    uint64_t ends = (mask(bytes, dialect->separator) & outside) | newlines;
    uint64_t crs = mask(bytes, '\r') & outside;
    uint64_t opening = quotes & inside;
    uint64_t closing = quotes & ~inside;
    uint64_t behind_closing = csv_scan_behind(closing, before.closed);
    /* A quote opens where a field begins, or stands behind one that closed: a doubled one. One
     * that closed is followed by a field's end or by a quote, a '\r' by a newline. */
    uint64_t odd = opening & ~(csv_scan_behind(ends, before.edge) | behind_closing);
    odd |= behind_closing & ~(ends | crs | quotes);
    odd |= csv_scan_behind(crs, before.cr) & ~newlines;
    odd |= mask(bytes, 0);
    if (has.comments)
        odd |= mask(bytes, dialect->comment) & csv_scan_behind(newlines, before.start);
    scan->doubled |= opening & behind_closing;
    scan->inner |= lines & inside;
    unsigned last = n - 1;
    scan->before = (weir_csv_before){.inside = (uint64_t)((int64_t)inside >> 63),
                                     .start = newlines >> last & 1,
                                     .edge = ends >> last & 1,
                                     .closed = closing >> last & 1,
                                     .cr = crs >> last & 1};
    return (struct csv_scan_found){ends, newlines, odd & here};
}

/* The place of the first bit; whatever, if there is none. */
typedef uint32_t (*first_fn)(uint64_t mask);

WEIR_ALWAYS_INLINE uint32_t first_base(uint64_t mask)
{
    return (uint32_t)__builtin_ctzll(mask | (uint64_t)1 << 63);
}

/* How a level of processor looks at masks. */
struct by {
    weir_mask mask;
    parity_fn parity;
    size_t (*bits)(uint64_t);
    first_fn first;
};

/* Returns the others. */
WEIR_ALWAYS_INLINE uint64_t csv_scan_put_end(first_fn first, uint32_t *out, uint64_t mask,
                                             uint32_t at)
{
    *out = at + first(mask);
    return mask & (mask - 1);
}

/* Writes the places of bits, eight at a time: a branch for each would be guessed wrong too often.
 */
WEIR_ALWAYS_INLINE void put_ends(first_fn first, weir_csv_scan *scan, uint64_t mask, uint32_t at,
                                 size_t count)
{
    uint32_t *out = scan->ends + scan->ends_n;
    for (size_t done = 0; done < count; done += 8, out += 8) {
        mask = csv_scan_put_end(first, out, mask, at);
        mask = csv_scan_put_end(first, out + 1, mask, at);
        mask = csv_scan_put_end(first, out + 2, mask, at);
        mask = csv_scan_put_end(first, out + 3, mask, at);
        mask = csv_scan_put_end(first, out + 4, mask, at);
        mask = csv_scan_put_end(first, out + 5, mask, at);
        mask = csv_scan_put_end(first, out + 6, mask, at);
        mask = csv_scan_put_end(first, out + 7, mask, at);
    }
    scan->ends_n += (uint32_t)count;
}

/* A newline is the end whose number is the number of ends before it. The first is written before it
 * is known whether there is one: whether a step has a newline nobody could guess. */
WEIR_ALWAYS_INLINE void put_records(size_t (*bits)(uint64_t), weir_csv_scan *scan,
                                    struct csv_scan_found found, uint32_t first)
{
    uint64_t left = found.newlines;
    bool one = left != 0;
    do {
        uint64_t before = (left & -left) - 1;
        scan->records[scan->records_n] = first + (uint32_t)bits(found.ends & before);
        scan->records_n += one;
        left &= left - 1;
    } while (WEIR_UNLIKELY(left));
}

WEIR_ALWAYS_INLINE void csv_scan_put(struct by by, weir_csv_scan *scan, struct csv_scan_found found,
                                     uint32_t at)
{
    uint32_t first = scan->ends_n;
    put_ends(by.first, scan, found.ends, at, by.bits(found.ends));
    put_records(by.bits, scan, found, first);
}

/* Stops at the first that is odd; what ended before it is good. */
WEIR_ALWAYS_INLINE void csv_scan_stop(struct by by, weir_csv_scan *scan,
                                      struct csv_scan_found found, uint32_t at)
{
    uint64_t before = (found.odd & -found.odd) - 1;
    found.ends &= before;
    found.newlines &= before;
    csv_scan_put(by, scan, found, at);
    scan->scanned = at + (uint32_t)__builtin_ctzll(found.odd);
    scan->odd = true;
}

WEIR_ALWAYS_INLINE void scan_with(struct by by, struct has has, weir_csv_scan *scan,
                                  const weir_csv_dialect *dialect, const unsigned char *bytes,
                                  size_t n)
{
    weir_csv_scan self = *scan; /* so that it stays in registers */
    weir_csv_dialect marks = *dialect;
    while (self.scanned < n && self.room - self.ends_n >= WEIR_CSV_STEP) {
        uint32_t at = self.scanned;
        size_t left = n - at;
        struct csv_scan_found found;
        if (WEIR_LIKELY(left >= 64)) {
            found = csv_scan_step(by.mask, by.parity, has, &self, &marks, bytes + at, 64);
        } else {
            unsigned char tail[64] = {0};
            memcpy(tail, bytes + at, left);
            found = csv_scan_step(by.mask, by.parity, has, &self, &marks, tail, (unsigned)left);
        }
        if (WEIR_UNLIKELY(found.odd)) {
            csv_scan_stop(by, &self, found, at);
            break;
        }
        csv_scan_put(by, &self, found, at);
        self.scanned = at + (uint32_t)(left < 64 ? left : 64);
    }
    *scan = self;
}

/* The usual dialect has a loop of its own. */
WEIR_ALWAYS_INLINE void scan_by(struct by by, weir_csv_scan *scan, const weir_csv_dialect *dialect,
                                const unsigned char *bytes, size_t n)
{
    struct has usual = {.quotes = true}, has = {dialect->quotes, dialect->comments};
    if (has.quotes && !has.comments)
        scan_with(by, usual, scan, dialect, bytes, n);
    else
        scan_with(by, has, scan, dialect, bytes, n);
}

#define WEIR_CSV_SCAN_LEVEL_(level, target_)                                                       \
    target_ static void scan_##level(weir_csv_scan *scan, const weir_csv_dialect *dialect,         \
                                     const unsigned char *bytes, size_t n)                         \
    {                                                                                              \
        scan_by((struct by){weir_mask_##level, parity_##level, weir_bits_##level, first_##level},  \
                scan, dialect, bytes, n);                                                          \
    }

WEIR_CSV_SCAN_LEVEL_(base, )

#if WEIR_MASK_LEVELS
/* A product without carries, by all ones. */
#define PARITY_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,pclmul")))
#define PARITY_AVX512                                                                              \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2,popcnt,pclmul")))

#define WEIR_CSV_PARITY_LEVEL_(level, target_)                                                     \
    target_ WEIR_ALWAYS_INLINE uint64_t parity_##level(uint64_t mask)                              \
    {                                                                                              \
        __m128i wide = _mm_set_epi64x(0, (int64_t)mask);                                           \
        return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(wide, _mm_set1_epi8(-1), 0));      \
    }

/* An instruction that knows what there is where there is none. */
#define WEIR_CSV_FIRST_LEVEL_(level, target_)                                                      \
    target_ WEIR_ALWAYS_INLINE uint32_t first_##level(uint64_t mask)                               \
    {                                                                                              \
        return (uint32_t)_tzcnt_u64(mask);                                                         \
    }

WEIR_CSV_PARITY_LEVEL_(avx2, PARITY_AVX2)
WEIR_CSV_PARITY_LEVEL_(avx512, PARITY_AVX512)
WEIR_CSV_FIRST_LEVEL_(avx2, PARITY_AVX2)
WEIR_CSV_FIRST_LEVEL_(avx512, PARITY_AVX512)
WEIR_CSV_SCAN_LEVEL_(avx2, PARITY_AVX2)
WEIR_CSV_SCAN_LEVEL_(avx512, PARITY_AVX512)

static const weir_csv_scanner csv_scan_levels[WEIR_CPU_LEVELS] = {scan_base, scan_avx2,
                                                                  scan_avx512};
#else
static const weir_csv_scanner csv_scan_levels[WEIR_CPU_LEVELS] = {scan_base, scan_base, scan_base};
#endif

weir_csv_scanner weir_csv_scanner_at(int cpu_level)
{
    return csv_scan_levels[cpu_level];
}
