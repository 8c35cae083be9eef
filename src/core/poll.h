/* The wrapper's hot path, inlined into the library's own stages; weir_poll_next() is the same for
 * everybody else. At demand 1 the call would cost more than the work. */
#ifndef WEIR_CORE_POLL_H
#define WEIR_CORE_POLL_H

#include "core/stage.h"

#ifndef WEIR_CHECKS
#define WEIR_CHECKS 0
#endif

/* Everything that is not "here are some": counts, latches, calls again on {0, READY}. */
weir_poll weir_poll_settle(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                           weir_poll got);

/* END, exact sources, and demands that no weir_poll can count. */
weir_poll weir_poll_specially(weir_stream *stream, weir_cx *cx, void *out, size_t demand);

static inline weir_poll poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stage *stage = &stream->stage;
    if (WEIR_UNLIKELY(WEIR_CHECKS || stage->done || stage->exact || demand > UINT32_MAX))
        return weir_poll_specially(stream, cx, out, demand);
    stage->polls++;
    weir_poll got = stream->ops->poll_next(stream, cx, out, demand);
    if (WEIR_UNLIKELY(got.state != WEIR_READY || !got.n))
        return weir_poll_settle(stream, cx, out, demand, got);
    stage->n += got.n;
    return got;
}

#endif
