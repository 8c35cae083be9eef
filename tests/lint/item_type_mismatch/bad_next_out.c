/* Asks a stream of lines for its next one, and has room for something else there. */

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
    weir_dir_entry header;
    if (weir_await_next(lines, &header, error) != WEIR_READY) { // lint: item_type_mismatch 9-24
        weir_drop(lines);
        return false;
    }
    self->version = strtoull(header.name, NULL, 10);
    self->rows = lines;
    return true;
}
