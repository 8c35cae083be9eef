/* discard: leaves bytes out. */

#include "bytes/read_future.h"
#include "weir/read.h"

weir_poll weir_poll_discard(weir_reader *reader, weir_cx *cx, uint64_t *left)
{
    uint64_t before = *left;
    for (bool begun = false; *left;) {
        if (!weir_read_goes_on(cx, &begun))
            return weir_wait_turn(cx);
        weir_poll got = weir_poll_fill(reader, cx, 1);
        if (got.state != WEIR_READY)
            return (weir_poll){0, got.state};
        size_t n;
        weir_peek(reader, &n);
        n = n < *left ? n : (size_t)*left;
        weir_consume(reader, n);
        *left -= n;
    }
    return weir_read_moved(before);
}

struct discard {
    struct weir_read_future future;
    uint64_t left;
};

static weir_poll discard_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct discard *self = WEIR_CONTAINER(stream, struct discard, future.stream);
    (void)demand;
    weir_reader *reader = weir_read_future_begin(stream);
    return weir_read_future_end(stream, cx, out, weir_poll_discard(reader, cx, &self->left));
}

static const weir_stream_ops discard_ops = WEIR_READ_FUTURE_OPS(discard);

weir_stream *weir_discard(weir_reader *reader, uint64_t n)
{
    weir_stream *stream =
        weir_read_future_new(reader, sizeof(struct discard), &discard_ops, &weir_type_u64);
    if (!weir_stage_failed(&stream->stage))
        WEIR_CONTAINER(stream, struct discard, future.stream)->left = n;
    return stream;
}
