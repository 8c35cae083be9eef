/* A chain whose types the compiler checks, written from left to right: the long lines of a text,
 * numbered. */

#include <stdio.h>

#include "weir.h"
#include "weir/typed.h"

static bool is_long(weir_line line, void *arg)
{
    return line.size > *(size_t *)arg;
}
WEIR_FILTER_FN(is_long_fn, is_long, weir_line)

WEIR_INDEXED(weir_line, numbered)
static bool is_even(struct numbered line, void *arg)
{
    (void)arg;
    return line.index % 2 == 0;
}
WEIR_FILTER_FN(is_even_fn, is_even, struct numbered, .of = &numbered_type)

static void print(struct numbered line, void *arg)
{
    (void)arg;
    printf("%d: %.*s\n", (int)line.index, (int)line.item.size, line.item.data);
}
WEIR_EACH_FN(print_fn, print, struct numbered, .of = &numbered_type)

int main(void)
{
    static const char text[] = "a stream\nof\nlines\nis\nread\nby\nit\nhere\n";
    size_t long_line = 3;
    weir_error error;
    weir_reader *bytes = weir_memory_reader(text, sizeof text - 1);
    WEIR_AUTO printed =
        weir_pipe(WEIR_LINES(bytes, WEIR_LINE_MAX_DEFAULT), (WEIR_FILTER, is_long_fn, &long_line),
                  (WEIR_ENUMERATE, struct numbered), (WEIR_FILTER, is_even_fn, NULL),
                  (WEIR_FOR_EACH, print_fn, NULL));
    /* (WEIR_FILTER, is_long_fn, ...) behind WEIR_ENUMERATE, (WEIR_COLLECT, 10) of these lines,
     * which are lent, or the address of an int in the place of NULL would not
     * compile. */
    if (WEIR_RUN(printed, NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
