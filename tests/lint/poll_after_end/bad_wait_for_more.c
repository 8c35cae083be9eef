/* Waits for the log to grow, and asks a stream that has ended. */

#include "weir.h"

weir_state next_line(weir_stream **log, const char *path, weir_line *out, weir_error *error)
{
    weir_stream *lines = *log;
    weir_state state = weir_await_next(lines, out, error);
    if (state == WEIR_END) {
        if (weir_await(weir_sleep(100000000), NULL, error) != WEIR_READY)
            return WEIR_ERROR;
        state = weir_await_next(lines, out, error); // lint: poll_after_end 17-32
    }
    return state;
}
