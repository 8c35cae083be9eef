/* The future is waited for; it needs no task of its own. */

#include "weir.h"

bool count_lines(const char *path, uint64_t *n, weir_error *error)
{
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    return weir_await(weir_count(lines), n, error) == WEIR_READY;
}
