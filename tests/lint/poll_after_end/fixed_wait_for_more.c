/* What has ended stays so: the log is opened again to see whether it grew. */

#include "weir.h"

weir_state next_line(weir_stream **log, const char *path, weir_line *out, weir_error *error)
{
    weir_stream *lines = *log;
    weir_state state = weir_await_next(lines, out, error);
    if (state == WEIR_END) {
        if (weir_await(weir_sleep(100000000), NULL, error) != WEIR_READY)
            return WEIR_ERROR;
        weir_drop(lines);
        lines = *log = weir_lines(weir_file_reader(path), 4096);
        state = weir_await_next(lines, out, error);
    }
    return state;
}
