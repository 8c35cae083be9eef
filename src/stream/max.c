/* max: the greatest of the items, the last of those that are equal. */

#include "stream/extreme.h"
#include "weir/stream.h"

static const weir_stream_ops max_ops = WEIR_EXTREME_OPS("max");

weir_stream *weir_max(weir_stream *source)
{
    return weir_extreme_new(source, &max_ops, true, NULL, NULL);
}
