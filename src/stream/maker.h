/* What flat_map and for_each_concurrent share: a stage that makes a stream of each item. */
#ifndef WEIR_STREAM_MAKER_H
#define WEIR_STREAM_MAKER_H

#include "core/poll.h"
#include "weir/fn.h"

struct weir_maker {
    weir_stream stream;
    const weir_then_fn *fn;
    void *arg;
};

weir_poll weir_maker_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
weir_hint weir_maker_size_hint(const weir_stream *stream);

#define WEIR_MAKER_OPS(name_)                                                                      \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = (name_), .fn = offsetof(struct weir_maker, fn),   \
        .poll_next = weir_maker_poll_next, .size_hint = weir_maker_size_hint,                      \
        .marks = WEIR_MARKS_PASS                                                                   \
    }

/* The stage that was asked for, where the one behind a maker speaks: it is part of what the maker
 * is called. */
const char *weir_maker_said(const weir_stream *source, const char *stage);

weir_stream *weir_maker_new(weir_stream *source, const weir_stream_ops *ops, const weir_then_fn *fn,
                            void *arg);

#endif
