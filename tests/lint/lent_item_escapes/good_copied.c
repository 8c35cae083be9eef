/* Kept as copies: by memcpy, strndup, snprintf, and weir_owned_line_new. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir.h>

struct kept {
    char first[80];
    size_t first_size;
    char *names[100];
    size_t n;
    char last[80];
    weir_owned_line longest;
};

bool keep(struct kept *kept, const char *path, weir_error *error)
{
    weir_for_try (weir_line, line, weir_lines(weir_file_reader(path), 4096), *error) {
        if (!kept->first_size && line.size <= sizeof kept->first) {
            memcpy(kept->first, line.data, line.size);
            kept->first_size = line.size;
        }
        if (kept->n < 100)
            kept->names[kept->n++] = strndup(line.data, line.size);
        snprintf(kept->last, sizeof kept->last, "%.*s", (int)line.size, line.data);
        if (line.size > kept->longest.size) {
            weir_owned_line_drop(&kept->longest);
            kept->longest = weir_owned_line_new(line.data, line.size);
        }
    }
    return error->code == WEIR_OK;
}
