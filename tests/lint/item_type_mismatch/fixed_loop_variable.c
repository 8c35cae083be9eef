/* The lines are made owned first, so the loop's variable is what comes. */

#include <stdio.h>

#include "weir.h"

static void remember(weir_owned_line *last, weir_owned_line line)
{
    weir_owned_line_drop(last);
    *last = line;
}

/* The last line of a log, as a copy. */
bool last_line(const char *path, weir_owned_line *last, weir_error *failed)
{
    weir_error error;
    weir_stream *lines = weir_lines(weir_file_reader(path), WEIR_LINE_MAX_DEFAULT);
    lines = weir_own(lines);
    *last = (weir_owned_line){0};
    weir_for_try (weir_owned_line, line, lines, error)
        remember(last, line);
    *failed = error;
    return error.code == WEIR_OK;
}
