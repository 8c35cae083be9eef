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

/* The items stand side by side at the beginning of out: each moves behind its index. */
WEIR_ASIDE static weir_poll enumerate_rest(struct enumerate *self, weir_cx *cx, char *out,
                                           size_t demand, weir_poll got)
{
    const weir_type *type = self->stream.type;
    got = weir_poll_rest(weir_source(&self->stream), cx, out, demand, got);
    weir_member_spread(out, type->size, self->offset, type->of[1]->size, got.n);
    for (char *at = out, *end = at + got.n * type->size; at < end; at += type->size) {
        memcpy(at, &self->index, sizeof self->index);
        self->index++;
    }
    return got;
}

/* One item goes at once to where it will stand. */
WEIR_ASIDE static weir_poll enumerate_one_rest(struct enumerate *self, weir_cx *cx, char *out,
                                               weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->stream), cx, out + self->offset, 1, got);
    if (got.n)
        *(uint64_t *)(void *)out = self->index++;
    return got;
}

static weir_poll enumerate_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct enumerate *self = enumerate_of(stream);
    weir_stream *source = weir_source(stream);
    if (demand != 1)
        return enumerate_rest(self, cx, out, demand, source->poll(source, cx, out, demand));
    weir_poll got = source->poll(source, cx, (char *)out + self->offset, 1);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return enumerate_one_rest(self, cx, out, got);
    weir_count_one(source);
    *(uint64_t *)out = self->index++;
    return WEIR_POLL_ONE;
}

static weir_poll enumerate_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    weir_poll got = weir_poll_skip(weir_source(stream), cx, demand);
    enumerate_of(stream)->index += got.n;
    return got;
}

/* The last one's index is known where it is known how many are left. */
static weir_poll enumerate_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct enumerate *self = enumerate_of(stream);
    weir_stream *source = weir_source(stream);
    size_t left;
    (void)demand;
    if (!weir_len(source, &left))
        return weir_fail(cx, WEIR_E_ARGUMENT,
                         "enumerate from the other end: it is not known how many items '%s' has",
                         weir_stage_name(&source->stage));
    weir_poll got = weir_poll_back(source, cx, (char *)out + self->offset, 1);
    if (got.n)
        *(uint64_t *)out = self->index + left - 1;
    return got;
}

static weir_hint enumerate_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops enumerate_ops = {.size = sizeof enumerate_ops,
                                              .name = "enumerate",
                                              .poll_next = enumerate_poll_next,
                                              .size_hint = enumerate_size_hint,
                                              .marks = WEIR_MARKS_PASS,
                                              .poll_back = enumerate_poll_back};

/* Over a source that counts without making its items, enumerate does so too. */
static const weir_stream_ops enumerate_skipping_ops = {.size = sizeof enumerate_skipping_ops,
                                                       .name = "enumerate",
                                                       .poll_next = enumerate_poll_next,
                                                       .poll_skip = enumerate_poll_skip,
                                                       .size_hint = enumerate_size_hint,
                                                       .marks = WEIR_MARKS_PASS,
                                                       .poll_back = enumerate_poll_back};

weir_stream *weir_enumerate(weir_stream *source)
{
    const weir_stream_ops *ops = source->ops->poll_skip ? &enumerate_skipping_ops : &enumerate_ops;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct enumerate), ops, weir_type_indexed(source->type));
    if (weir_stage_failed(&stream->stage))
        return stream;
    enumerate_of(stream)->offset = weir_type_second_offset(stream->type);
    stream->stage.one = source->stage.one;
    return stream;
}
