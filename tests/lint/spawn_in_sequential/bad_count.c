/* A task is made, and waited for at once: a call, with a task more. */

#include "weir.h"

bool count_lines(const char *path, uint64_t *n, weir_error *error)
{
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    weir_stream *task = weir_spawn(weir_count(lines)); // lint: spawn_in_sequential 25-35
    return weir_await(task, n, error) == WEIR_READY;
}
