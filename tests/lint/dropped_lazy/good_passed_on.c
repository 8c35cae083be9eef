/* Built in one line, used in another: passed on, run, or given up in words. */

#include <stdio.h>

#include "weir.h"

bool head(const char *path, uint64_t n, bool quiet, weir_error *error)
{
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    weir_stream *first = weir_take(lines, n);
    weir_stream *counted;
    if (quiet) {
        counted = weir_drain(first);
        return weir_await(counted, NULL, error) == WEIR_READY;
    }
    weir_for_try (weir_line, line, first, *error)
        printf("%.*s\n", (int)line.size, line.data);
    return error->code == WEIR_OK;
}

/* A task that goes on alone: its handle is let go on purpose. */
void in_background(weir_stream *work)
{
    weir_drop(weir_spawn(work));
}
