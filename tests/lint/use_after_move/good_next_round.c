/* Made anew in each round of the loop, and given away in each. */

#include <stdio.h>

#include "weir.h"

bool count_all(char **paths, int n, uint64_t *sum, weir_error *error)
{
    weir_reader *file;
    uint64_t lines;
    for (int i = 0; i < n; i++) {
        file = weir_file_reader(paths[i]);
        if (weir_await(weir_count(weir_lines(file, 4096)), &lines, error) != WEIR_READY)
            return false;
        *sum += lines;
    }
    file = NULL;
    do {
        file = weir_stdin_reader();
        weir_stream *rest = weir_lines(file, 4096);
        weir_for_try (weir_line, line, rest, *error)
            printf("%.*s\n", (int)line.size, line.data);
    } while (error->code == WEIR_E_TIMEOUT);
    return error->code == WEIR_OK;
}
