/* timestamp, elapsed: each item with when it came, or how long after the one before. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/timed.h"

struct timestamp {
    weir_stream stream;
    size_t offset; /* of the item behind its time */
    bool elapsed;
    bool begun;
    uint64_t before_ns;
};

static struct timestamp *timestamp_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct timestamp, stream);
}

/* What came in one poll came at one time. */
static void stamp(struct timestamp *self, char *out, size_t n, uint64_t now_ns)
{
    size_t size = self->stream.type->size;
    for (size_t i = 0; i < n; i++) {
        uint64_t time_ns = self->elapsed ? now_ns - self->before_ns : now_ns;
        memcpy(out + i * size, &time_ns, sizeof time_ns);
        self->before_ns = now_ns;
    }
}

static weir_poll timestamp_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct timestamp *self = timestamp_of(stream);
    const weir_type *type = stream->type;
    if (!weir_clock_is_there(cx, weir_stage_name(&stream->stage)))
        return (weir_poll){0, WEIR_ERROR};
    if (!self->begun)
        self->before_ns = weir_clock_now_ns(cx);
    self->begun = true;
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    if (!got.n)
        return got;
    weir_member_spread(out, type->size, self->offset, type->of[1]->size, got.n);
    stamp(self, out, got.n, weir_clock_now_ns(cx));
    return got;
}

static weir_hint timestamp_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops timestamp_ops = {.size = sizeof timestamp_ops,
                                              .name = "timestamp",
                                              .poll_next = timestamp_poll_next,
                                              .size_hint = timestamp_size_hint,
                                              .marks = WEIR_MARKS_PASS};

static const weir_stream_ops elapsed_ops = {.size = sizeof elapsed_ops,
                                            .name = "elapsed",
                                            .poll_next = timestamp_poll_next,
                                            .size_hint = timestamp_size_hint,
                                            .marks = WEIR_MARKS_PASS};

static weir_stream *timestamp_new(weir_stream *source, const weir_stream_ops *ops)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct timestamp), ops, weir_type_indexed(source->type));
    if (weir_stage_failed(&stream->stage))
        return stream;
    timestamp_of(stream)->offset = weir_type_second_offset(stream->type);
    timestamp_of(stream)->elapsed = ops == &elapsed_ops;
    stream->stage.one = source->stage.one;
    return stream;
}

weir_stream *weir_timestamp(weir_stream *source)
{
    return timestamp_new(source, &timestamp_ops);
}

weir_stream *weir_elapsed(weir_stream *source)
{
    return timestamp_new(source, &elapsed_ops);
}
