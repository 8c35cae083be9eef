/* A substring in bytes. Candidates are the places where the pattern's two rarest bytes stand; they
 * are compared by the two-way algorithm (Crochemore and Perrin 1991), which rules out as many of
 * the next as were compared in vain. So the time is linear whatever the bytes are. */

#include "codec/substring.h"

#include "codec/mask.h"
#include "weir/fn.h"

enum { SUBSTRING_WORD = 8 }; /* bytes that are compared at once */

/* ---- the two bytes ---- */

/* How common each byte is in text, logs and data with text in them; a rough order is enough. */
static void rank(unsigned char common[256])
{
    static const char order[] = " etaoinsr0123456789dhlcu.-/\":,pmfgyw_bvk=xjqz;()EAITSRONC";
    memset(common, 60, 0x80);
    memset(&common[0x80], 40, 0x80);
    memset(&common['A'], 100, 'Z' - 'A' + 1);
    common['\t'] = common[0] = 150;
    for (unsigned i = 0; i + 1 < sizeof order; i++)
        common[(unsigned char)order[i]] = (unsigned char)(255 - i);
}

/* The rarest byte but the one at `but`. */
static size_t rarest(const unsigned char common[256], const unsigned char *pattern, size_t n,
                     size_t but)
{
    size_t best = but ? 0 : n - 1;
    for (size_t i = 0; i < n; i++)
        if (i != but && common[pattern[i]] < common[pattern[best]])
            best = i;
    return best;
}

static void substring_choose(weir_substring *self)
{
    unsigned char common[256];
    rank(common);
    self->at[0] = self->n > 1 ? rarest(common, self->pattern, self->n, self->n) : 0;
    self->at[1] = self->n > 1 ? rarest(common, self->pattern, self->n, self->at[0]) : 0;
}

/* ---- the two halves ---- */

/* Where the greatest suffix begins, bytes in their order or in the reverse one; *period: its. */
static size_t greatest_suffix(const unsigned char *pattern, size_t n, bool reverse, size_t *period)
{
    size_t best = 0;
    size_t equal = 0;
    *period = 1;
    for (size_t other = 1; other + equal < n;) {
        unsigned char a = pattern[best + equal];
        unsigned char b = pattern[other + equal];
        if (a == b) {
            equal++;
            if (equal < *period)
                continue;
            other += *period;
        } else if ((a < b) != reverse) {
            best = other++;
            *period = 1;
        } else {
            other += equal + 1;
            *period = other - best;
        }
        equal = 0;
    }
    return best;
}

/* Splits the pattern so that a wrong byte in the second half, where all before it in that half is
 * right, leaves no place at which the second half would begin up to that byte. */
static void substring_split(weir_substring *self)
{
    size_t period, period_reverse;
    size_t at = greatest_suffix(self->pattern, self->n, false, &period);
    size_t at_reverse = greatest_suffix(self->pattern, self->n, true, &period_reverse);
    size_t most = at > at_reverse ? at : at_reverse;
    size_t rest = self->n - most;
    self->split = most;
    self->period = at > at_reverse ? period : period_reverse;
    if (memcmp(self->pattern, self->pattern + self->period, most) != 0)
        self->period = (most > rest ? most : rest) + 1;
    self->look = self->n < SUBSTRING_WORD ? 0
                 : rest < SUBSTRING_WORD  ? self->n - SUBSTRING_WORD
                                          : most;
}

/* ---- comparing ---- */

/* 0 where the eight bytes are equal. */
static uint64_t difference(const unsigned char *a, const unsigned char *b)
{
    uint64_t left, right;
    memcpy(&left, a, SUBSTRING_WORD);
    memcpy(&right, b, SUBSTRING_WORD);
    return left ^ right;
}

/* How many bytes stand before the first that differs. */
static size_t equal_before(uint64_t wrong)
{
    bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    return (size_t)(little ? __builtin_ctzll(wrong) : __builtin_clzll(wrong)) / 8;
}

/* The first byte from `at` on that is not as here; n: none. */
static size_t wrong_byte(const weir_substring *self, const unsigned char *here, size_t at)
{
    for (; self->n - at >= SUBSTRING_WORD; at += SUBSTRING_WORD) {
        uint64_t wrong = difference(here + at, self->pattern + at);
        if (wrong)
            return at + equal_before(wrong);
    }
    while (at < self->n && here[at] == self->pattern[at])
        at++;
    return at;
}

/* 0 if the pattern stands here; else how far the next place is where it may. */
static size_t step_from(const weir_substring *self, const unsigned char *here)
{
    if (self->n < SUBSTRING_WORD)
        return memcmp(here, self->pattern, self->n) != 0;
    /* One look is enough nearly always. It reaches back before the second half if that is short. */
    uint64_t wrong = difference(here + self->look, self->pattern + self->look);
    size_t at = wrong ? self->look + equal_before(wrong) : wrong_byte(self, here, self->split);
    if (at < self->n)
        return at < self->split ? 1 : at - self->split + 1;
    /* One period on the first half is right: so bytes are compared once more at most. */
    return memcmp(here, self->pattern, self->split) == 0 ? 0 : self->period;
}

/* Where the pattern stands, or if it does not, where it may stand next. */
struct verdict {
    size_t place;
    bool right;
};

/* The candidates among the 64 places from `at` on, bit i being at + i, until one is right. */
static struct verdict substring_compare(const weir_substring *self, const unsigned char *bytes,
                                        size_t at, uint64_t candidates)
{
    do {
        size_t place = at + (size_t)__builtin_ctzll(candidates);
        size_t step = step_from(self, bytes + place);
        if (!step || place + step - at >= 64)
            return (struct verdict){place + step, !step};
        candidates &= candidates - 1;
        if (step > 1) /* not always: what is next need not wait for what was compared */
            candidates &= ~(uint64_t)0 << (place + step - at);
    } while (candidates);
    return (struct verdict){at + 64, false};
}

/* ---- the search ---- */

/* Where no candidate was for a while, one of the two bytes is looked for alone, in wide steps. If
 * that did not lead far, the next time it is the other byte's turn, after a longer while. */
struct pace {
    size_t next; /* where it is tried */
    size_t wait; /* how far that is from the last candidate or try */
    unsigned by; /* which of the two */
};

enum { WAIT_BYTES = 512, FAR_BYTES = 2048 };

WEIR_ALWAYS_INLINE size_t substring_pass(weir_mask_any any, struct pace *pace,
                                         const weir_substring *self, const unsigned char *bytes,
                                         size_t places, size_t at)
{
    size_t byte = self->at[pace->by];
    size_t passed = weir_pass(any, bytes + byte + at, places - at, self->pattern[byte]);
    if (passed < FAR_BYTES) {
        pace->wait *= 2;
        pace->by ^= 1;
    }
    pace->next = at + passed + pace->wait;
    return at + passed;
}

/* Where several candidates are near each other up to seven more of the pattern's bytes are looked
 * at, which is less than to compare each. */
WEIR_ALWAYS_INLINE uint64_t thin_out(weir_mask mask, const weir_substring *self,
                                     const unsigned char *bytes, size_t places, size_t at,
                                     uint64_t hits)
{
    size_t step = self->n / 8 + 1;
    for (size_t i = step; i < self->n && (hits & (hits - 1)); i += step)
        hits &= weir_mask_at(mask, bytes + i, places, at, self->pattern[i]);
    return hits;
}

WEIR_ALWAYS_INLINE size_t find_by(weir_mask mask, weir_mask_any any, const weir_substring *self,
                                  const unsigned char *bytes, size_t n)
{
    if (self->n == 1)
        return weir_mask_find(mask, any, bytes, n, *self->pattern);
    if (n < self->n)
        return n;
    size_t places = n - self->n + 1;
    const unsigned char *first = bytes + self->at[0];
    const unsigned char *second = bytes + self->at[1];
    unsigned char rare = self->pattern[self->at[0]];
    unsigned char other = self->pattern[self->at[1]];
    struct pace pace = {.next = WAIT_BYTES, .wait = WAIT_BYTES};
    for (size_t at = 0; at < places; at += 64) {
        if (at >= pace.next)
            at = substring_pass(any, &pace, self, bytes, places, at);
        /* Both at once: a branch on the first alone would be guessed wrong too often. */
        uint64_t hits = weir_mask_at(mask, first, places, at, rare) &
                        weir_mask_at(mask, second, places, at, other);
        if (WEIR_LIKELY(!hits))
            continue;
        pace.next = at + pace.wait;
        hits = thin_out(mask, self, bytes, places, at, hits);
        if (!hits)
            continue;
        struct verdict verdict = substring_compare(self, bytes, at, hits);
        if (verdict.right)
            return verdict.place;
        at = verdict.place - 64;
    }
    return n;
}

static size_t substring_find_base(const weir_substring *self, const unsigned char *bytes, size_t n)
{
    return find_by(weir_mask_base, weir_any_base, self, bytes, n);
}

#if WEIR_MASK_LEVELS
WEIR_TARGET_AVX2 static size_t substring_find_avx2(const weir_substring *self,
                                                   const unsigned char *bytes, size_t n)
{
    return find_by(weir_mask_avx2, weir_any_avx2, self, bytes, n);
}

WEIR_TARGET_AVX512 static size_t substring_find_avx512(const weir_substring *self,
                                                       const unsigned char *bytes, size_t n)
{
    return find_by(weir_mask_avx512, weir_any_avx512, self, bytes, n);
}
#else
#define substring_find_avx2 substring_find_base
#define substring_find_avx512 substring_find_base
#endif

void weir_substring_init(weir_substring *self, const void *pattern, size_t n, int cpu_level)
{
    self->pattern = pattern;
    self->n = n;
    substring_choose(self);
    substring_split(self);
    self->find = cpu_level == WEIR_CPU_AVX512 ? substring_find_avx512
                 : cpu_level == WEIR_CPU_AVX2 ? substring_find_avx2
                                              : substring_find_base;
}
