/* Skipped, taken and limited lines are still lines; the function at the end takes numbers. */

#include <stdio.h>
#include <stdlib.h>

#include "weir.h"

static void print_price(int64_t cents, void *arg)
{
    (void)arg;
    printf("%lld.%02lld\n", (long long)(cents / 100), (long long)(cents % 100));
}
WEIR_EACH_FN(print_price_fn, print_price, int64_t)

int main(int argc, char **argv)
{
    weir_error error;
    weir_stream *prices = weir_lines(weir_file_reader(argv[argc - 1]), 64);
    prices = weir_skip(prices, 1);
    prices = weir_take(weir_limit(prices, 1000000), 100);
    // lint-next: item_type_mismatch 28-41
    weir_stream *printed = weir_for_each(prices, &print_price_fn, NULL);
    if (weir_run(printed, NULL, &error) == WEIR_ERROR)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
