/* It is waited for without a task. */

#include "weir.h"

bool number_of(weir_stream *lines, uint64_t *n, weir_error *error)
{
    weir_state state;
    state = weir_await(weir_count(lines), n, error);
    return state == WEIR_READY;
}
