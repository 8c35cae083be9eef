/* The stream said that it is over, and is asked for the next line all the same. */

#include <stdio.h>

#include "weir.h"

bool read_pair(const char *path, weir_error *error)
{
    weir_line header, first;
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    weir_state state = weir_await_next(lines, &header, error);
    if (state == WEIR_END)
        fprintf(stderr, "%s has no header\n", path);
    state = weir_await_next(lines, &first, error); // lint: poll_after_end 13-28
    weir_drop(lines);
    return state == WEIR_READY;
}
