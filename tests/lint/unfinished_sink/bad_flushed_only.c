/* A flush sends the bytes on; it does not make the file whole. */

#include <string.h>

#include "weir.h"

bool save_state(const char *path, const void *state, size_t n, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, state, n, error) != WEIR_READY) {
        weir_drop(out);
        return false;
    }
    if (weir_await_flush(out, error) != WEIR_READY) {
        weir_drop(out);
        return false;
    }
    weir_drop(out); // lint: unfinished_sink 5-14
    return true;
}
