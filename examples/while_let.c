/* `while let`: items one by one, from a stream that stays the program's. What the first loop left
 * is there for the second. Here a message: its fields, an empty line, its text. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

static const char message[] = "to: everybody\n"
                              "about: streams\n"
                              "\n"
                              "They wait,\n"
                              "and so do we.\n";

int main(void)
{
    weir_stream *lines = weir_lines(weir_memory_reader(message, strlen(message)), 100);
    weir_line line;
    weir_error error;
    int fields = 0, n = 0;
    while (weir_await_next(lines, &line, &error) == WEIR_READY && line.size)
        fields++;
    while (weir_await_next(lines, &line, &error) == WEIR_READY)
        printf("%d: %.*s\n", ++n, (int)line.size, line.data);
    weir_drop(lines);
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%d lines below %d fields\n", n, fields);
    return 0;
}
