/* for_each_concurrent: runs a future of each item, up to a limit at once. A stage that makes them,
 * buffer_unordered, which runs them, and drain. */

#include "stream/maker.h"
#include "weir/stream.h"

static const weir_stream_ops for_each_concurrent_ops = WEIR_MAKER_OPS("for_each_concurrent");

weir_stream *weir_for_each_concurrent(weir_stream *source, const weir_then_fn *fn, void *arg,
                                      size_t limit)
{
    source = weir_expect_limit(source, "for_each_concurrent", "limit", limit);
    source = fn->detached ? source : weir_expect_owned(source, "for_each_concurrent");
    weir_stream *futures = weir_maker_new(source, &for_each_concurrent_ops, fn, arg);
    return weir_drain(weir_buffer_unordered(futures, fn->to, limit));
}
