/* max_by: the greatest of the items in the order that fn says, the last of those that are equal. */

#include "stream/extreme.h"
#include "weir/stream.h"

static const weir_stream_ops max_by_ops = WEIR_EXTREME_OPS("max_by");

weir_stream *weir_max_by(weir_stream *source, const weir_compare_fn *fn, void *arg)
{
    return weir_extreme_new(source, &max_by_ops, true, fn, arg);
}
