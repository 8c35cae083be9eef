/* A task for each file, and each is waited for before the next one is made. */

#include <stdio.h>

#include "weir.h"

enum { FILES_MAX = 16 };

bool count_all(char **paths, size_t n, uint64_t *sum, weir_error *error)
{
    uint64_t lines;
    n = n < FILES_MAX ? n : FILES_MAX;
    for (size_t i = 0; i < n; i++) {
        // lint-next: spawn_in_sequential 29-39
        weir_stream *task = weir_spawn(weir_count(weir_lines(weir_file_reader(paths[i]), 4096)));
        if (weir_await(task, &lines, error) != WEIR_READY)
            return false;
        *sum += lines;
    }
    return true;
}
