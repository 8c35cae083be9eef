/* A stream that was dropped is returned, and the caller has a pointer to nothing. */

#include "weir.h"

weir_stream *limited(weir_stream *lines, uint64_t n)
{
    if (n == 0) {
        weir_drop(lines);
        return lines; // lint: use_after_move 16-21
    }
    return weir_take(lines, n);
}
