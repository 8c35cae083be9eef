/* What the futures share that read from a reader of somebody else's. */
#ifndef WEIR_BYTES_READ_FUTURE_H
#define WEIR_BYTES_READ_FUTURE_H

#include "weir/implement.h"
#include "weir/reader.h"

/* The first member of each. */
struct weir_read_future {
    weir_stream stream;
    weir_reader *reader;
    uint64_t from; /* where the reader stood at the first poll */
    bool begun;
};

static inline struct weir_read_future *weir_read_future_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_read_future, stream);
}

static inline weir_stage *weir_read_future_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &weir_read_future_of(stream)->reader->stage;
}

static inline weir_stream *weir_read_future_new(weir_reader *reader, size_t size,
                                                const weir_stream_ops *ops, const weir_type *type)
{
    weir_stream *stream = weir_source_new(size, ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_read_future_of(stream)->reader = reader;
    stream->stage.one = true;
    return weir_stream_with(stream, &reader->stage);
}

/* The reader, for one more poll. */
static inline weir_reader *weir_read_future_begin(const weir_stream *stream)
{
    struct weir_read_future *self = weir_read_future_of(stream);
    if (!self->begun)
        self->from = self->reader->offset;
    self->begun = true;
    return self->reader;
}

/* What the poll form answered, as the future's own: when it is complete, what was read in all. */
static inline weir_poll weir_read_future_end(const weir_stream *stream, weir_cx *cx, void *out,
                                             weir_poll got)
{
    const struct weir_read_future *self = weir_read_future_of(stream);
    if (got.state == WEIR_PENDING)
        return (weir_poll){0, WEIR_PENDING};
    if (got.state == WEIR_ERROR) {
        cx->error.fatal = true; /* to the future, not to the reader */
        return (weir_poll){0, WEIR_ERROR};
    }
    *(uint64_t *)out = self->reader->offset - self->from;
    return (weir_poll){1, WEIR_END};
}

/* The ops of a future called `name_`. */
#define WEIR_READ_FUTURE_OPS(name_)                                                                \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = #name_, .poll_next = name_##_poll_next,           \
        .size_hint = weir_size_hint_one, .input = weir_read_future_input                           \
    }

/* A poll form that loops makes one step, then as many as the turn has left. */
static inline bool weir_read_goes_on(weir_cx *cx, bool *begun)
{
    bool spent = !weir_spend(cx);
    bool first = !*begun;
    *begun = true;
    return first || !spent;
}

static inline weir_poll weir_read_moved(uint64_t n)
{
    return (weir_poll){n < UINT32_MAX ? (uint32_t)n : UINT32_MAX, WEIR_READY};
}

#endif
