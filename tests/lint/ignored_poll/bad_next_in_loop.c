/* A loop over the next two streams of a merge: which of them is over is not seen. */
#include <stdio.h>

#include <weir.h>

struct pair {
    weir_stream *left, *right;
};

static bool print_pairs(struct pair *pair, uint64_t *n, weir_error *error)
{
    int64_t left = 0, right = 0;
    for (*n = 0; *n < 1000; ++*n) {
        weir_await_next(pair->left, &left, error); // lint: ignored_poll 9-24
        if (left < 0)
            break;
        weir_await_next(pair->right, &right, error); // lint: ignored_poll 9-24
        printf("%lld %lld\n", (long long)left, (long long)right);
    }
    return true;
}
WEIR_FIBER_FN(print_pairs_fn, print_pairs, struct pair, uint64_t)

weir_stream *pairs_print(weir_stream *left, weir_stream *right)
{
    return weir_fiber(&print_pairs_fn, &(struct pair){left, right}, NULL);
}
