/* What consumers share that look at items a batch at a time. */
#ifndef WEIR_STREAM_BATCHES_H
#define WEIR_STREAM_BATCHES_H

#include "core/poll.h"

/* Takes n items. False: it could not, and cx->error says why; they are gone all the same. */
typedef bool weir_batch_taker(weir_stream *stream, weir_cx *cx, void *items, uint32_t n);

static inline weir_poll weir_batches_into(weir_stream *stream, weir_cx *cx, void *items,
                                          size_t room, uint32_t *demand, weir_batch_taker *take)
{
    weir_stream *source = weir_source(stream);
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        size_t n = weir_demand_next(cx, demand);
        weir_poll got = poll_next(source, cx, items, n < room ? n : room);
        if (got.n && !take(stream, cx, items, got.n))
            return (weir_poll){0, WEIR_ERROR};
        if (got.state != WEIR_READY)
            return got;
    }
}

/* Gives all items to `take`, by way of scratch, until the source does not answer READY: its answer.
 * The constructor says so: weir_stream_scratch(stream, source->type). */
static inline weir_poll weir_batches(weir_stream *stream, weir_cx *cx, uint32_t *demand,
                                     weir_batch_taker *take)
{
    weir_stream *source = weir_source(stream);
    size_t room = cx->demand_max;
    size_t mark = weir_scratch_mark(cx);
    void *items = weir_scratch_items(cx, source, source->type, &room);
    if (!items)
        return weir_scratch_fail(cx, source->type);
    weir_poll got = weir_batches_into(stream, cx, items, room, demand, take);
    weir_scratch_give(cx, mark);
    return got;
}

#endif
