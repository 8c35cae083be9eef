/* Three tries for a stream that is over at the first. */

#include "weir.h"

bool first_good_line(weir_reader *in, weir_line *out, weir_error *error)
{
    weir_stream *lines = weir_lines(in, 128);
    weir_state state = weir_await_next(lines, out, error);
    if (WEIR_END == state)
        state = weir_await_next(lines, out, error); // lint: poll_after_end 17-32
    weir_drop(lines);
    return state == WEIR_READY;
}
