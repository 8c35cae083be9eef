/* Closed in a function of the program's own, here or elsewhere. */

#include <string.h>

#include "weir.h"

bool finish_elsewhere(weir_writer *out, bool well, weir_error *error);

static bool finish(weir_writer *out, bool well, weir_error *error)
{
    well = well && weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}

bool save(const char *path, const char *text, bool here, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    bool well = weir_await_write(out, text, strlen(text), error) == WEIR_READY;
    return here ? finish(out, well, error) : finish_elsewhere(out, well, error);
}

static bool end_with_newline(weir_writer *out, weir_error *error)
{
    return weir_await_write(out, "\n", 1, error) == WEIR_READY &&
           weir_await_close(out, error) == WEIR_END;
}

bool save_line(const char *path, const char *text, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    bool well = weir_await_write(out, text, strlen(text), error) == WEIR_READY &&
                end_with_newline(out, error);
    weir_drop(out);
    return well;
}
