/* Declared first and opened later, one of two files; and what is waited for is in a variable. */

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
    weir_drop(out); // lint: unfinished_sink 5-14
    return true;
}
