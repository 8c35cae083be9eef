/* The branch that saw the end leaves: by return, break, goto. */

#include "weir.h"

weir_state skip_to(weir_stream *lines, size_t size, weir_line *out, weir_error *error)
{
    for (;;) {
        weir_state state = weir_await_next(lines, out, error);
        if (state == WEIR_END)
            break;
        if (state == WEIR_ERROR)
            return state;
        if (out->size == size)
            goto found;
    }
    return WEIR_END;
found:
    if (weir_await_next(lines, out, error) == WEIR_END)
        return WEIR_END;
    return weir_await_next(lines, out, error);
}
