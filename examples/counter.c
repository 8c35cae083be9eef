/* Counts from 1 to 5: a source made of a state and a function. */

#include <stdio.h>

#include "weir.h"

static bool count_to_five(int64_t *n, int64_t *out)
{
    *out = ++*n;
    return *n <= 5;
}
WEIR_UNFOLD_FN(count_to_five_fn, count_to_five, int64_t, int64_t)

static void print(int64_t n, void *arg)
{
    (void)arg;
    printf("%lld\n", (long long)n);
}
WEIR_EACH_FN(print_fn, print, int64_t)

int main(void)
{
    int64_t zero = 0;
    weir_stream *numbers = weir_unfold(&count_to_five_fn, &zero);
    weir_error error;
    if (weir_run(weir_for_each(numbers, &print_fn, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
