/* A writer's close answers END too; that is about the writer. */

#include "weir.h"

bool save_all(weir_stream *lines, weir_writer *out, weir_error *error)
{
    weir_line line;
    while (weir_await_next(lines, &line, error) == WEIR_READY) {
        if (weir_await_write(out, line.data, line.size, error) != WEIR_READY)
            return false;
        if (line.size == 0 && weir_await_close(out, error) == WEIR_END)
            return weir_await_next(lines, &line, error) != WEIR_ERROR;
    }
    return weir_await_close(out, error) == WEIR_END;
}
