/* Numbers of one size and sign are one type, whatever they are called. */

#include <stdio.h>

#include "weir.h"

bool print_totals(const char *path)
{
    weir_error error;
    unsigned long long lines;
    size_t again;
    if (weir_await(weir_count(weir_lines(weir_file_reader(path), 4096)), &lines, &error) !=
        WEIR_READY)
        return false;
    if (weir_await(weir_count(weir_lines(weir_file_reader(path), 4096)), &again, &error) !=
        WEIR_READY)
        return false;
    printf("%llu lines, then %zu\n", lines, again);
    weir_for_try (long long, n, weir_range(0, 10), error)
        printf("%lld\n", n);
    return error.code == WEIR_OK;
}
