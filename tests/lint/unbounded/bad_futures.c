/* Futures of a stream, all at once, one call within the other, behind a condition. */
#include <weir.h>

weir_stream *results(weir_stream *futures, const weir_type *type, bool in_order)
{
    if (in_order)
        return weir_buffered(futures, type, SIZE_MAX); // lint: unbounded 45-53
    // lint-next: unbounded 62-75
    return weir_collect(weir_buffer_unordered(futures, type, WEIR_NO_LIMIT), 100);
}
