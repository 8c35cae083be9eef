/* all: true when fn is false for none of the items. Reads no further than it must. */

#include "stream/search.h"
#include "weir/stream.h"

static weir_poll all_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    bool found;
    (void)demand;
    weir_poll got = weir_search_poll(stream, cx, false, &found);
    if (!got.n)
        return got;
    *(bool *)out = !found;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops all_ops = {.size = sizeof all_ops,
                                        .name = "all",
                                        .fn = offsetof(struct weir_search, fn),
                                        .poll_next = all_poll_next,
                                        .size_hint = weir_size_hint_one,
                                        .marks = WEIR_MARKS_LOSE};

weir_stream *weir_all(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    return weir_search_new(source, &all_ops, &weir_type_bool, fn, arg);
}
