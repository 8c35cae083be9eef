/* It is closed, by a future in a variable. */

#include <string.h>

#include "weir.h"

bool save(const char *path, bool draft, const char *text, weir_error *error)
{
    weir_writer *out;
    weir_stream *writing;
    bool well;

    out = draft ? weir_file_writer("draft", NULL) : weir_file_writer(path, NULL);
    writing = weir_write_all(out, text, strlen(text), NULL);
    well = weir_await(writing, NULL, error) == WEIR_READY;
    if (!well) {
        weir_drop(out);
        return false;
    }
    weir_stream *closing = weir_close(out);
    well = weir_await(closing, NULL, error) != WEIR_ERROR;
    weir_drop(out);
    return well;
}
