/* weir_own before the loop: each line has bytes of its own, and may be kept. */
#include <stdlib.h>

#include <weir.h>

struct list {
    weir_owned_line lines[1000];
    size_t n;
};

static weir_owned_line newest;

bool list_read(struct list *list, const char *path, weir_error *error)
{
    weir_stream *lines = weir_own(weir_take(weir_lines(weir_file_reader(path), 4096), 1000));
    weir_for_try (weir_owned_line, line, lines, *error) {
        if (!line.size) {
            weir_owned_line_drop(&line);
            continue;
        }
        list->lines[list->n++] = line;
        newest = line;
    }
    return error->code == WEIR_OK && newest.data;
}
