/* sort <access.log | head -2: a command in the middle, and nothing of it is left behind. */

#include <stdio.h>

#include "weir.h"

int main(void)
{
    weir_stream *lines = weir_lines(weir_exec_reader("sort <access.log"), WEIR_LINE_MAX_DEFAULT);
    weir_reader *first = weir_to_lines(weir_take(lines, 2));
    weir_error error;
    if (weir_run(weir_copy(first, weir_stdout_writer()), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
