/* The longest line of a file, printed when the file is over and its buffer is gone. */
#include <stdio.h>

#include <weir.h>

bool print_longest(const char *path, weir_error *error)
{
    weir_line longest = {NULL, 0};
    weir_for_try (weir_line, line, weir_lines(weir_open(path), WEIR_LINE_MAX_DEFAULT), *error) {
        if (line.size > longest.size)
            longest = line; // lint: lent_item_escapes 23-27
    }
    if (error->code != WEIR_OK)
        return false;
    return printf("%.*s\n", (int)longest.size, longest.data) >= 0;
}
