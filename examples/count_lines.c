/* Counts the lines of a file, of any size, in the memory of one buffer. */

#include <stdio.h>

#include "weir.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return fprintf(stderr, "usage: count_lines FILE\n"), 2;

    weir_stream *lines = weir_lines(weir_file_reader(argv[1]), WEIR_LINE_MAX_DEFAULT);
    uint64_t n;
    weir_error error;
    if (weir_run(weir_count(lines), &n, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%llu\n", (unsigned long long)n);
    return 0;
}
