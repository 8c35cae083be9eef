/* position: how many items stand before the first for which fn is true. */

#include "stream/search.h"
#include "weir/stream.h"

static weir_poll position_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    bool found;
    (void)demand;
    weir_poll got = weir_search_poll(stream, cx, true, &found);
    if (!got.n)
        return got;
    if (!found)
        return (weir_poll){0, WEIR_END};
    *(uint64_t *)out = WEIR_CONTAINER(stream, struct weir_search, stream)->seen - 1;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops position_ops = {.size = sizeof position_ops,
                                             .name = "position",
                                             .fn = offsetof(struct weir_search, fn),
                                             .poll_next = position_poll_next,
                                             .marks = WEIR_MARKS_LOSE};

weir_stream *weir_position(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    return weir_search_new(source, &position_ops, &weir_type_u64, fn, arg);
}
