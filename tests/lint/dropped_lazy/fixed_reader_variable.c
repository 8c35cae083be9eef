/* The reader that was opened is the one that is read. */

#include <stdio.h>

#include "weir.h"

bool count_lines(const char *path, bool packed, uint64_t *n, weir_error *error)
{
    weir_reader *file = weir_file_reader(path);
    weir_reader *text = packed ? weir_gunzip(file) : file;
    weir_stream *lines = weir_lines(text, WEIR_LINE_MAX_DEFAULT);
    return weir_await(weir_count(lines), n, error) == WEIR_READY;
}
