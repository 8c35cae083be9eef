/* Given away in a branch that leaves the function, the loop, or the case. */

#include <string.h>

#include "weir.h"

enum mode { COUNT, SKIP, DROP };

bool handle(weir_stream *lines, enum mode mode, uint64_t *n, weir_error *error)
{
    if (mode == COUNT)
        return weir_await(weir_count(lines), n, error) == WEIR_READY;
    switch (mode) {
    case SKIP:
        lines = weir_skip(lines, 1);
        break;
    case DROP:
        weir_drop(lines);
        return true;
    default:
        break;
    }
    for (;;) {
        weir_line line;
        if (weir_await_next(lines, &line, error) != WEIR_READY) {
            weir_drop(lines);
            break;
        }
        if (line.size == 3 && !memcmp(line.data, "end", 3))
            return weir_await(weir_drain(lines), NULL, error) == WEIR_READY;
    }
    return error->code == WEIR_OK;
}
