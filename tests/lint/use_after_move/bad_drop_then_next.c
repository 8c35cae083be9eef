/* Dropped when enough was seen, and asked once more for the line behind it. */

#include <string.h>

#include "weir.h"

bool header_is(const char *path, const char *wanted, weir_line *next, weir_error *error)
{
    weir_line line;
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    bool is = weir_await_next(lines, &line, error) == WEIR_READY && line.size == strlen(wanted) &&
              !memcmp(line.data, wanted, line.size);
    weir_drop(lines);
    if (is)
        is = weir_await_next(lines, next, error) == WEIR_READY; // lint: use_after_move 30-35
    return is;
}
