/* The lines are owned ones, and the longest so far is the one that is not dropped. */
#include <stdio.h>

#include <weir.h>

bool print_longest(const char *path, weir_error *error)
{
    weir_owned_line longest = {NULL, 0};
    weir_stream *lines = weir_own(weir_lines(weir_open(path), WEIR_LINE_MAX_DEFAULT));
    weir_for_try (weir_owned_line, line, lines, *error) {
        if (line.size > longest.size) {
            weir_owned_line before = longest;
            longest = line;
            line = before;
        }
        weir_owned_line_drop(&line);
    }
    bool fine = error->code == WEIR_OK && longest.data && puts(longest.data) >= 0;
    weir_owned_line_drop(&longest);
    return fine;
}
