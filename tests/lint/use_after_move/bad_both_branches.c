/* Either branch gives the reader away, so what stands behind them has none. */

#include "weir.h"

bool count_lines(weir_reader *in, bool packed, uint64_t *n, weir_error *error)
{
    weir_stream *lines;
    if (packed)
        lines = weir_lines(weir_gunzip(in), 4096);
    else
        lines = weir_lines(in, 4096);
    bool well = weir_await(weir_count(lines), n, error) == WEIR_READY;
    weir_drop(in); // lint: use_after_move 15-17
    return well;
}
