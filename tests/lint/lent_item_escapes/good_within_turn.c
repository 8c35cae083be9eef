/* Variables from outside of the loop that each turn gives another value, a line that the search
 * ends with, before the next is asked for, and one whose size alone is compared. */
#include <stdio.h>
#include <weir.h>

void print_words(weir_reader *in, weir_error *error)
{
    const char *word;
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        word = line.data;
        for (size_t i = 0; i < line.size; i++)
            putchar(word[i]);
    }
    word = error->code ? "failed" : "done";
    puts(word);
}

bool find_header(weir_stream *lines, weir_error *error)
{
    weir_line hit = {0}, line;
    while (weir_await_next(lines, &line, error) == WEIR_READY) {
        if (line.size > 3) {
            hit = line;
            break;
        }
    }
    printf("%.*s\n", (int)hit.size, hit.size ? (const char *)hit.data : "");
    weir_drop(lines);
    return hit.size > 0;
}

size_t count_growing(weir_reader *in, weir_error *error)
{
    weir_line before = {0};
    size_t growing = 0;
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        growing += line.size > before.size;
        before = line;
    }
    return growing;
}
