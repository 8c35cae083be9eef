/* Futures that are pushed while others run: each page that was fetched names more of them. What was
 * found first may be there last; the set is empty when there is nothing left to fetch. */

#include <stdio.h>

#include "weir.h"

/* Page n takes a while, and gives its number. Pages 1 to 7 are a tree: n names 2n and 2n + 1. */
static bool fetch(int64_t *n, int64_t *page, weir_error *error)
{
    *page = *n;
    uint64_t ms = 1 + (uint64_t)*n % 3;
    return weir_await(weir_sleep(ms * 1000 * 1000), NULL, error) == WEIR_READY;
}
WEIR_FIBER_FN(fetch_fn, fetch, int64_t, int64_t)

static void push(weir_set *set, int64_t n)
{
    weir_stream *page = weir_fiber(&fetch_fn, &n, NULL);
    if (weir_set_push(set, page))
        return;
    fprintf(stderr, "page %lld is one too many\n", (long long)n);
    weir_drop(page);
}

int main(void)
{
    weir_set *set;
    weir_stream *pages = weir_futures_unordered(&weir_type_i64, 8, &set);
    weir_error error;
    int64_t sum = 0;
    push(set, 1);
    weir_for_try (int64_t, page, pages, error) {
        sum += page;
        for (int64_t next = 2 * page; next <= 2 * page + 1 && next <= 7; next++)
            push(set, next);
    }
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("the pages' numbers are %lld in all\n", (long long)sum);
    return 0;
}
