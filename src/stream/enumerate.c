/* enumerate: each item with its index. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/stream.h"

struct enumerate {
    weir_stream stream;
    uint64_t index;
    size_t offset; /* of the item behind its index */
};

static struct enumerate *enumerate_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct enumerate, stream);
}

static weir_poll enumerate_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct enumerate *self = enumerate_of(stream);
    const weir_type *type = stream->type;
    weir_poll got = poll_next(weir_source(stream), cx, out, demand);
    weir_member_spread(out, type->size, self->offset, type->of[1]->size, got.n);
    for (char *at = out, *end = at + got.n * type->size; at < end; at += type->size) {
        memcpy(at, &self->index, sizeof self->index);
        self->index++;
    }
    return got;
}

static weir_poll enumerate_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    weir_poll got = weir_poll_skip(weir_source(stream), cx, demand);
    enumerate_of(stream)->index += got.n;
    return got;
}

static weir_hint enumerate_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops enumerate_ops = {
    .name = "enumerate", .poll_next = enumerate_poll_next, .size_hint = enumerate_size_hint};

/* Over a source that counts without making its items, enumerate does so too. */
static const weir_stream_ops enumerate_skipping_ops = {.name = "enumerate",
                                                       .poll_next = enumerate_poll_next,
                                                       .poll_skip = enumerate_poll_skip,
                                                       .size_hint = enumerate_size_hint};

weir_stream *weir_enumerate(weir_stream *source)
{
    const weir_stream_ops *ops = source->ops->poll_skip ? &enumerate_skipping_ops : &enumerate_ops;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct enumerate), ops, weir_type_indexed(source->type));
    if (weir_stage_failed(&stream->stage))
        return stream;
    enumerate_of(stream)->offset = weir_type_second_offset(stream->type);
    return stream;
}
