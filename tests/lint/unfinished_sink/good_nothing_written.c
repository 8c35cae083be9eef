/* Opened and not needed: nothing was written, nothing is lost. Or given up in words. */

#include <string.h>

#include "weir.h"

bool save_unless(const char *path, const char *text, bool skip, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (skip) {
        weir_drop(out);
        return true;
    }
    bool well = weir_await_write(out, text, strlen(text), error) == WEIR_READY &&
                weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}

/* Writes as much as there is, and takes it all back when the answer is no. */
bool draft(const char *path, const char *text, bool (*agreed)(void), weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, text, strlen(text), error) != WEIR_READY || !agreed()) {
        weir_writer_give_up(out);
        return false;
    }
    bool well = weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}
