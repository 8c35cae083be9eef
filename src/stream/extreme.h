/* What min, max and their like share: the one item that is kept of all. */
#ifndef WEIR_STREAM_EXTREME_H
#define WEIR_STREAM_EXTREME_H

#include "stream/order.h"

typedef void weir_extreme_kernel(void *best, const void *items, size_t n);

struct weir_extreme {
    weir_stream stream;
    struct weir_order order; /* of the items, or of their keys */
    const weir_key_fn *key;  /* NULL: the items themselves are compared */
    void *arg;               /* the key's */
    bool largest;            /* the last of the greatest; else the first of the least */
    bool full;
    void *best;
    void *best_key;
    void *item_key;
    weir_extreme_kernel *kernel; /* NULL: one by one */
    uint32_t demand;
};

weir_poll weir_extreme_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand);
void weir_extreme_fini(weir_stream *stream);
weir_hint weir_extreme_size_hint(const weir_stream *stream);

#define WEIR_EXTREME_OPS(name_)                                                                    \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = (name_), .poll_next = weir_extreme_poll_next,     \
        .fini = weir_extreme_fini, .size_hint = weir_extreme_size_hint, .marks = WEIR_MARKS_LOSE   \
    }

/* By the items' own order, or by fn's. */
weir_stream *weir_extreme_new(weir_stream *source, const weir_stream_ops *ops, bool largest,
                              const weir_compare_fn *fn, void *arg);

/* By the order of the keys that fn makes. */
weir_stream *weir_extreme_new_by_key(weir_stream *source, const weir_stream_ops *ops, bool largest,
                                     const weir_key_fn *fn, void *arg);

#endif
