/* The main program spawns what it then runs. */

#include <stdio.h>

#include "weir.h"

int main(int argc, char **argv)
{
    weir_error error;
    weir_stream *copy = weir_copy(weir_open(argv[argc - 1]), weir_stdout_writer());
    weir_stream *task = weir_spawn(copy); // lint: spawn_in_sequential 25-35
    if (weir_run(task, NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
