/* Two variables of one name: the inner one was given away, the outer one is used. */

#include <stdio.h>

#include "weir.h"

bool copy_lines(weir_stream *lines, const char *include, uint64_t *n, weir_error *error)
{
    if (include) {
        weir_stream *lines = weir_lines(weir_file_reader(include), 4096);
        weir_for_try (weir_line, line, lines, *error)
            printf("%.*s\n", (int)line.size, line.data);
        if (error->code != WEIR_OK)
            fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
    }
    return weir_await(weir_count(lines), n, error) == WEIR_READY;
}
