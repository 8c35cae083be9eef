/* Bytes that are read into a vec of the caller's. */
#ifndef WEIR_BYTES_GATHER_H
#define WEIR_BYTES_GATHER_H

#include "bytes/read_future.h"
#include "weir/type.h"

/* The futures that gather. */
struct weir_gatherer {
    struct weir_read_future future;
    weir_vec *out;
    size_t bytes_max;
    size_t begin; /* what stood in the vec before */
    unsigned char delimiter;
};

weir_stream *weir_gatherer_new(weir_reader *reader, const weir_stream_ops *ops, weir_vec *out,
                               size_t bytes_max);
struct weir_gatherer *weir_gatherer_begin(const weir_stream *stream);
size_t weir_gatherer_memory_max(const weir_stream *stream);

/* The ops of a future called `name_`. */
#define WEIR_GATHERER_OPS(name_)                                                                   \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = #name_, .poll_next = name_##_poll_next,           \
        .size_hint = weir_size_hint_one, .input = weir_read_future_input,                          \
        .memory_max = weir_gatherer_memory_max                                                     \
    }

/* Moves the next n bytes that the reader has in hand behind those of the vec, or as many as
 * bytes_max lets. False: some stayed in the reader, and cx->error says why. */
bool weir_gather(weir_vec *out, weir_cx *cx, weir_reader *reader, size_t n, size_t bytes_max);

/* Behind a text stands a NUL, which does not count. False: no memory. */
bool weir_gather_nul(weir_vec *out, weir_cx *cx);

/* The text behind `begin`, which is taken away again if it is no UTF-8. */
weir_poll weir_gather_text(weir_vec *out, weir_cx *cx, const weir_reader *reader, size_t begin);

#endif
