/* Each line is copied, as far as it is wanted. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

enum { LAST = 10, WIDTH = 80 };

int main(int argc, char **argv)
{
    char last[LAST][WIDTH];
    int sizes[LAST];
    uint64_t n = 0;
    weir_error error;
    if (argc != 2)
        return fprintf(stderr, "usage: last FILE\n"), 2;
    weir_for_try (weir_line, line, weir_lines(weir_file_reader(argv[1]), 4096), error) {
        sizes[n % LAST] = line.size < WIDTH ? (int)line.size : WIDTH;
        memcpy(last[n % LAST], line.data, (size_t)sizes[n % LAST]);
        n++;
    }
    for (uint64_t i = n < LAST ? 0 : n - LAST; i < n; i++)
        printf("%s %.*s\n", sizes[i % LAST] ? "*" : " ", sizes[i % LAST], last[i % LAST]);
    return error.code != WEIR_OK;
}
