/* What the library's own stages poll with: weir/poll.h, under a shorter name. */
#ifndef WEIR_CORE_POLL_H
#define WEIR_CORE_POLL_H

#include "core/stage.h"
#include "weir/poll.h"

/* demand: 1 to UINT32_MAX. */
static inline weir_poll poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return weir_poll_through(stream, cx, out, demand);
}

/* How deep polls go when `stream` polls `inner`. cx->depth is how deep they go in the chain that
 * `stream` is in: what stands above `stream`, and its own depth. */
static inline size_t weir_depth_within(const weir_stream *stream, const weir_stream *inner,
                                       const weir_cx *cx)
{
    size_t above = cx->depth > stream->stage.depth ? cx->depth - stream->stage.depth : 0;
    return above + 1 + inner->stage.depth;
}

#endif
