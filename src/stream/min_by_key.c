/* min_by_key: the item with the least key, the first of those whose keys are equal. */

#include "stream/extreme.h"
#include "weir/stream.h"

static const weir_stream_ops min_by_key_ops = WEIR_EXTREME_OPS("min_by_key");

weir_stream *weir_min_by_key(weir_stream *source, const weir_key_fn *fn, void *arg)
{
    return weir_extreme_new_by_key(source, &min_by_key_ops, false, fn, arg);
}
