/* Nothing is made before it is asked for, and no more than that. One source, three consumers. */

#include <stdio.h>

#include "weir.h"

static bool make(int64_t *n, int64_t *out)
{
    *out = ++*n;
    printf(" made %lld", (long long)*out);
    return true;
}
WEIR_UNFOLD_FN(make_fn, make, int64_t, int64_t)

static void use(int64_t n, void *arg)
{
    (void)arg;
    printf(" used %lld", (long long)n);
}
WEIR_EACH_FN(use_fn, use, int64_t)

/* The source has no end; the take behind it has one. */
static weir_stream *three(void)
{
    return weir_take(weir_unfold(&make_fn, &(int64_t){0}), 3);
}

int main(void)
{
    weir_error error;
    int64_t first;

    printf("built and dropped:");
    weir_drop(three());

    printf("\na loop:");
    weir_for_await (int64_t, n, three())
        use(n, NULL);

    printf("\na consumer:");
    if (weir_run(weir_for_each(three(), &use_fn, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;

    printf("\none of them:");
    weir_stream *numbers = three();
    if (weir_await_next(numbers, &first, &error) == WEIR_READY)
        use(first, NULL);
    weir_drop(numbers);
    printf("\n");
    return 0;
}
