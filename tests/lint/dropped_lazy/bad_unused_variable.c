/* The future that closes the file is kept in a variable, and forgotten there. */

#include <string.h>

#include "weir.h"

bool save(const char *path, const char *text, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    bool well = weir_await_write(out, text, strlen(text), error) == WEIR_READY;
    weir_stream *flushed = weir_flush(out); // lint: dropped_lazy 28-38
    well = well && weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}
