/* Variables are declared in between, which nobody has to wait for. */

#include "weir.h"

bool number_of(weir_stream *lines, uint64_t *n, weir_error *error)
{
    weir_stream *task = weir_spawn(weir_count(lines)); // lint: spawn_in_sequential 25-35
    weir_state state;
    state = weir_await(task, n, error);
    return state == WEIR_READY;
}
