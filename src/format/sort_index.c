/* An index is sorted: quicksort, insertion where few are left, and a heap where the pivots turn out
 * badly. Where an entry stands says when it came, so that no two are equal. */

#include "format/sort_index.h"

enum { SORT_INDEX_FEW = 16 };

struct sorting {
    const unsigned char *entries;
    bool descending;
};

static bool sort_index_comes_before(const struct sorting *self, const struct weir_sort_place *a,
                                    const struct weir_sort_place *b)
{
    int order = (a->prefix > b->prefix) - (a->prefix < b->prefix);
    if (!order) {
        struct weir_sort_entry x = weir_sort_entry_at(self->entries + a->at);
        struct weir_sort_entry y = weir_sort_entry_at(self->entries + b->at);
        order = weir_sort_compare(&x, &y);
    }
    if (order)
        return (order < 0) != self->descending;
    return a->at < b->at;
}

static void sort_index_swap(struct weir_sort_place *a, struct weir_sort_place *b)
{
    struct weir_sort_place kept = *a;
    *a = *b;
    *b = kept;
}

static void insert_all(const struct sorting *self, struct weir_sort_place *at, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct weir_sort_place one = at[i];
        size_t j = i;
        for (; j && sort_index_comes_before(self, &one, &at[j - 1]); j--)
            at[j] = at[j - 1];
        at[j] = one;
    }
}

static void sort_index_sift(const struct sorting *self, struct weir_sort_place *at, size_t i,
                            size_t n)
{
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && sort_index_comes_before(self, &at[child], &at[child + 1]))
            child++;
        if (!sort_index_comes_before(self, &at[i], &at[child]))
            return;
        sort_index_swap(&at[i], &at[child]);
    }
}

static void by_heap(const struct sorting *self, struct weir_sort_place *at, size_t n)
{
    for (size_t i = n / 2; i--;)
        sort_index_sift(self, at, i, n);
    while (n > 1) {
        sort_index_swap(&at[0], &at[--n]);
        sort_index_sift(self, at, 0, n);
    }
}

/* The middle one of three goes to the front. */
static void choose_pivot(const struct sorting *self, struct weir_sort_place *at, size_t n)
{
    struct weir_sort_place *middle = &at[n / 2], *last = &at[n - 1];
    if (sort_index_comes_before(self, last, middle))
        sort_index_swap(last, middle);
    if (sort_index_comes_before(self, at, middle))
        sort_index_swap(middle, at);
    if (sort_index_comes_before(self, last, at))
        sort_index_swap(last, at);
}

/* How many come before the pivot, which then stands behind them. */
static size_t sort_index_part(const struct sorting *self, struct weir_sort_place *at, size_t n)
{
    choose_pivot(self, at, n);
    struct weir_sort_place pivot = at[0];
    size_t low = 0, high = n;
    for (;;) {
        while (++low < n && sort_index_comes_before(self, &at[low], &pivot))
            ;
        while (sort_index_comes_before(self, &pivot, &at[--high]))
            ;
        if (low >= high)
            break;
        sort_index_swap(&at[low], &at[high]);
    }
    sort_index_swap(&at[0], &at[high]);
    return high;
}

static void sort_index_sort(const struct sorting *self, struct weir_sort_place *at, size_t n,
                            unsigned depth)
{
    while (n > SORT_INDEX_FEW) {
        if (!depth--) {
            by_heap(self, at, n);
            return;
        }
        size_t before = sort_index_part(self, at, n), behind = n - before - 1;
        /* The shorter side on the stack, which is as deep as depth says. */
        if (before < behind) {
            sort_index_sort(self, at, before, depth);
            at += before + 1;
            n = behind;
        } else {
            sort_index_sort(self, at + before + 1, behind, depth);
            n = before;
        }
    }
    insert_all(self, at, n);
}

void weir_sort_index(struct weir_sort_place *places, size_t n, const unsigned char *entries,
                     bool descending)
{
    struct sorting self = {entries, descending};
    unsigned depth = 0;
    for (size_t left = n; left; left /= 2)
        depth += 2;
    sort_index_sort(&self, places, n, depth);
}
