/* Rows of other items: random ones of 16, 8 and 4 bytes, whose filter no processor can guess; large
 * ones; and ones that own something. */

#include <stdio.h>
#include <stdlib.h>

#include "items.h"

/* ---- random items ---- */

static uint64_t xorshift(uint64_t x)
{
    x ^= x << 13;
    x ^= x >> 7;
    return x ^ x << 17;
}

/* The first n random numbers: made once, since making one costs as much as a stage does. */
static const int64_t *randoms(size_t n)
{
    static int64_t *made;
    static size_t made_n;
    static uint64_t state = 88172645463325252u;
    if (n <= made_n)
        return made;
    made = realloc(made, n * sizeof *made);
    if (!made) {
        fprintf(stderr, "no memory for %zu random numbers; fewer items\n", n);
        exit(1);
    }
    while (made_n < n) {
        state = xorshift(state);
        made[made_n++] = (int64_t)state;
    }
    return made;
}

static weir_stream *random_items(int64_t n)
{
    return weir_iter(&weir_type_i64, randoms((size_t)n), (size_t)n);
}

struct pair {
    int64_t a, b;
};

static struct pair pair_of(int64_t x, void *arg)
{
    (void)arg;
    return (struct pair){x, x >> 1};
}

static int64_t add_pair(struct pair pair, void *arg)
{
    (void)arg;
    return wrapping_add(pair.a, pair.b);
}

static uint32_t low_half(int64_t x, void *arg)
{
    (void)arg;
    return (uint32_t)x;
}

static int64_t widen(uint32_t x, void *arg)
{
    (void)arg;
    return x;
}

static bool has_bit5(int64_t x, void *arg)
{
    (void)arg;
    return x >> 5 & 1;
}

static bool pair_has_bit5(struct pair pair, void *arg)
{
    return has_bit5(pair.a, arg);
}

static bool half_has_bit5(uint32_t x, void *arg)
{
    (void)arg;
    return x >> 5 & 1;
}

WEIR_MAP_FN(pair_of_fn, pair_of, int64_t, struct pair)
WEIR_MAP_FN(add_pair_fn, add_pair, struct pair, int64_t)
WEIR_MAP_FN(low_half_fn, low_half, int64_t, uint32_t)
WEIR_MAP_FN(widen_fn, widen, uint32_t, int64_t)
WEIR_FILTER_FN(has_bit5_fn, has_bit5, int64_t)
WEIR_FILTER_FN(pair_has_bit5_fn, pair_has_bit5, struct pair)
WEIR_FILTER_FN(half_has_bit5_fn, half_has_bit5, uint32_t)

/* the source alone */
weir_stream *row_random(int64_t n)
{
    return rows_sum(random_items(n));
}

weir_stream *row_random_filter(int64_t n)
{
    return rows_sum(weir_filter(random_items(n), &has_bit5_fn, NULL));
}

/* random_filter16 without its filter */
weir_stream *row_random_map16(int64_t n)
{
    weir_stream *pairs = weir_map(random_items(n), &pair_of_fn, NULL);
    return rows_sum(weir_map(pairs, &add_pair_fn, NULL));
}

weir_stream *row_random_filter16(int64_t n)
{
    weir_stream *pairs = weir_map(random_items(n), &pair_of_fn, NULL);
    weir_stream *kept = weir_filter(pairs, &pair_has_bit5_fn, NULL);
    return rows_sum(weir_map(kept, &add_pair_fn, NULL));
}

weir_stream *row_random_filter4(int64_t n)
{
    weir_stream *halves = weir_map(random_items(n), &low_half_fn, NULL);
    weir_stream *kept = weir_filter(halves, &half_has_bit5_fn, NULL);
    return rows_sum(weir_map(kept, &widen_fn, NULL));
}

/* ---- large items: made, changed by four maps, and added up ---- */

enum { CHANGES = 4 };

#define LARGE(size)                                                                                \
    struct large##size {                                                                           \
        int64_t words[size / 8];                                                                   \
    };                                                                                             \
    static struct large##size make##size(int64_t x, void *arg)                                     \
    {                                                                                              \
        (void)arg;                                                                                 \
        struct large##size large;                                                                  \
        for (int i = 0; i < size / 8; i++)                                                         \
            large.words[i] = x + i;                                                                \
        return large;                                                                              \
    }                                                                                              \
    static struct large##size change##size(struct large##size large, void *arg)                    \
    {                                                                                              \
        (void)arg;                                                                                 \
        large.words[0]++;                                                                          \
        return large;                                                                              \
    }                                                                                              \
    static int64_t ends##size(struct large##size large, void *arg)                                 \
    {                                                                                              \
        (void)arg;                                                                                 \
        return wrapping_add(large.words[0], large.words[size / 8 - 1]);                            \
    }                                                                                              \
    WEIR_MAP_FN(make##size##_fn, make##size, int64_t, struct large##size)                          \
    WEIR_MAP_FN(change##size##_fn, change##size, struct large##size, struct large##size)           \
    WEIR_MAP_FN(ends##size##_fn, ends##size, struct large##size, int64_t)                          \
    weir_stream *row_large##size(int64_t n)                                                        \
    {                                                                                              \
        weir_stream *items = weir_map(weir_range(0, n), &make##size##_fn, NULL);                   \
        for (int i = 0; i < CHANGES; i++)                                                          \
            items = weir_map(items, &change##size##_fn, NULL);                                     \
        return rows_sum(weir_map(items, &ends##size##_fn, NULL));                                  \
    }

LARGE(64)
LARGE(256)

/* ---- items with a drop, which is counted ---- */

struct owned {
    int64_t x;
};

static int64_t dropped;

static void drop_owned(const weir_type *type, void *item)
{
    (void)type;
    (void)item;
    dropped++;
}

static const weir_type owned_type = {.name = "struct owned",
                                     .size = sizeof(struct owned),
                                     .align = _Alignof(struct owned),
                                     .drop = drop_owned};

static struct owned own(int64_t x, void *arg)
{
    (void)arg;
    return (struct owned){x};
}

static bool owned_is_even(struct owned owned, void *arg)
{
    (void)arg;
    return (owned.x & 1) == 0;
}

static bool owned_is_positive(struct owned owned, void *arg)
{
    (void)arg;
    return owned.x >= 0;
}

static int64_t give_up(struct owned owned, void *arg)
{
    (void)arg;
    drop_owned(&owned_type, &owned);
    return owned.x;
}

WEIR_MAP_FN(own_fn, own, int64_t, struct owned, .to = &owned_type)
WEIR_FILTER_FN(owned_is_even_fn, owned_is_even, struct owned, .of = &owned_type)
WEIR_FILTER_FN(owned_is_positive_fn, owned_is_positive, struct owned, .of = &owned_type)
WEIR_MAP_FN(give_up_fn, give_up, struct owned, int64_t, .from = &owned_type)

static weir_stream *owned_kept(int64_t n, const weir_filter_fn *keep)
{
    weir_stream *owned = weir_map(weir_range(0, n), &own_fn, NULL);
    return rows_sum(weir_map(weir_filter(owned, keep, NULL), &give_up_fn, NULL));
}

weir_stream *row_owned_all(int64_t n)
{
    return owned_kept(n, &owned_is_positive_fn);
}

weir_stream *row_owned_half(int64_t n)
{
    return owned_kept(n, &owned_is_even_fn);
}
