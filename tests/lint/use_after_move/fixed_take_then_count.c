/* The stream is lent to the first ten lines, and counted behind them. */

#include <stdio.h>

#include "weir.h"

bool head_and_count(const char *path, uint64_t *rest, weir_error *error)
{
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    weir_stream *head = weir_take(weir_by_ref(lines), 10);
    weir_for_try (weir_line, line, head, *error)
        printf("%.*s\n", (int)line.size, line.data);
    return weir_await(weir_count(lines), rest, error) == WEIR_READY;
}
