/* Something is done while the task goes on. */

#include <stdio.h>

#include "weir.h"

bool count_beside(const char *path, weir_reader *in, uint64_t *n, weir_error *error)
{
    uint64_t other;
    weir_stream *task = weir_spawn(weir_count(weir_lines(weir_file_reader(path), 4096)));
    if (weir_await(weir_count(weir_lines(in, 4096)), &other, error) != WEIR_READY) {
        weir_drop(task);
        return false;
    }
    if (weir_await(task, n, error) != WEIR_READY)
        return false;
    *n += other;
    return true;
}
