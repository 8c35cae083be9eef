/* The chain that prints is built, and thrown away as a statement. */

#include <stdio.h>

#include "weir.h"

static void print(weir_line line, void *arg)
{
    (void)arg;
    printf("%.*s\n", (int)line.size, line.data);
}
WEIR_EACH_FN(print_fn, print, weir_line)

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        weir_stream *lines = weir_lines(weir_open(argv[i]), WEIR_LINE_MAX_DEFAULT);
        weir_for_each(weir_take(lines, 10), &print_fn, NULL); // lint: dropped_lazy 9-22
    }
    return 0;
}
