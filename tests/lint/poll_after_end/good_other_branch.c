/* Asked again where it was not the end: in the other branch, or for another reason. */

#include "weir.h"

weir_state next_or_error(weir_stream *lines, weir_line *out, weir_error *error, int *failed)
{
    weir_state state = weir_await_next(lines, out, error);
    if (state == WEIR_END) {
        *failed = 0;
    } else if (state == WEIR_ERROR) {
        ++*failed;
        state = weir_await_next(lines, out, error);
    }
    if (state != WEIR_END)
        state = weir_await_next(lines, out, error);
    return state;
}
