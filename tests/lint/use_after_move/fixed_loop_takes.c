/* The loop drops what it loops over; nothing else is to be done. */

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
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
