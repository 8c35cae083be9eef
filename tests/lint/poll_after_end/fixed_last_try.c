/* The end is the end; a failed line may be followed by another. */

#include "weir.h"

bool first_good_line(weir_reader *in, weir_line *out, weir_error *error)
{
    weir_stream *lines = weir_lines(in, 128);
    weir_state state = weir_await_next(lines, out, error);
    if (WEIR_ERROR == state && !error->fatal)
        state = weir_await_next(lines, out, error);
    weir_drop(lines);
    return state == WEIR_READY;
}
