/* min_by: the least of the items in the order that fn says, the first of those that are equal. */

#include "stream/extreme.h"
#include "weir/stream.h"

static const weir_stream_ops min_by_ops = WEIR_EXTREME_OPS("min_by");

weir_stream *weir_min_by(weir_stream *source, const weir_compare_fn *fn, void *arg)
{
    return weir_extreme_new(source, &min_by_ops, false, fn, arg);
}
