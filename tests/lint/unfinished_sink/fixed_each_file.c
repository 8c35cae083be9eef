/* A file for each part, closed before the next one is opened. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

bool split(const char *const *parts, size_t n, weir_error *error)
{
    for (size_t i = 0; i < n; i++) {
        char path[64];
        snprintf(path, sizeof path, "part.%zu", i);
        weir_writer *out = weir_file_writer(path, NULL);
        weir_state got = weir_await_write(out, parts[i], strlen(parts[i]), error);
        if (got == WEIR_READY && weir_await_close(out, error) != WEIR_END)
            got = WEIR_ERROR;
        weir_drop(out);
        if (got != WEIR_READY)
            return false;
    }
    return true;
}
