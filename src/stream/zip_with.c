/* zip_with: fn of one item of either side. A zip, and a map of its pairs. */

#include "weir/fn.h"
#include "weir/stream.h"

weir_stream *weir_zip_with(weir_stream *first, weir_stream *second, const weir_map_fn *fn,
                           void *arg)
{
    return weir_map(weir_zip(first, second), fn, arg);
}
