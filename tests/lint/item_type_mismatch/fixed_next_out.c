/* The header is asked for as the line it is. */

#include <stdlib.h>

#include "weir.h"

struct table {
    weir_stream *rows;
    uint64_t version;
};

/* The first line is the version of the table; the rest are its rows. */
bool table_open(struct table *self, const char *path, weir_error *error)
{
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    weir_line header;
    if (weir_await_next(lines, &header, error) != WEIR_READY) {
        weir_drop(lines);
        return false;
    }
    self->version = strtoull(header.data, NULL, 10);
    self->rows = lines;
    return true;
}
