/* What the futures share that stand over a writer which stays the caller's. */
#ifndef WEIR_BYTES_WRITING_H
#define WEIR_BYTES_WRITING_H

#include "weir/writer.h"

struct weir_writing {
    weir_stream stream;
    weir_writer *writer;
};

static inline weir_writer *weir_writing_to(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_writing, stream)->writer;
}

static inline weir_stage *weir_writing_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &weir_writing_to(stream)->stage;
}

/* A future of `size` bytes, which begins with a struct weir_writing. */
static inline weir_stream *weir_writing_new(weir_writer *writer, size_t size,
                                            const weir_stream_ops *ops, const weir_type *type)
{
    weir_stream *stream = weir_source_new(size, ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_CONTAINER(stream, struct weir_writing, stream)->writer = writer;
    stream->stage.one = true;
    return weir_stream_with(stream, &writer->stage);
}

/* The item of a future of uint64_t. */
static inline weir_poll weir_writing_gives(void *out, uint64_t n)
{
    *(uint64_t *)out = n;
    return (weir_poll){1, WEIR_END};
}

/* The answer of a future that was PENDING or failed: nothing can follow an error. What was written
 * before it is told, unless the error names a byte of its own. */
static inline weir_poll weir_writing_stops(weir_cx *cx, weir_poll got, uint64_t written)
{
    if (got.state == WEIR_ERROR) {
        cx->error.fatal = true;
        if (cx->error.byte == WEIR_NOWHERE)
            cx->error.byte = written;
    }
    return (weir_poll){0, got.state};
}

#define WEIR_WRITING_OPS(called_, poll_)                                                           \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = called_, .poll_next = poll_,                      \
        .size_hint = weir_size_hint_one, .input = weir_writing_input                               \
    }

#endif
