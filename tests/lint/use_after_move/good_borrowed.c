/* Borrowed, not taken: by reference, by await_next, by a macro that names its argument twice. */

#include <stdio.h>

#include "weir.h"

bool two_parts(const char *path, uint64_t *head, uint64_t *rest, weir_error *error)
{
    weir_line empty;
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    if (weir_await(weir_count(weir_take(weir_by_ref(lines), 10)), head, error) != WEIR_READY ||
        weir_await_next(lines, &empty, error) == WEIR_ERROR) {
        weir_drop(lines);
        return false;
    }
    weir_stream *counted = weir_count(lines);
    printf("a handle takes %zu bytes\n", sizeof lines);
    return weir_await(counted, rest, error) == WEIR_READY;
}

bool sum(weir_vec *prices, int64_t *out, weir_error *error)
{
    return weir_await(weir_sum(weir_into_stream(prices)), out, error) == WEIR_READY;
}
