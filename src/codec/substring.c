/* A substring in bytes, by its two rarest bytes. */

#include <string.h>

#include "codec/mask.h"
#include "codec/newline.h"
#include "weir/fn.h"

/* How common a byte is in text, logs and data with text in them; a rough order is enough. */
static unsigned commonness(unsigned char byte)
{
    static const char order[] = " etaoinsr0123456789dhlcu.-/\":,pmfgyw_bvk=xjqz;()EAITSRONC";
    for (unsigned i = 0; i + 1 < sizeof order; i++)
        if ((unsigned char)order[i] == byte)
            return 255 - i;
    if (byte == '\t' || byte == 0)
        return 150;
    return byte >= 'A' && byte <= 'Z' ? 100 : byte < 0x80 ? 60 : 40;
}

/* The rarest byte but the one at `but`. */
static size_t rarest(const unsigned char *pattern, size_t n, size_t but)
{
    size_t best = but ? 0 : n - 1;
    for (size_t i = 0; i < n; i++)
        if (i != but && commonness(pattern[i]) < commonness(pattern[best]))
            best = i;
    return best;
}

static bool is_at(const weir_substring *self, const unsigned char *bytes)
{
    return memcmp(bytes, self->pattern, self->n) == 0;
}

/* Places are taken 64 at a time: those where both bytes stand right are compared. */
WEIR_ALWAYS_INLINE size_t find_by(weir_mask mask, const weir_substring *self,
                                  const unsigned char *bytes, size_t n)
{
    if (n < self->n)
        return n;
    size_t places = n - self->n + 1;
    const unsigned char *first = bytes + self->at[0];
    const unsigned char *second = bytes + self->at[1];
    unsigned char rare = self->pattern[self->at[0]];
    unsigned char other = self->pattern[self->at[1]];
    for (size_t at = 0; at < places; at += 64) {
        /* Both at once: a branch on the first alone would be guessed wrong too often. */
        uint64_t hits = weir_mask_at(mask, first, places, at, rare) &
                        weir_mask_at(mask, second, places, at, other);
        for (; hits; hits &= hits - 1) {
            size_t place = at + (size_t)__builtin_ctzll(hits);
            if (is_at(self, bytes + place))
                return place;
        }
    }
    return n;
}

static size_t find_base(const weir_substring *self, const unsigned char *bytes, size_t n)
{
    return find_by(weir_mask_base, self, bytes, n);
}

#if WEIR_MASK_LEVELS
WEIR_TARGET_AVX2 static size_t find_avx2(const weir_substring *self, const unsigned char *bytes,
                                         size_t n)
{
    return find_by(weir_mask_avx2, self, bytes, n);
}

WEIR_TARGET_AVX512 static size_t find_avx512(const weir_substring *self, const unsigned char *bytes,
                                             size_t n)
{
    return find_by(weir_mask_avx512, self, bytes, n);
}
#else
#define find_avx2 find_base
#define find_avx512 find_base
#endif

void weir_substring_init(weir_substring *self, const void *pattern, size_t n, int cpu_level)
{
    self->pattern = pattern;
    self->n = n;
    self->at[0] = n > 1 ? rarest(pattern, n, n) : 0;
    self->at[1] = n > 1 ? rarest(pattern, n, self->at[0]) : 0;
    self->find = cpu_level == WEIR_CPU_AVX512 ? find_avx512
                 : cpu_level == WEIR_CPU_AVX2 ? find_avx2
                                              : find_base;
}
