/* The last lines of a log: pointers into a buffer that the next line is read into. */
#include <stdio.h>

#include <weir.h>

enum { LAST = 10 };

int main(int argc, char **argv)
{
    weir_line last[LAST];
    const char *starts[LAST] = {NULL};
    uint64_t n = 0;
    weir_error error;
    if (argc != 2)
        return fprintf(stderr, "usage: last FILE\n"), 2;
    weir_for_try (weir_line, line, weir_lines(weir_file_reader(argv[1]), 4096), error) {
        last[n % LAST] = line; // lint: lent_item_escapes 26-30
        if (line.size)
            starts[n % LAST] = line.data; // lint: lent_item_escapes 32-36
        n++;
    }
    for (uint64_t i = n < LAST ? 0 : n - LAST; i < n; i++)
        printf("%s %.*s\n", starts[i % LAST] ? "*" : " ", (int)last[i % LAST].size,
               last[i % LAST].data);
    return error.code != WEIR_OK;
}
