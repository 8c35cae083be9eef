/* What chunks and collect share: items that go one by one to the end of a vec. */
#ifndef WEIR_STREAM_ONES_H
#define WEIR_STREAM_ONES_H

#include "core/poll.h"

/* The source did not answer {1, READY}. */
static inline weir_poll weir_ones_rest(weir_stream *source, weir_cx *cx, weir_vec *vec, void *to,
                                       weir_poll got)
{
    got = weir_poll_rest(source, cx, to, 1, got);
    vec->n += got.n;
    return got;
}

/* While there is room, the budget lasts and the source answers {1, READY}; the last answer. There
 * is room for one at least. */
static inline weir_poll weir_ones(weir_stream *source, weir_cx *cx, weir_vec *vec)
{
    size_t size = vec->of->size, left = vec->room - vec->n;
    char *to = (char *)vec->items + vec->n * size;
    do {
        weir_poll got = source->poll(source, cx, to, 1);
        if (WEIR_UNLIKELY(!weir_poll_is_one(got))) {
            vec->n = vec->room - left;
            return weir_ones_rest(source, cx, vec, to, got);
        }
        weir_count_one(source);
        to += size;
    } while (--left && weir_spend(cx));
    vec->n = vec->room - left;
    return WEIR_POLL_ONE;
}

#endif
