/* A generator with a stack: a plain function that yields. It never ends by itself, and runs only
 * when somebody asks for the next number. Its twin without a stack is keep_squaring_co.c. */

#include <stdio.h>

#include "weir.h"

static bool keep_squaring(int64_t *n, weir_error *error)
{
    (void)error;
    while (weir_yield(int64_t, *n *= 2))
        ;
    return true; /* nobody wants more */
}
WEIR_GENERATOR_FN(keep_squaring_fn, keep_squaring, int64_t, int64_t)

int main(void)
{
    weir_stream *numbers = weir_generator(&keep_squaring_fn, &(int64_t){4}, NULL);
    weir_error error;
    weir_for_try (int64_t, n, weir_take(numbers, 4), error)
        printf("%lld\n", (long long)n);
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
