/* The loop drops what it loops over, on every way out; here it is dropped again. */

#include <stdio.h>

#include "weir.h"

int main(int argc, char **argv)
{
    weir_error error;
    weir_stream *lines = weir_lines(weir_file_reader(argv[argc - 1]), 4096);
    weir_for_try (weir_line, line, lines, error) {
        if (!line.size)
            break;
        printf("%.*s\n", (int)line.size, line.data);
    }
    weir_drop(lines); // lint: use_after_move 15-20
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
