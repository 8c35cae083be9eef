/* The close goes through the compressor to the file. */

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
    bool well = error->code == WEIR_OK && weir_await_close(packed, error) == WEIR_END;
    weir_drop(packed);
    return well;
}
