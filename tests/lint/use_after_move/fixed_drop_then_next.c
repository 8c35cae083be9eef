/* Asked first, dropped then. */

#include <string.h>

#include "weir.h"

bool header_is(const char *path, const char *wanted, weir_line *next, weir_error *error)
{
    weir_line line;
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    bool is = weir_await_next(lines, &line, error) == WEIR_READY && line.size == strlen(wanted) &&
              !memcmp(line.data, wanted, line.size);
    if (is)
        is = weir_await_next(lines, next, error) == WEIR_READY;
    weir_drop(lines);
    return is;
}
