/* Lines one by one, in a loop of a plain program: `weir_rt_next` polls the stream until it has an
 * item. What it gives is a view, valid until the next call. */

#include <stdio.h>

#include "weir.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return fprintf(stderr, "usage: next_loop FILE\n"), 2;

    weir_error error;
    weir_rt *rt = weir_rt_new(NULL, &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;

    weir_stream *lines = weir_lines(weir_file_reader(argv[1]), WEIR_LINE_MAX_DEFAULT);
    weir_line line, longest = {"", 0};
    uint64_t n = 0, number = 0;
    weir_state state;
    while ((state = weir_rt_next(rt, lines, &line, &error)) == WEIR_READY) {
        n++;
        if (line.size > longest.size) {
            longest.size = line.size; /* its bytes are gone with the next call */
            number = n;
        }
    }
    weir_drop(lines);
    weir_rt_drop(rt);
    if (state == WEIR_ERROR)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%llu lines; the longest is line %llu, of %zu bytes\n", (unsigned long long)n,
           (unsigned long long)number, longest.size);
    return 0;
}
