/* The main program runs it. */

#include <stdio.h>

#include "weir.h"

int main(int argc, char **argv)
{
    weir_error error;
    weir_stream *copy = weir_copy(weir_open(argv[argc - 1]), weir_stdout_writer());
    if (weir_run(copy, NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
