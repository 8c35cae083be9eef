/* A file without a header has no line behind it either. */

#include <stdio.h>

#include "weir.h"

bool read_pair(const char *path, weir_error *error)
{
    weir_line header, first;
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    weir_state state = weir_await_next(lines, &header, error);
    if (state == WEIR_END)
        fprintf(stderr, "%s has no header\n", path);
    else
        state = weir_await_next(lines, &first, error);
    weir_drop(lines);
    return state == WEIR_READY;
}
