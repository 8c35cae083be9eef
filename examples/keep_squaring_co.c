/* A generator without a stack: what it keeps stands in a struct, and it comes back to where it gave
 * an item. It never ends by itself, and gives as many as are asked for. */

#include <stdio.h>

#include "weir.h"

struct squaring {
    int64_t n;
};

static weir_poll keep_squaring(struct squaring *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    for (;;)
        weir_co_yield(co, out, self->n *= 2);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(keep_squaring_fn, keep_squaring, struct squaring, int64_t)

static void print(int64_t n, void *arg)
{
    (void)arg;
    printf("%lld\n", (long long)n);
}
WEIR_EACH_FN(print_fn, print, int64_t)

int main(void)
{
    weir_stream *numbers = weir_co_generator(&keep_squaring_fn, &(struct squaring){4}, NULL);
    weir_error error;
    numbers = weir_take(numbers, 4);
    if (weir_run(weir_for_each(numbers, &print_fn, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
