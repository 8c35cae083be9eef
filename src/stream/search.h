/* What any, all and position share: they look for the first item for which fn answers `wanted`. */
#ifndef WEIR_STREAM_SEARCH_H
#define WEIR_STREAM_SEARCH_H

#include "core/poll.h"
#include "weir/fn.h"

struct weir_search {
    weir_stream stream;
    const weir_filter_fn *fn;
    void *arg;
    void *item; /* room for the one that is looked at */
    uint64_t seen;
    bool over; /* the source is */
};

/* `type` is what it yields. */
weir_stream *weir_search_new(weir_stream *source, const weir_stream_ops *ops, const weir_type *type,
                             const weir_filter_fn *fn, void *arg);

/* READY: *found is known. END cannot come: an end without a hit is knowledge too. */
weir_poll weir_search_poll(weir_stream *stream, weir_cx *cx, bool wanted, bool *found);

#endif
