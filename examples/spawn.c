/* Tasks beside the program: each goes on whenever somebody waits, and its handle gives what it came
 * to. One of them fails: its error comes where it is joined, with its trail. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

static weir_stream *count(weir_reader *bytes)
{
    return weir_count(weir_lines(bytes, 16));
}

static weir_reader *text(const char *text)
{
    return weir_memory_reader(text, strlen(text));
}

int main(void)
{
    weir_stream *tasks[3] = {weir_spawn(count(text("one\ntwo\nthree\n"))),
                             weir_spawn(count(text("short\na line that has no end in sight\n"))),
                             weir_spawn(count(text("one more\n")))};
    for (int i = 0; i < 3; i++) {
        weir_error error;
        uint64_t n;
        if (weir_await(tasks[i], &n, &error) == WEIR_READY)
            printf("task %d: %llu lines\n", i, (unsigned long long)n);
        else
            printf("task %d: %s\n", i, WEIR_ERROR_TEXT(&error));
    }
    return 0;
}
