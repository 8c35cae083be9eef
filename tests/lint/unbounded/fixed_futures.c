/* Sixteen at once. */
#include <weir.h>

weir_stream *results(weir_stream *futures, const weir_type *type, bool in_order)
{
    if (in_order)
        return weir_buffered(futures, type, 16);
    return weir_collect(weir_buffer_unordered(futures, type, 16), 100);
}
