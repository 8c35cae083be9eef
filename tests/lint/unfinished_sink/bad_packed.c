/* A compressor over a file: what it holds, and the file's name, come with the close. */

#include <stdio.h>

#include "weir.h"

bool pack(weir_stream *lines, const char *path, weir_error *error)
{
    weir_writer *packed = weir_gzip_writer(weir_file_writer(path, NULL), NULL);
    weir_for_try (weir_line, line, lines, *error)
        if (weir_await_write(packed, line.data, line.size, error) != WEIR_READY) {
            weir_drop(packed);
            return false;
        }
    weir_drop(packed); // lint: unfinished_sink 5-14
    return error->code == WEIR_OK;
}
