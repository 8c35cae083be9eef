/* A stream without an end, and a consumer that takes four items of it: nothing is computed that
 * nobody asked for. */

#include <stdio.h>

#include "weir.h"

static bool double_it(int64_t *n, int64_t *out)
{
    *n *= 2;
    *out = *n;
    return true;
}
WEIR_UNFOLD_FN(double_it_fn, double_it, int64_t, int64_t)

static void print(int64_t n, void *arg)
{
    (void)arg;
    printf("%lld\n", (long long)n);
}
WEIR_EACH_FN(print_fn, print, int64_t)

int main(void)
{
    int64_t four = 4;
    weir_stream *numbers = weir_take(weir_unfold(&double_it_fn, &four), 4);
    weir_error error;
    if (weir_run(weir_for_each(numbers, &print_fn, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
