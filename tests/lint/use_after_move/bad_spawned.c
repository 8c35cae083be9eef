/* The future went into the task; what is awaited is no longer this function's. */

#include <stdio.h>

#include "weir.h"

bool count_beside(const char *path, const char *note, uint64_t *n, weir_error *error)
{
    weir_stream *count = weir_count(weir_lines(weir_file_reader(path), 4096));
    weir_stream *task = weir_spawn(count);
    puts(note);
    bool well = weir_await(count, n, error) == WEIR_READY; // lint: use_after_move 28-33
    weir_drop(task);
    return well;
}
