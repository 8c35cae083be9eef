/* for await (const line of readline.createInterface(...)) */

#include <stdio.h>

#include "weir.h"

int main(void)
{
    weir_stream *lines = weir_lines(weir_file_reader("access.log"), WEIR_LINE_MAX_DEFAULT);
    weir_error error;
    weir_for_try (weir_line, line, lines, error) {
        if (line.size == 0)
            continue;
        if (line.data[0] == '-')
            break; /* the stream is dropped, and the file closed */
        printf("%.*s\n", (int)line.size, line.data);
    }
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
