/* What is awaited is the task's handle. */

#include <stdio.h>

#include "weir.h"

bool count_beside(const char *path, const char *note, uint64_t *n, weir_error *error)
{
    weir_stream *count = weir_count(weir_lines(weir_file_reader(path), 4096));
    weir_stream *task = weir_spawn(count);
    puts(note);
    return weir_await(task, n, error) == WEIR_READY;
}
