/* What stands behind the header is made numbers of before it is printed as such. */

#include <stdio.h>
#include <stdlib.h>

#include "weir.h"

static int64_t number_of(weir_line line, void *arg)
{
    (void)arg;
    return strtoll(line.data, NULL, 10);
}
WEIR_MAP_FN(number_of_fn, number_of, weir_line, int64_t)

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
    prices = weir_map(prices, &number_of_fn, NULL);
    weir_stream *printed = weir_for_each(prices, &print_price_fn, NULL);
    if (weir_run(printed, NULL, &error) == WEIR_ERROR)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
