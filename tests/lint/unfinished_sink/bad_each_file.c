/* A file for each part, all of them dropped as they were written. */

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
        weir_drop(out); // lint: unfinished_sink 9-18
        if (got != WEIR_READY)
            return false;
    }
    return true;
}
