/* Closed on the way that went well, dropped on all. */

#include <string.h>

#include "weir.h"

bool save(const char *path, const char *text, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    bool well = weir_await_write(out, text, strlen(text), error) == WEIR_READY;
    if (well)
        well = weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}

bool save_by_future(const char *path, const char *text, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_run(weir_write_all(out, text, strlen(text), NULL), NULL, error) != WEIR_READY ||
        weir_run(weir_close(out), NULL, error) != WEIR_READY) {
        weir_drop(out);
        return false;
    }
    weir_drop(out);
    return true;
}
