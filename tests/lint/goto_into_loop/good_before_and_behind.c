/* Over a whole loop, and back to before it: a new one begins. */
#include <stdio.h>

#include <weir.h>

bool read_config(const char *path, const char *spare, uint64_t *lines, weir_error *error)
{
    bool first = true;
    if (!path)
        goto defaults;
again:
    *lines = 0;
    weir_for_try (weir_line, line, weir_lines(weir_file_reader(path), 4096), *error) {
        if (line.size)
            ++*lines;
    }
    if (error->code == WEIR_OK)
        return true;
    if (first) {
        first = false;
        path = spare;
        goto again;
    }
defaults:
    *lines = 0;
    return false;
}
