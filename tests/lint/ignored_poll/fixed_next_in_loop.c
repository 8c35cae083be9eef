/* The pairs end with the shorter of the two. */
#include <stdio.h>

#include <weir.h>

struct pair {
    weir_stream *left, *right;
};

static bool print_pairs(struct pair *pair, uint64_t *n, weir_error *error)
{
    int64_t left, right;
    for (*n = 0; *n < 1000; ++*n) {
        if (weir_await_next(pair->left, &left, error) != WEIR_READY || left < 0)
            break;
        if (weir_await_next(pair->right, &right, error) != WEIR_READY)
            break;
        printf("%lld %lld\n", (long long)left, (long long)right);
    }
    return error->code == WEIR_OK;
}
WEIR_FIBER_FN(print_pairs_fn, print_pairs, struct pair, uint64_t)

weir_stream *pairs_print(weir_stream *left, weir_stream *right)
{
    return weir_fiber(&print_pairs_fn, &(struct pair){left, right}, NULL);
}
