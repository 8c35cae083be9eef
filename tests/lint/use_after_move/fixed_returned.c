/* An empty stream stands for one that was dropped. */

#include "weir.h"

weir_stream *limited(weir_stream *lines, uint64_t n)
{
    if (n == 0) {
        weir_drop(lines);
        return weir_empty(&weir_type_line);
    }
    return weir_take(lines, n);
}
