/* The future that closes the file is waited for. */

#include <string.h>

#include "weir.h"

bool save(const char *path, const char *text, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    bool well = weir_await_write(out, text, strlen(text), error) == WEIR_READY;
    weir_stream *flushed = weir_flush(out);
    well = weir_await(flushed, NULL, error) == WEIR_READY && well;
    well = well && weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}
