/* iter: the items of an array, in order. */

#include <string.h>

#include "weir/poll.h"
#include "weir/stream.h"

struct iter {
    weir_stream stream;
    const char *next;
    size_t left;
};

static struct iter *iter_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct iter, stream);
}

WEIR_ASIDE static weir_poll iter_many(struct iter *self, void *out, size_t demand)
{
    size_t size = self->stream.type->size;
    size_t n = demand < self->left ? demand : self->left;
    memcpy(out, self->next, n * size);
    self->next += n * size;
    self->left -= n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll iter_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct iter *self = iter_of(stream);
    (void)cx;
    if (WEIR_UNLIKELY(!self->left))
        return (weir_poll){0, WEIR_END};
    if (demand != 1 || stream->type->size != 8)
        return iter_many(self, out, demand);
    memcpy(out, self->next, 8); /* the usual size, without a call */
    self->next += 8;
    self->left--;
    return WEIR_POLL_ONE;
}

static weir_poll iter_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct iter *self = iter_of(stream);
    size_t size = stream->type->size;
    size_t n = demand < self->left ? demand : self->left;
    (void)cx;
    if (!n)
        return (weir_poll){0, WEIR_END};
    for (size_t i = 0; i < n; i++)
        memcpy((char *)out + i * size, self->next + --self->left * size, size);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_hint iter_size_hint(const weir_stream *stream)
{
    size_t left = iter_of(stream)->left;
    return (weir_hint){left, left};
}

static const weir_stream_ops iter_ops = {.size = sizeof iter_ops,
                                         .name = "iter",
                                         .poll_next = iter_poll_next,
                                         .size_hint = iter_size_hint,
                                         .poll_back = iter_poll_back};

weir_stream *weir_iter(const weir_type *type, const void *items, size_t n)
{
    weir_stream *stream = weir_source_new(sizeof(struct iter), &iter_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (type->drop)
        return weir_stream_refuse(
            &stream->stage, WEIR_E_TYPE, "a type without drop: the array stays yours",
            "iter cannot copy items of '%s', which own something", type->name, NULL, 0);
    iter_of(stream)->next = items;
    iter_of(stream)->left = n;
    stream->stage.one = n <= 1;
    return stream;
}
