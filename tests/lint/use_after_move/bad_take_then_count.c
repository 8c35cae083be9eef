/* The first ten lines were taken from the stream, which went with them; then it is counted. */

#include <stdio.h>

#include "weir.h"

bool head_and_count(const char *path, uint64_t *rest, weir_error *error)
{
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    weir_stream *head = weir_take(lines, 10);
    weir_for_try (weir_line, line, head, *error)
        printf("%.*s\n", (int)line.size, line.data);
    return weir_await(weir_count(lines), rest, error) == WEIR_READY; // lint: use_after_move 34-39
}
