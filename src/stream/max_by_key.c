/* max_by_key: the item with the greatest key, the last of those whose keys are equal. */

#include "stream/extreme.h"
#include "weir/stream.h"

static const weir_stream_ops max_by_key_ops = WEIR_EXTREME_OPS("max_by_key");

weir_stream *weir_max_by_key(weir_stream *source, const weir_key_fn *fn, void *arg)
{
    return weir_extreme_new_by_key(source, &max_by_key_ops, true, fn, arg);
}
