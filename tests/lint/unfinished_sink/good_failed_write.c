/* After a write that failed there is nothing to close. */

#include <string.h>

#include "weir.h"

bool save_parts(const char *path, const char *const *parts, size_t n, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    for (size_t i = 0; i < n; i++)
        if (weir_await_write(out, parts[i], strlen(parts[i]), error) != WEIR_READY) {
            weir_drop(out);
            return false;
        }
    weir_state closed = weir_await_close(out, error);
    weir_drop(out);
    return closed == WEIR_END;
}

bool save_goto(const char *path, const char *text, weir_error *error)
{
    bool well = false;
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, text, strlen(text), error) != WEIR_READY)
        goto failed;
    if (weir_await_write(out, "\n", 1, error) != WEIR_READY)
        goto failed;
    well = weir_await_close(out, error) == WEIR_END;
failed:
    weir_drop(out);
    return well;
}
