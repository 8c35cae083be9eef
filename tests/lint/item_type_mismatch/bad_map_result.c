/* A map makes lengths of lines, and the loop behind it still wants lines. */

#include <stdio.h>

#include "weir.h"

static uint64_t length_of(weir_line line, void *arg)
{
    (void)arg;
    return line.size;
}
WEIR_MAP_FN(length_of_fn, length_of, weir_line, uint64_t)

bool print_lengths(const char *path)
{
    weir_error error;
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    weir_stream *lengths = weir_map(lines, &length_of_fn, NULL);
    weir_for_try (weir_line, line, lengths, error) // lint: item_type_mismatch 5-17
        printf("%zu\n", line.size);
    return error.code == WEIR_OK;
}
