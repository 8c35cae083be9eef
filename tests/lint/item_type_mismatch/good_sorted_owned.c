/* What sorts lines that own their bytes lends lines. */

#include <stdio.h>

#include "weir.h"

void print_sorted(weir_rt *rt, const char *path, weir_error *error)
{
    weir_stream *sorted = weir_sort(weir_own(weir_lines(weir_file_reader(path), 4096)), NULL);
    weir_line line;
    while (weir_rt_next(rt, sorted, &line, error) == WEIR_READY)
        printf("%.*s\n", (int)line.size, line.data);
    weir_drop(sorted);
}
